using System.Text.Json;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
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

    // The same situations in each of the three outputs, and a host that is joined.
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

    private const string LongName = "enx525400000001-a-name-that-is-much-longer-than-fifteen-bytes";

    [Fact]
    public void An_alternative_name_of_many_bytes_is_as_good_as_the_name()
    {
        using var world = new TestWorld("kvm");
        world.System.Set(2, link => link with { AltNames = [LongName] });
        world.Run("status", LongName).ShouldContain("enp0s3  52:54:00:00:00:01  not joined");
        world.Run(LongName, "--dry-run").ShouldContain("bond-enp0s3");
        world.Run("import", LongName).ShouldEndWith("exit 0 (Done)\n");
        world.Run(LongName, "0", "--foreground").ShouldContain("are joined in");
        world.Run("detach", LongName).ShouldEndWith("exit 0 (Done)\n");
    }

    [Fact]
    public void Two_synthetics_with_one_address_are_both_shown_where_the_kernel_has_joined_them()
    {
        using var world = new TestWorld(Fixtures.Parse("""
            kernel 5.15.0
            2: eth0 00:0d:3a:00:00:01 up device vmbus hv_netvsc
            3: eth1 00:0d:3a:00:00:01 up device vmbus hv_netvsc
            4: enP1s1 00:0d:3a:00:00:01 up slave master 2 device pci mlx5_core
            5: enP2s2 00:0d:3a:00:00:01 up slave master 3 device pci mlx5_core
            """));
        string text = world.Run("status");
        text.ShouldContain("+====> enP1s1  VF         mlx5_core  up\n\n  carried by  enP1s1 (VF)\n");
        text.ShouldContain("+====> enP2s2  VF         mlx5_core  up\n\n  carried by  enP2s2 (VF)\n");
        text.ShouldNotContain("note");
    }

    [Fact]
    public void Without_a_VF_the_reason_is_told_all_the_same()
    {
        using var twins = new TestWorld(Fixtures.Parse("""
            kernel 6.1.0
            2: enp0s3 52:54:00:00:00:01 up device virtio virtio_net
            3: enp1s0 52:54:00:00:00:01 up device virtio virtio_net
            """));
        twins.Run("status", "enp0s3").ShouldContain("note        several synthetic NICs have the address 52:54:00:00:00:01 (enp0s3, enp1s0)");
        using var none = new TestWorld("confidential-vm");
        none.Settings = none.Settings with { Join = JoinKind.None };
        none.Run("status").ShouldContain("note        eth0 is opted out");
    }

    [Fact]
    public void A_VF_that_no_driver_has_taken_is_told_of()
    {
        using var world = new TestWorld("confidential-vm");
        string Status(params IdleNic[] nics)
        {
            world.System.Now = world.System.Now with { IdleNics = [.. nics] };
            return world.Run("status");
        }

        IdleNic nic = new("0001:00:02.0", "15b3:1016", null);
        string text = Status(nic with { Module = "mlx5_core", HasModule = true });
        text.ShouldContain("eth0  00:0d:3a:00:00:01  has no VF with a driver ");
        text.ShouldContain("note        the PCI NIC 0001:00:02.0 (15b3:1016), which may be the VF of eth0, has no driver: load the module mlx5_core (modprobe mlx5_core)");
        world.Run("status", "--json").ShouldContain("\"state\": \"no-driver\"");
        Status(nic with { Module = "mlx5_core" }).ShouldContain("has no driver, and this kernel lacks the module mlx5_core: install the package that has it");
        Status(nic).ShouldContain("has no driver, and this kernel has no module for it\n");
        text = Status(nic with { Driver = "mlx5_core" });
        text.ShouldContain("has no VF now ");
        text.ShouldContain("has the driver mlx5_core, but no interface here: see dmesg for the driver's reason\n");

        using var complete = new TestWorld("azure-mlx5-two-pairs");
        complete.System.Now = complete.System.Now with { IdleNics = [nic] };
        complete.Run("status").ShouldNotContain("note");
    }

    [Fact]
    public void A_VF_of_Hyper_V_without_a_synthetic_NIC_is_shown()
    {
        using var world = new TestWorld(Fixtures.Parse("""
            kernel 6.1.0
            2: enP1s1 7c:1e:52:00:00:01 up device pci mana
            3: enp5s0 7c:1e:52:00:00:02 up device pci e1000e
            """));
        Snapshot host = world.System.Now;
        world.System.Now = host with
        {
            Links = [.. host.Links.Select(link => link.Index != 2 ? link : link with
            {
                Device = link.Device! with { Path = "/devices/LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/VMBUS:00/7ad35d50-c05b-47ab-b3a0-56a9a845852b/pci7870:00/7870:00:00.0" },
            })],
        };
        world.Run("status").ShouldContain("""
            enP1s1  7c:1e:52:00:00:01  a VF without a synthetic NIC                [healthy]

              enP1s1           =======> enP1s1  VF  mana  up
              no synthetic NIC

              VF          enP1s1 (mana), 0 packets in, 0 out
              MTU         1500
              note        the host offers no synthetic NIC with this address: while the VF is away, nothing takes over

            """);
        world.Run("status").ShouldNotContain("enp5s0");
        world.Run("status", "enP1s1").ShouldContain("a VF without a synthetic NIC");
        world.Run("status", "enp5s0").ShouldContain("enp5s0 is no part of a pair");
        using JsonDocument json = JsonDocument.Parse(world.Run("status", "--json").Split('\n', 2)[1].Split("exit 0")[0]);
        json.RootElement.GetProperty("lone_vfs")[0].GetProperty("vf").GetProperty("driver").GetString().ShouldBe("mana");
    }

    [Fact]
    public void A_representor_with_the_pairs_address_is_told_of()
    {
        using var world = new TestWorld(Fixtures.Parse("""
            kernel 6.1.0
            2: enp0s3 52:54:00:00:00:01 up device virtio virtio_net
            3: enp1s0 52:54:00:00:00:01 device pci mlx5_core switch-port pf0vf1
            """));
        world.Run("status").ShouldContain("enp0s3  52:54:00:00:00:01  has no VF now ");
        world.Run("status").ShouldContain("note        enp1s0 has the address 52:54:00:00:00:01, but is a port of a switch in this machine (pf0vf1) and no VF\n");
    }

    [Fact]
    public void A_vf_to_which_the_host_gave_another_address_is_told_of()
    {
        const string others = "4: enp0s4 52:54:00:00:00:03 up device virtio virtio_net\n5: enp2s0 52:54:00:00:00:03 device pci igbvf\n";
        using var world = new TestWorld(Fixtures.Parse($"""
            kernel 6.1.0
            2: enp0s3 52:54:00:00:00:01 up device virtio virtio_net
            3: enp1s0 52:54:00:00:00:09 device pci igbvf
            {others}
            """));
        world.Run("status", "enp0s3").ShouldContain(
            "note        enp1s0 (igbvf) is a VF, but has the address 52:54:00:00:00:09 and not that of enp0s3: at the host, give it 52:54:00:00:00:01 ");
        // The VF of another pair.
        using var without = new TestWorld(Fixtures.Parse($"kernel 6.1.0\n2: enp0s3 52:54:00:00:00:01 up device virtio virtio_net\n{others}"));
        without.Run("status", "enp0s3").ShouldContain("note        the host offers no VF for enp0s3");
    }

    [Fact]
    public void Nothing_is_said_of_a_delay_whose_end_is_not_known()
    {
        using var world = new TestWorld("azure-mlx4-not-joined");
        string text = world.Run("status");
        text.ShouldNotContain("within the delay");
        text.ShouldContain("the kernel has not joined enP1s1 to eth0, though its netvsc driver joins pairs; the kernel's log has no reason; ");
        text.ShouldContain("force = true");
    }

    [Fact]
    public void After_a_failed_join_status_tells_what_failed_and_when_and_who_tries_again()
    {
        using var world = new TestWorld("kvm");
        world.System.Refuses = change => change is SetMaster { Link: 3, Master: not 0 } or SetMaster { Link: 2, Master: not 0 };
        world.Run("enp1s0", "0", "--foreground").ShouldContain("failed");
        world.System.Refuses = _ => false;
        string text = world.Run("status");
        text.ShouldContain("note        joining enp0s3 and enp1s0 failed: ");
        text.ShouldContain("(2026-11-28 00:00:");
        text.ShouldContain("; while a neighbour answers, the timer leaves the pair alone until its VF comes again or you run hyperv-vfattach scan\n");
        text.ShouldNotContain("next event or scan joins it");
        world.Run("scan", "--foreground").ShouldContain("are joined in");
        text = world.Run("status");
        text.ShouldNotContain("note");
        text.ShouldContain("; last failure 2026-11-28 00:00Z: joining enp0s3 and enp1s0 failed: ");
        world.Run("detach", "enp0s3");
        world.Run("status").ShouldContain("note        it was detached (2026-11-28 00:00:");
    }

    [Fact]
    public void Nothing_is_changed_made_or_logged_and_no_privilege_is_needed()
    {
        using var world = new TestWorld("kvm") { MissingPrivilege = "CAP_NET_ADMIN" };
        world.Run("status").ShouldEndWith("exit 6 (Degraded)\n");
        world.System.Changes.ShouldBe(0);
        Directory.Exists(world.Journals.Directory).ShouldBeFalse();
    }

    [Theory]
    [InlineData("kvm", 1)]
    [InlineData("hyperv-intel", 0)]
    public void Only_of_a_pair_that_is_not_joined_everything_is_read(string host, int looks)
    {
        using var world = new TestWorld(host);
        world.Run("status").ShouldContain("carried by");
        world.System.Looks.ShouldBe(looks);
        world.Run("scan", "--foreground");
        int before = world.System.Looks;
        world.Run("status").ShouldEndWith("exit 0 (Done)\n");
        world.System.Looks.ShouldBe(before);
    }

    [Fact]
    public void Status_names_the_obstacle_that_a_dry_run_names()
    {
        using var world = new TestWorld("kvm");
        world.System.Now = world.System.Now with { Sysctls = [new Sysctl(2, "ipv6/conf", "addr_gen_mode", "2")] };
        string refusal = world.Run("enp1s0", "--dry-run");
        refusal.ShouldContain("from a secret");
        world.Run("status").ShouldContain(refusal[refusal.IndexOf("enp1s0 would be left alone: ", StringComparison.Ordinal)..]
            .Split('\n')[0]["enp1s0 would be left alone: ".Length..]);
    }

    // Sent and received through the VF, sent and received through the synthetic NIC, while status looks.
    [Theory]
    [InlineData(9, 9, 0, 0, "eth1 (VF), 100 % of 18 packets in 250 ms", null)]
    [InlineData(1, 0, 0, 0, "eth1 (VF), 100 % of 1 packet in 250 ms", null)]
    [InlineData(500, 500, 1, 0, "eth1 (VF), >99 % of 1001 packets in 250 ms", null)]
    [InlineData(0, 0, 9, 9, "eth0 (synthetic), 100 % of 18 packets in 250 ms", "the kernel has joined eth1, but the traffic goes through eth0: the host has not switched")]
    [InlineData(9, 0, 0, 9, "out: eth1 (VF), in: eth0 (synthetic)", "packets are sent through eth1 but received through eth0")]
    [InlineData(0, 0, 0, 0, "idle, and the path that was used last is not known", null)]
    public void The_path_of_a_pair_that_the_kernel_joined_is_seen_and_not_guessed(
        uint vfSent, uint vfReceived, uint ownSent, uint ownReceived, string path, string? note)
    {
        using TestWorld world = Joined();
        world.Meanwhile = () => Pass(world, vfSent, vfReceived, ownSent, ownReceived);
        string text = world.Run("status");
        text.ShouldContain($"  carried by  {path}\n");
        if (note is null)
            text.ShouldNotContain("note");
        else
            text.ShouldContain($"  note        {note}");
    }

    [Fact]
    public void A_VF_without_a_carrier_is_told_of_because_hv_netvsc_goes_on_sending_through_it()
    {
        using var world = new TestWorld(Fixtures.Host("azure-mlx5-two-pairs"));
        Link vf = world.System.Now.Links.First(link => link.Device?.Driver == "mlx5_core" && link.Master != 0);
        world.Run("status").ShouldNotContain("has no carrier");
        world.System.Set(vf.Index, link => link with { Carrier = false });
        world.Run("status").ShouldContain($"{vf.Name} has no carrier, and hv_netvsc goes on sending through it");
    }

    [Fact]
    public void A_bond_of_another_program_above_a_pair_that_the_kernel_joined_is_named()
    {
        using var world = new TestWorld(Fixtures.Host("azure-mlx5-two-pairs"));
        Link vf = world.System.Now.Links.First(link => link.Device?.Driver == "mlx5_core" && link.Master != 0);
        var bond = new Link { Index = 99, Name = "bond0", Kind = "bond", Flags = LinkFlags.Up, Carrier = true, Mtu = 1500 };
        world.System.Now = world.System.Now with { Links = world.System.Now.Links.Add(bond) };
        world.System.Set(vf.Master, link => link with { Master = bond.Index });
        world.Run("status").ShouldContain($"{world.System.Now.Find(vf.Master)!.Name} is a port of bond0, which another program made");
    }

    [Fact]
    public void An_idle_pair_has_the_path_that_it_used_last()
    {
        using TestWorld world = Joined();
        world.Run("scan", "--repair");
        Pass(world, vfSent: 1, vfReceived: 1, ownSent: 0, ownReceived: 0);
        world.Run("status").ShouldContain("  carried by  idle, last used: eth1 (VF), 86 % of 642 packets so far\n");
        world.Run("status", "--json").ShouldContain("\"carried_by\": \"vf\",\n      \"idle\": true,");
        Pass(world, vfSent: 0, vfReceived: 0, ownSent: 1, ownReceived: 1);
        world.Run("scan", "--repair");
        world.Run("status").ShouldContain("  carried by  idle, last used: eth0 (synthetic), 14 % of 644 packets so far\n");
    }

    [Fact]
    public void The_packets_of_the_VF_do_not_count_as_the_synthetic_NICs()
    {
        using TestWorld world = Joined();
        string text = world.Run("status");
        text.ShouldContain("  synthetic   eth0 (hv_netvsc), 61 packets in, 30 out\n");
        text.ShouldContain("  VF          eth1 (vmxnet3), 349 packets in, 200 out\n");
        world.Run("status", "--prometheus").ShouldContain("hyperv_vfattach_received_packets_total{mac=\"00:0d:3a:00:00:01\",synthetic=\"eth0\",path=\"synthetic\"} 61\n");
    }

    [Fact]
    public void A_damaged_sample_is_as_good_as_none()
    {
        using TestWorld world = Joined();
        Directory.CreateDirectory(world.Journals.Directory);
        foreach (string text in new[] { "", "x", "1 2 3 4", "1 2 3 4 Vfx", "1 2 3 -4 Vf", "1 2 3 4 Vf 5", "99999999999999999999 2 3 4 Vf" })
        {
            File.WriteAllText(Path.Combine(world.Journals.Directory, "00-0d-3a-00-00-01.path"), text);
            world.Run("status").ShouldContain("  carried by  idle, and the path that was used last is not known\n", Case.Sensitive, text);
        }
    }

    private static TestWorld Joined()
    {
        var world = new TestWorld(Fixtures.Parse("""
            kernel 6.1.0
            2: eth0 00:0d:3a:00:00:01 up device vmbus hv_netvsc
            3: eth1 00:0d:3a:00:00:01 up slave master 2 device pci vmxnet3
            """));
        world.System.Set(2, link => link with { ReceivedPackets = 410, SentPackets = 230, VfTraffic = new VfTraffic(349, 200) });
        world.System.Set(3, link => link with { ReceivedPackets = 349, SentPackets = 200 });
        return world;
    }

    // hv_netvsc counts what goes through its VF, too.
    private static void Pass(TestWorld world, uint vfSent, uint vfReceived, uint ownSent, uint ownReceived) =>
        world.System.Set(2, link => link with
        {
            ReceivedPackets = link.ReceivedPackets + vfReceived + ownReceived,
            SentPackets = link.SentPackets + vfSent + ownSent,
            VfTraffic = new VfTraffic(link.VfTraffic!.Value.Received + vfReceived, link.VfTraffic.Value.Sent + vfSent),
        });

    [Fact]
    public void Names_of_any_characters_are_escaped()
    {
        var synthetic = new Link { Index = 2, Name = "a\"b\\c" };
        var pair = new PairStatus
        {
            Mac = new HardwareAddress("00:0d:3a:00:00:01"),
            Synthetic = new PortStatus(synthetic, NicFacts.Unknown, new VfTraffic(1, 2)), Interface = synthetic,
            State = PairState.NotJoined, Carrier = Carrier.Synthetic, Mtu = 1500, Journal = JournalStatus.None,
        };
        StatusPrometheus.Of([pair], false).ShouldContain("synthetic=\"a\\\"b\\\\c\"");
        using JsonDocument document = JsonDocument.Parse(StatusJson.Of([pair], [], false));
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
