using HypervVfattach.Commands;
using HypervVfattach.Tests.Unit.FreeBSD.Devd;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD.Workflows;

/// <summary>doctor on FreeBSD.</summary>
public class DoctorTests
{
    private const string Ours = "/usr/local/etc/devd/hyperv-vfattach.conf";

    [Fact]
    public void Stock_rules_that_are_in_effect_are_found_until_ours_are_installed()
    {
        using var machine = Machine.Static();
        machine.Programs.Files["/etc/devd/hyperv.conf"] = StockRules.HyperV.Text;
        Report(machine).ShouldContain("degraded  /etc/devd/hyperv.conf  (other-rules)");
        machine.Programs.Files[Ours] = Machine.DevdRulesText;
        Report(machine).ShouldNotContain("(other-rules)");
    }

    [Fact]
    public void A_tunable_that_disagrees_with_the_kernel_is_found()
    {
        using var machine = Machine.Static();
        machine.Programs.Files["/boot/loader.conf"] = "hw.hn.vf_transparent=\"0\"\nif_lagg_load=\"YES\"\n";
        Report(machine).ShouldNotContain("(tunable)");
        machine.Programs.Files["/boot/loader.conf"] = "hw.hn.vf_transparent=1\n";
        Report(machine).ShouldContain("seen  /boot/loader.conf says 1, and the kernel has 0");
    }

    [Fact]
    public void A_dhclient_on_the_VF_is_found()
    {
        using var machine = Machine.Dhcp();
        Report(machine).ShouldNotContain("(vf-owner)");
        machine.Programs.StartClient("mce0");
        Report(machine).ShouldContain("degraded  mce0  (vf-owner)");
    }

    [Fact]
    public void A_pair_that_the_kernel_joins_is_healthy()
    {
        using var machine = new Machine(transparent: true);
        machine.PlugHn();
        machine.PlugVf();
        machine.Run("doctor").ShouldBe(ExitCode.Done);
    }

    private static string Report(Machine machine)
    {
        machine.Out.GetStringBuilder().Clear();
        machine.Run("doctor").ShouldBe(ExitCode.Degraded);
        return machine.Out.ToString();
    }
}
