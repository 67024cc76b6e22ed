using HypervVfattach.Commands;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.FreeBSD;
using HypervVfattach.Tests.Unit.FreeBSD.Model;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD.Workflows;

/// <summary>Every obstacle leads to a clear error and an untouched or restored network.</summary>
public class BadInputTests
{
    private static void ShouldBeRefused(Machine machine, params string[] words)
    {
        string before = machine.State();
        machine.Run("--foreground", "mce0", "2").ShouldBe(ExitCode.Refused, machine.Out.ToString());
        machine.State().ShouldBe(before, machine.Out.ToString());
        foreach (string word in words)
            machine.Programs.Log[^1].ShouldContain(word);
        machine.Journals.ShouldBe(0);
    }

    private static void Ifconfig(Machine machine, params Change[] changes)
    {
        using FreeBsdBackend backend = machine.Backend();
        backend.Apply([.. changes], 0, repeat: false);
    }

    [Fact]
    public void Transparent_mode_is_left_to_the_kernel()
    {
        using var machine = new Machine(KernelProfile.Level15, transparent: true);
        machine.PlugHn();
        machine.PlugVf();
        machine.Run("--event", "mce0").ShouldBe(ExitCode.Done);
        machine.Programs.Ran.ShouldBeEmpty();
        machine.Programs.Log.ShouldHaveSingleItem().ShouldContain("hw.hn.vf_transparent=1");
        machine.Run("status").ShouldNotBe(ExitCode.Degraded, machine.Out.ToString());
        machine.Out.ToString().ShouldContain("joined by the kernel (transparent)");
    }

    [Fact]
    public void A_module_that_is_missing()
    {
        using var machine = Machine.Static(KernelProfile.Level15Module with { ModuleFiles = [] });
        ShouldBeRefused(machine, "module if_lagg", "ENOENT", "everything is as before");
    }

    [Fact]
    public void A_securelevel_that_forbids_modules()
    {
        using var machine = Machine.Static(KernelProfile.Level15Module);
        machine.Kernel.SecureLevel = 1;
        ShouldBeRefused(machine, "EPERM", "securelevel");
    }

    [Fact]
    public void A_jail_that_forbids_changes()
    {
        using var machine = Machine.Static();
        machine.Kernel.IsJailed = true;
        ShouldBeRefused(machine, "lagg0", "EPERM", "outside a jail");
    }

    [Fact]
    public void Somebody_who_is_not_root()
    {
        using var machine = Machine.Static();
        machine.Kernel.IsRoot = false;
        string before = machine.State();
        machine.Run("--event", "mce0").ShouldBe(ExitCode.Refused);
        machine.State().ShouldBe(before);
        machine.Programs.Log[^1].ShouldContain("run it as root");
    }

    [Fact]
    public void A_name_that_the_administrators_own_lagg_has()
    {
        using var machine = Machine.Static();
        Ifconfig(machine, new CreateLagg("lagg0"));
        Ifconfig(machine, new SetMaster(machine.Index("em9"), machine.Index("lagg0")));
        ShouldBeRefused(machine, "lagg0", "another program's failover lagg with em9", "aggregate_name");
    }

    [Fact]
    public void A_lagg_that_somebody_made_of_the_hn()
    {
        using var machine = Machine.Static();
        Ifconfig(machine, new CreateLagg("lagg5"));
        Ifconfig(machine, new SetMaster(machine.Index("hn0"), machine.Index("lagg5")));
        ShouldBeRefused(machine, "hn0 is a port of lagg5", "did not make");
    }

    [Fact]
    public void A_VF_that_is_in_somebodys_lagg_stays_there()
    {
        using var machine = Machine.Static();
        Ifconfig(machine, new CreateLagg("lagg5"));
        Ifconfig(machine, new SetMaster(machine.Index("mce0"), machine.Index("lagg5")));
        string before = machine.State();
        machine.Run("--event", "mce0").ShouldBe(ExitCode.Done);
        machine.RunBackground();
        machine.State().ShouldBe(before);
        machine.Programs.Log[^1].ShouldContain("another program made");
    }

    [Fact]
    public void A_lagg_with_all_the_ports_it_can_have()
    {
        using var machine = Machine.Static();
        machine.VfArrived();
        machine.Kernel.Unplug("mce0");
        for (byte i = 0; i < 31; i++)
        {
            machine.Kernel.Plug($"em{10 + i}", [2, 0, 0, 0, 0, i]);
            Ifconfig(machine, new SetMaster(machine.Index($"em{10 + i}"), machine.Index("lagg0")));
        }
        machine.PlugVf();
        string before = machine.State();
        machine.Run("--foreground", "mce0", "2").ShouldBe(ExitCode.Refused);
        machine.State().ShouldBe(before);
        machine.Programs.Log[^1].ShouldContain("32 ports");
    }

    [Fact]
    public void An_rc_conf_that_does_not_parse()
    {
        using var machine = Machine.Static();
        machine.Programs.RcConfFault = "/etc/rc.conf: 3: Syntax error: Unterminated quoted string";
        ShouldBeRefused(machine, "rc.conf", "Unterminated quoted string");
    }

    [Fact]
    public void A_bridge()
    {
        using var machine = Machine.Static();
        using (FreeBsdBackend backend = machine.Backend())
            machine.CreateCloned("bridge0");
        machine.Programs.Outputs["/sbin/ifconfig bridge0"] =
            "bridge0: flags=8843<UP>\n\tmember: hn01 flags=143<LEARNING>\n\tmember: hn0 flags=143<LEARNING,DISCOVER>\n";
        ShouldBeRefused(machine, "hn0 is a member of bridge0");
    }

    [Fact]
    public void A_static_ARP_entry()
    {
        using var machine = Machine.Static();
        machine.Programs.Outputs["/usr/sbin/arp -a -n -i hn0"] =
            "? (192.0.2.10) at 00:15:5d:01:02:03 on hn0 permanent [ethernet]\n"
            + "? (192.0.2.1) at 12:34:56:78:9a:bc on hn0 expires in 1189 seconds [ethernet]\n"
            + "? (192.0.2.66) at 12:34:56:78:9a:bd on hn0 permanent [ethernet]\n";
        ShouldBeRefused(machine, "static ARP entry for 192.0.2.66");
    }

    [Fact]
    public void Another_DHCP_client()
    {
        using var machine = Machine.Static();
        machine.Programs.Processes[99] = "dhcpcd";
        machine.Programs.Files["/var/run/dhcpcd/pid"] = "99\n";
        ShouldBeRefused(machine, "dhcpcd (process 99)");
    }

    [Theory]
    [InlineData("hw.hn.vf_transparent", new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 }, "longer than an int")]
    [InlineData("hw.hn.vf_transparent", new byte[] { 0 }, "1 bytes, not the 4")]
    [InlineData("hw.hn.vflist", new byte[] { 0x6d, 0x63, 0x65, 0x30 }, "ends with a NUL")]
    [InlineData("hw.hn.vfmap", new byte[] { 0x6d, 0x63, 0 }, "not a pair VF:hn")]
    public void A_sysctl_of_another_kind(string name, byte[] value, string word)
    {
        using var machine = Machine.Static();
        string before = machine.State();
        machine.Waiting.Values[name] = value;
        machine.Run("--event", "mce0").ShouldBe(ExitCode.Refused);
        machine.Programs.Log[^1].ShouldContain(name);
        machine.Programs.Log[^1].ShouldContain(word);
        machine.Waiting.Values.Clear();
        machine.State().ShouldBe(before);
    }

    [Fact]
    public void Sysctls_that_are_missing_mean_what_upstream_says()
    {
        using var machine = Machine.Static();
        machine.Waiting.Missing.Add("hw.hn.vf_transparent"); // means 0
        machine.Waiting.Missing.Add("hw.hn.vflist"); // the attach action ends
        machine.Waiting.Missing.Add("hw.hn.vfmap");
        machine.Run("--event", "mce0").ShouldBe(ExitCode.Done);
        machine.Programs.Started.ShouldBeEmpty();

        machine.SwitchOn("mce0"); // the VF_UP action asks dev.hn.0.vf
        machine.Run("vfup", "hn0").ShouldBe(ExitCode.Done);
        machine.RunBackground();
        machine.State().ShouldContain("active mce0", Case.Sensitive, machine.Out.ToString());
    }

    [Fact]
    public void A_bare_hn_is_configured_on_the_lagg_in_the_words_of_rc_conf()
    {
        using var machine = new Machine();
        machine.PlugHn();
        machine.PlugVf();
        machine.Programs.RcConf["hn0"] = ["ifconfig inet 192.0.2.10/24", "ifconfig inet 192.0.2.11/32 alias"];
        machine.VfArrived();
        machine.Programs.Ran.ShouldContain("/sbin/ifconfig lagg0 inet 192.0.2.11/32 alias");
        machine.Programs.Ran.ShouldContain("/etc/rc.d/routing quietstart");
        machine.State().ShouldContain("lagg0 192.0.2.10/24");
    }

    [Fact]
    public void Words_of_rc_conf_that_ifconfig_refuses()
    {
        using var machine = new Machine();
        machine.PlugHn();
        machine.PlugVf();
        machine.Programs.RcConf["hn0"] = ["ifconfig inet 192.0.2.10/24", "ifconfig inet nonsense"];
        machine.Programs.Fails = line => line.Contains("nonsense");
        ShouldBeRefused(machine, "nonsense", "everything is as before");
    }

    [Fact]
    public void An_interface_that_is_gone()
    {
        using var machine = Machine.Static();
        machine.Run("--event", "mce7").ShouldBe(ExitCode.Done);
        machine.Run("vfup", "hn7").ShouldBe(ExitCode.Done);
        machine.Run("linkup", "hn7").ShouldBe(ExitCode.Done);
    }
}
