using System.Text.Json;
using HypervVfattach.Core.Model;
using HypervVfattach.Report;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

public class StatusCommandTests
{
    private static readonly string[] _hosts =
    [
        "azure-mlx5-two-pairs", "azure-mlx4-not-joined", "azure-mana", "confidential-vm", "hyperv-intel", "infiniband",
        "net-failover", "net-failover-vf-away", "dpdk", "theirs-bond", "theirs-bridge", "kvm", "kvm-two-pairs",
    ];

    // The same situations in each of the three outputs, and a host that we joined.
    private static string All(params string[] arguments)
    {
        string text = "";
        foreach (string host in _hosts)
        {
            using var world = new TestWorld(host);
            text += $"({host})\n{world.Run(arguments)}\n";
        }
        using var joined = new TestWorld("kvm");
        joined.Run("enp1s0", "0", "--foreground");
        joined.System.Set(2, link => link with { ReceivedPackets = 17, SentPackets = 4 });
        joined.System.Set(3, link => link with { ReceivedPackets = 123456789012, SentPackets = 98765 });
        return $"{text}(kvm, joined)\n{joined.Run(arguments)}";
    }

    [Fact]
    public void For_people() => All("status").ShouldBeApproved();

    [Fact]
    public void For_programs() => All("status", "--json").ShouldBeApproved();

    [Fact]
    public void For_a_metrics_collector() => All("status", "--prometheus").ShouldBeApproved();

    [Fact]
    public void One_interface_shows_its_pair_only()
    {
        string text = "";
        using (var world = new TestWorld("azure-mlx5-two-pairs"))
        {
            foreach (string name in new[] { "eth1", "enP31819s1", "enP31819p0s2", "nope" })
                text += world.Run("status", name);
        }
        using (var world = new TestWorld("kvm"))
        {
            world.Run("enp1s0", "0", "--foreground");
            text += world.Run("status", "bond-enp0s3") + world.Run("status", "enp2s0") + world.Run("status", "enp2s0", "--json");
        }
        text.ShouldBeApproved();
    }

    [Fact]
    public void Nothing_is_changed_made_or_logged_and_no_privilege_is_needed()
    {
        using var world = new TestWorld("kvm") { MissingPrivilege = "CAP_NET_ADMIN" };
        world.Run("status").ShouldEndWith("exit 0 (Done)\n");
        world.System.Changes.ShouldBe(0);
        world.System.Looks.ShouldBe(0);
        Directory.Exists(world.Journals.Directory).ShouldBeFalse();
    }

    [Fact]
    public void Names_of_any_characters_are_escaped()
    {
        var pair = new PairStatus
        {
            Mac = new HardwareAddress("00:0d:3a:00:00:01"),
            Synthetic = new PortStatus("a\"b\\c", 2, "hv_netvsc", 1, 2),
            State = PairState.NotJoined, Carrier = Carrier.Synthetic, Mtu = 1500, Journal = JournalStatus.None,
        };
        StatusPrometheus.Of([pair]).ShouldContain("synthetic=\"a\\\"b\\\\c\"");
        using JsonDocument document = JsonDocument.Parse(StatusJson.Of([pair]));
        document.RootElement.GetProperty("pairs")[0].GetProperty("synthetic").GetProperty("name").GetString().ShouldBe("a\"b\\c");
    }

    [Fact]
    public void An_address_on_the_VF_is_a_fault_that_is_shown()
    {
        using var world = new TestWorld("azure-mlx5-two-pairs");
        world.System.Now = world.System.Now with
        {
            Addresses =
            [
                .. world.System.Now.Addresses,
                new Address { Link = 4, Local = System.Net.IPAddress.Parse("10.0.0.19"), PrefixLength = 24 },
                new Address { Link = 4, Local = System.Net.IPAddress.Parse("fe80::1"), PrefixLength = 64 },
            ],
        };
        world.Run("status", "eth0").ShouldContain("  fault       the VF has addresses of its own: 10.0.0.19/24\n");
        world.Run("status", "eth0", "--prometheus").ShouldContain("hyperv_vfattach_vf_addresses{mac=\"7c:1e:52:3e:f0:ce\",synthetic=\"eth0\"} 1\n");
    }
}
