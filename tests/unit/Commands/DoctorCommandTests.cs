using System.Text.Json;
using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Tests.Unit.Doctor;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

public class DoctorCommandTests
{
    // A guest of Azure with several faults, seen by an ordinary user.
    private static TestWorld Ill() => new(Fixtures.Parse(Patient.Azure + """
        address 3 10.0.0.9/24
        owner 3 dhclient process 812: dhclient enP1s1
        route 3 default proto dhcp
        filter 3 ingress bpf cil_from_netdev
        reference 3 rulebyname nftables table inet filter, chain input, handle 4
        unread the firewall could not be read (nftables: Operation not permitted)
        """))
    {
        MissingPrivilege = "CAP_NET_ADMIN",
        Facts = new HostFacts
        {
            Rules = [Patient.Rules], HasUdev = true, Vfs = [new VfFacts { Link = 3 }],
            Initramfs = new BootImage("/boot/initrd.img-6.1.0-41-amd64", [], "it is compressed with zstd"),
        },
    };

    [Fact]
    public void For_people()
    {
        using TestWorld ill = Ill();
        using var healthy = new TestWorld("azure-mlx5-two-pairs");
        string text = ill.Run("doctor");
        text.Split('\n').ShouldAllBe(line => line.Length <= 80);
        (text + healthy.Run("doctor")).ShouldBeApproved();
    }

    [Fact]
    public void For_programs()
    {
        using TestWorld ill = Ill();
        string text = ill.Run("doctor", "--json");
        using JsonDocument document = JsonDocument.Parse(text[text.IndexOf('{')..text.LastIndexOf("exit", StringComparison.Ordinal)]);
        document.RootElement.GetProperty("version").GetInt32().ShouldBe(1);
        document.RootElement.GetProperty("findings").EnumerateArray().ShouldAllBe(finding => finding.GetProperty("see").GetString()!.Length > 0);
        text.ShouldBeApproved();
    }

    [Fact]
    public void The_selftest_has_a_line_for_each_fault_of_an_image_and_none_for_the_rest()
    {
        using TestWorld ill = Ill();
        ill.Run("doctor", "--selftest").ShouldBe("""
            $ hyperv-vfattach doctor --selftest
            enP1s1: udev has not marked it as a VF: HYPERV_VF=1, NM_UNMANAGED=1, ID_NET_MANAGED_BY=unmanaged, AZURE_UNMANAGED_SRIOV=1 missing (udev-marks)
            enP1s1: dhclient (process 812: dhclient enP1s1) configures it (vf-owner)
            enP1s1: a default route leaves through it, and another one through eth0 (default-route)
            enP1s1: it has addresses of its own: 10.0.0.9/24 (vf-address)
            not checked: /boot/initrd.img-6.1.0-41-amd64: it was not checked: it is compressed with zstd (initramfs)
            not checked: this run: it has not the privilege CAP_NET_ADMIN: the kernel shows the journals, the firewall, programs of other users and parts of its log to root only (unseen)
            not checked: this run: the firewall could not be read (nftables: Operation not permitted) (unseen)
            exit 6 (Degraded)

            """);
        using var noted = new TestWorld(Fixtures.Parse(Patient.Azure)) { MissingPrivilege = "CAP_NET_ADMIN" };
        noted.Run("doctor", "--selftest").ShouldBe("$ hyperv-vfattach doctor --selftest\nnot checked: this run: it has not the privilege CAP_NET_ADMIN: "
            + "the kernel shows the journals, the firewall, programs of other users and parts of its log to root only (unseen)\nexit 0 (Done)\n");
    }

    [Fact]
    public void Notes_are_no_fault_and_the_worst_decides()
    {
        using var noted = new TestWorld("confidential-vm");
        noted.Run("doctor").ShouldEndWith("0 broken, 0 degraded, 1 note\nexit 0 (Done)\n");
        using var degraded = new TestWorld("azure-mlx4-not-joined");
        degraded.Run("doctor").ShouldEndWith("0 broken, 1 degraded, 0 notes\nexit 6 (Degraded)\n");
    }

    [Fact]
    public void A_bad_configuration_file_is_a_finding_and_the_rest_is_examined()
    {
        using var world = new TestWorld("azure-mlx4-not-joined") { Load = _ => throw new ConfigurationError("/etc/hyperv-vfattach.toml", "unknown key") };
        string text = world.Run("doctor");
        text.ShouldContain("broken  configuration file  (configuration)\n  seen  /etc/hyperv-vfattach.toml: unknown key\n");
        text.ShouldContain("(kernel-join)");
        text.ShouldEndWith("exit 7 (Broken)\n");
        using var hidden = new TestWorld("azure-mlx5-two-pairs") { Load = _ => throw new SystemRefusal("/etc/hyperv-vfattach.toml", "open", 13) };
        hidden.Run("doctor").ShouldContain("note  this run  (unseen)");
    }

    [Fact]
    public void A_rule_that_names_a_port_of_our_bond_is_found()
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        world.System.Now = world.System.Now with
        {
            References = new References([new InterfaceReference(2, ReferenceKind.RuleByName, "nftables table inet filter, chain input, handle 4")], []),
        };
        world.Run("doctor").ShouldContain("degraded  enp0s3  (wrong-leg)");
    }

    [Fact]
    public void It_changes_nothing_and_logs_nothing()
    {
        using TestWorld ill = Ill();
        Snapshot before = ill.System.Now;
        ill.Run("doctor");
        ill.System.Now.ShouldBeSameAs(before);
        ill.System.Changes.ShouldBe(0);
        ill.Log.ShouldBeEmpty();
    }

    [Fact]
    public void An_interface_that_leaves_while_it_is_read_is_no_error()
    {
        using var world = new TestWorld(Fixtures.Parse(Patient.Azure));
        world.System.Set(2, link => link with { VfTraffic = new VfTraffic(100, 100), ReceivedPackets = 110, SentPackets = 110 });
        bool left = false;
        world.Meanwhile = () =>
        {
            left = true;
            world.System.Now = world.System.Now with { Links = [] };
        };
        world.Run("doctor").ShouldEndWith("nothing found\nexit 0 (Done)\n");
        left.ShouldBeTrue();
    }

    [Fact]
    public void A_journal_that_is_damaged_or_hidden_does_not_end_it()
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        File.WriteAllText(Directory.GetFiles(world.Journals.Directory, "*.journal")[0], "x");
        string text = world.Run("doctor");
        text.ShouldContain("broken  enp0s3  (journal)");
        text.ShouldEndWith("exit 7 (Broken)\n");
    }

    [Fact]
    public void Its_options_exclude_each_other_and_it_takes_no_interface()
    {
        using var world = new TestWorld("kvm");
        world.Run("doctor", "--json", "--selftest").ShouldContain("--json and --selftest exclude each other");
        world.Run("doctor", "eth0").ShouldContain("exit 2 (Usage)");
    }
}
