using System.Collections.Immutable;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Joins;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Owners;
using HypervVfattach.Pairs;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Core;

public class PolicyTests
{
    private static readonly Settings s_settings = new() { SyntheticDrivers = ["hv_netvsc", "virtio_net"] };

    private static readonly Settings s_redirect = s_settings with { Join = JoinKind.Redirect };

    private static Settings With(Func<InterfaceSettings, InterfaceSettings> change) => s_settings with
    {
        Interfaces = s_settings.Interfaces.Add("enp0s3", change(new())).Add("eth0", change(new())),
    };

    private static Decision Decide(string host, string link, bool delayOver = true, Settings? settings = null) =>
        Decide(Fixtures.Host(host), link, delayOver, settings);

    private static Decision Decide(Snapshot host, string link, bool delayOver = true, Settings? settings = null) =>
        new LinuxPolicy().Decide(new Event(host.Find(link)?.Index ?? 99, delayOver), host, settings ?? s_settings);

    /// <summary>The joined kvm host, with additions.</summary>
    private static Snapshot Kvm(params string[] more) => Add(Fixtures.Host("kvm"), more);

    private static Snapshot Add(Snapshot host, params string[] more)
    {
        Snapshot extra = Fixtures.Parse(string.Join('\n', more));
        return host with
        {
            // A line replaces an interface with the same index.
            Links = [.. host.Links.Where(link => extra.Find(link.Index) is null), .. extra.Links],
            Addresses = [.. host.Addresses, .. extra.Addresses],
            Routes = [.. host.Routes, .. extra.Routes],
            NextHops = [.. host.NextHops, .. extra.NextHops],
            Owners = [.. host.Owners, .. extra.Owners],
            Classifiers = [.. host.Classifiers, .. extra.Classifiers],
            Claims = [.. host.Claims, .. extra.Claims],
            Sysctls = [.. host.Sysctls, .. extra.Sysctls],
            References = new([.. host.References.Found, .. extra.References.Found], [.. host.References.Unread, .. extra.References.Unread]),
            Joins = [.. host.Joins, .. extra.Joins],
        };
    }

    // Not ours

    [Fact]
    public void An_interface_that_is_gone_is_not_ours() => Decide("kvm", "no-such").ShouldBeOfType<NotOurs>();

    [Theory]
    [InlineData("kvm", "enp2s0", "no synthetic NIC")]
    [InlineData("kvm", "veth0", "virtual interface (veth)")]
    [InlineData("kvm", "lo", "hardware type 772")]
    [InlineData("infiniband", "ib0", "hardware type 32")]
    [InlineData("azure-mana", "enP30832p0s0d2", "no synthetic NIC")]
    [InlineData("confidential-vm", "eth0", "no VF")]
    [InlineData("infiniband", "eth0", "no VF")]
    [InlineData("net-failover-vf-away", "enp0s8nsby", "no VF")]
    public void What_is_no_part_of_a_pair_is_not_ours(string host, string link, string reason) =>
        Decide(host, link).ShouldBeOfType<NotOurs>().Reason.ShouldContain(reason);

    [Theory]
    [InlineData("vlan")]
    [InlineData("macvlan")]
    [InlineData("bond")]
    [InlineData("bridge")]
    public void What_stands_on_a_NIC_and_bears_its_address_is_not_ours(string kind) =>
        Decide(Kvm($"12: upper 52:54:00:00:00:01 up lower 4 kind {kind}"), "upper").ShouldBeOfType<NotOurs>();

    [Fact]
    public void A_driver_that_the_settings_do_not_name_makes_no_pair() =>
        Decide("kvm", "enp1s0", settings: new Settings()).ShouldBeOfType<NotOurs>();

    [Fact]
    public void The_VF_of_a_synthetic_bound_to_DPDK_is_left_alone() =>
        Decide("dpdk", "enP2s2").ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("DPDK");

    // Hands off

    [Theory]
    [InlineData("azure-mlx5-two-pairs", "enP41968s2")]
    [InlineData("azure-mana", "enP30832p0s0")]
    [InlineData("hyperv-intel", "enP9s0")]
    [InlineData("rhel7-backport", "enP1s1")]
    [InlineData("rhel7-backport", "eth0")]
    [InlineData("net-failover", "enp1s0")]
    [InlineData("net-failover", "enp0s8")]
    [InlineData("net-failover", "enp0s8nsby")]
    public void A_pair_that_the_kernel_joined_is_left_alone(string host, string link) =>
        Decide(host, link).ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("the kernel has joined");

    [Fact]
    public void A_net_failover_VF_without_its_master_yet_is_left_to_the_kernel() => Decide(
        Add(Fixtures.Host("net-failover"), "4: enp1s0 52:54:00:00:00:01 device pci e1000e"), "enp1s0")
        .ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("net_failover");

    [Theory]
    [InlineData("theirs-bond", "the bond uplink")]
    [InlineData("theirs-team", "the team team0")]
    [InlineData("theirs-bridge", "the bridge bridge0")]
    [InlineData("theirs-openvswitch", "the Open vSwitch ovs-system")]
    public void A_VF_in_somebodys_aggregate_is_never_stolen(string host, string holder)
    {
        Decide(host, "enp1s0").ShouldBeOfType<LeaveAlone>().Reason.ShouldContain(holder);
        Decide(host, "enp1s0", settings: s_settings with { Force = true }).ShouldBeOfType<LeaveAlone>();
    }

    [Fact]
    public void A_VF_whose_master_is_not_visible_is_never_stolen() =>
        Decide(Kvm("3: enp1s0 52:54:00:00:00:01 master 77 device pci vmxnet3"), "enp1s0")
            .ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("interface 77");

    [Fact]
    public void A_VF_that_comes_back_beside_somebodys_bond_is_his() =>
        Decide("theirs-bond-vf-back", "enp1s0").ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("another program made");

    [Fact]
    public void A_pair_that_is_opted_out_is_left_alone() =>
        Decide("kvm", "enp1s0", settings: With(own => own with { Join = JoinKind.None }))
            .ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("opted out");

    [Fact]
    public void A_pair_can_be_opted_out_by_its_address() => Decide("kvm", "enp1s0", settings: s_settings with
    {
        Interfaces = s_settings.Interfaces.Add("52:54:00:00:00:01", new InterfaceSettings { Join = JoinKind.None }),
    }).ShouldBeOfType<LeaveAlone>();

    [Theory]
    [InlineData("lan-side")]
    [InlineData("enx525400000001-a-name-that-is-much-longer-than-fifteen-bytes")]
    public void A_pair_can_be_opted_out_by_an_alternative_name(string name)
    {
        Settings settings = s_settings with { Interfaces = s_settings.Interfaces.Add(name, new InterfaceSettings { Join = JoinKind.None }) };
        Decide(Kvm($"2: enp0s3 52:54:00:00:00:01 up altname other altname {name} device virtio virtio_net"), "enp1s0", settings: settings)
            .ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("opted out");
        // The alternative name of a VF does not identify the pair.
        Decide(Kvm($"3: enp1s0 52:54:00:00:00:01 altname {name} device pci vmxnet3"), "enp1s0", settings: settings).ShouldBeOfType<Do>();
    }

    [Fact]
    public void The_settings_find_a_pair_whose_alternative_name_has_gone_to_its_bond() => new Settings
    {
        Interfaces = s_settings.Interfaces.Add("lan-side", new InterfaceSettings { Delay = TimeSpan.FromSeconds(77) }),
    }.For(new Pair(Fixtures.Host("kvm-joined").Find("enp0s3")!, null), Fixtures.Host("kvm-joined").Joins[0], Add(
        Fixtures.Host("kvm-joined"), $"{Fixtures.Host("kvm-joined").Joins[0].Aggregate}: bond-enp0s3 52:54:00:00:00:01 up altname lan-side kind bond"))
        .Delay.TotalSeconds.ShouldBe(77);

    [Theory]
    [InlineData("c1pf0vf1")]
    public void A_representor_is_never_taken_for_the_VF(string port)
    {
        Snapshot host = Kvm($"3: enp1s0 52:54:00:00:00:01 device pci mlx5_core switch-port {port}");
        Decide(host, "enp1s0").ShouldBeOfType<NotOurs>().Reason.ShouldContain($"a port of a switch in this machine ({port})");
        new LinuxPolicy().UdevProperties(new Event(3, false), host, s_settings).ShouldBeEmpty();
        LinuxPairs.Find(host, s_settings.SyntheticDrivers).Single(pair => pair.Synthetic.Name == "enp0s3").Vf.ShouldBeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_XDP_program_on_the_VF_is_noted(bool redirect)
    {
        Settings settings = redirect ? s_redirect : s_settings;
        Decide(Kvm("3: enp1s0 52:54:00:00:00:01 xdp device pci vmxnet3"), "enp1s0", settings: settings).ShouldBeOfType<Do>().Plan.Notes
            .ShouldHaveSingleItem().ShouldContain("the XDP program of enp1s0");
        Decide(Add(Fixtures.Host("kvm-joined-vf-back"), "9: eth0 52:54:00:00:00:01 xdp device pci vmxnet3"), "eth0").ShouldBeOfType<Do>()
            .Plan.Notes.ShouldHaveSingleItem().ShouldContain("the XDP program of eth0");
    }

    [Theory]
    [InlineData("4.18.0", false)]
    [InlineData("5.7.19", false)]
    [InlineData("5.8.0", true)]
    [InlineData("0.0", true)]
    public void A_redirect_is_advised_only_where_the_kernel_can_do_it(string kernel, bool advised)
    {
        foreach (string more in (string[])[
            "12: enp0s3.5 52:54:00:00:00:01 up lower 2 kind vlan", "address 2 192.0.2.9/24 ends 3600",
            "2: enp0s3 52:54:00:00:00:01 up master 12 port vrf device virtio virtio_net\n12: red 52:54:00:00:00:77 kind vrf",
            "2: enp0s3 52:54:00:00:00:01 up group 01:0e:cf:00:00:00 device virtio virtio_net",
            "sysctl 2 addr_gen_mode 2", "owner 2 connman process 7"])
        {
            string advice = Decide(Kvm(more) with { Kernel = Version.Parse(kernel) }, "enp1s0").ShouldBeOfType<Refuse>(more).Advice;
            advice.Contains("redirect").ShouldBe(advised, more);
            advice.ShouldNotBeNullOrWhiteSpace();
            advice.ShouldNotStartWith("or ");
        }
    }

    [Fact]
    public void Two_synthetics_with_one_address_are_left_alone() =>
        Decide(Kvm("13: enp0s9 52:54:00:00:00:01 up device virtio virtio_net"), "enp1s0")
            .ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("enp0s3, enp0s9");

    private const string TwinsOfTheKernel = """
        kernel 5.15.0
        2: eth0 00:0d:3a:00:00:01 up device vmbus hv_netvsc
        3: eth1 00:0d:3a:00:00:01 up device vmbus hv_netvsc
        4: enP1s1 00:0d:3a:00:00:01 up slave master 2 device pci mlx5_core
        5: enP2s2 00:0d:3a:00:00:01 up slave master 3 device pci mlx5_core
        """;

    [Theory]
    [InlineData("eth0", "enP1s1 to eth0")]
    [InlineData("enP1s1", "enP1s1 to eth0")]
    [InlineData("eth1", "enP2s2 to eth1")]
    [InlineData("enP2s2", "enP2s2 to eth1")]
    public void Two_synthetics_with_one_address_are_told_apart_where_the_kernel_has_joined_both(string link, string joined) =>
        Decide(Fixtures.Parse(TwinsOfTheKernel), link).ShouldBeOfType<LeaveAlone>().Reason.ShouldContain($"the kernel has joined {joined}");

    [Fact]
    public void The_VF_of_each_of_them_is_marked_as_its_own()
    {
        Snapshot host = Fixtures.Parse(TwinsOfTheKernel);
        foreach ((int vf, string synthetic) in ((int, string)[])[(4, "eth0"), (5, "eth1")])
            new LinuxPolicy().UdevProperties(new Event(vf, false), host, s_settings).ShouldContain(("HYPERV_VF_SYNTHETIC", synthetic));
    }

    [Fact]
    public void A_VF_that_is_free_beside_them_is_left_alone()
    {
        Snapshot host = Add(Fixtures.Parse(TwinsOfTheKernel), "5: enP2s2 00:0d:3a:00:00:01 up device pci mlx5_core");
        Decide(host, "enP2s2", settings: s_settings with { Force = true }).ShouldBeOfType<LeaveAlone>().Reason
            .ShouldContain("several synthetic NICs have the address 00:0d:3a:00:00:01 (eth0, eth1)");
        Decide(host, "enP1s1").ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("the kernel has joined enP1s1 to eth0");
        new LinuxPolicy().UdevProperties(new Event(5, false), host, s_settings).ShouldBeEmpty();
    }

    [Fact]
    public void A_join_of_one_of_them_is_not_taken_for_the_others()
    {
        Snapshot host = Add(Fixtures.Host("kvm-joined"), "13: enp0s9 52:54:00:00:00:01 up device virtio virtio_net");
        Decide(host, "enp0s9").ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("enp0s3, enp0s9");
        Decide(host, "enp1s0").ShouldBeOfType<LeaveAlone>();
        LinuxPairs.Find(host, s_settings.SyntheticDrivers).Select(pair => host.Joins.Any(pair.IsOf)).ShouldBe([true, false]);
    }

    [Fact]
    public void A_second_VF_is_left_alone_and_the_first_one_joined()
    {
        Snapshot host = Kvm("13: enp9s0 52:54:00:00:00:01 device pci iavf");
        Decide(host, "enp9s0").ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("further VF");
        Decide(host, "enp1s0").ShouldBeOfType<Do>().Plan.Vf.ShouldBe(3);
    }

    // The kernel goes first

    [Theory]
    [InlineData("azure-mlx5-three-pairs-booting", "eth3")]
    [InlineData("azure-mana", "enP30832p0s0d1")]
    [InlineData("azure-mlx4-not-joined", "enP1s1")]
    [InlineData("azure-mlx4-not-joined", "eth0")]
    [InlineData("azure-mlx4-stock-4.9", "enP1s1")]
    public void A_netvsc_pair_is_the_kernels_to_join_until_the_delay_is_over(string host, string link)
    {
        Decide(host, link, delayOver: false).ShouldBeOfType<AwaitKernel>();
        Decide(host, link, delayOver: false, With(own => own with { Force = true })).ShouldBeOfType<AwaitKernel>();
    }

    [Fact]
    public void A_netvsc_pair_that_the_kernel_did_not_join_is_refused_loudly()
    {
        Refuse refusal = Decide("azure-mlx4-not-joined", "enP1s1").ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain("nothing was changed");
        refusal.Reason.ShouldContain("the kernel's log has no reason; ");
        refusal.Advice.ShouldContain("join = \"redirect\" and force = true under [interface.eth0]");
    }

    [Fact]
    public void The_refusal_has_the_kernels_own_reason()
    {
        Snapshot host = Fixtures.Host("azure-mlx4-not-joined");
        string Reason(KernelReasons reasons) => Decide(host with { KernelReasons = reasons }, "enP1s1").ShouldBeOfType<Refuse>().Reason;

        Reason(new(new Dictionary<int, string> { [host.Find("enP1s1")!.Index] = "no netdev found for vf serial:8" }, null))
            .ShouldContain("; the kernel's log says: \"no netdev found for vf serial:8\"; nothing was changed");
        Reason(new(KernelReasons.None.Words, "its beginning is overwritten"))
            .ShouldContain("; the kernel's log has no reason (its beginning is overwritten); nothing was changed");
    }

    [Fact]
    public void Force_redirects_a_netvsc_pair_that_the_kernel_did_not_join_and_refuses_a_bond()
    {
        Decide("azure-mlx4-not-joined", "enP1s1", settings: With(own => own with { Force = true, Join = JoinKind.Redirect }))
            .ShouldBeOfType<Do>().Plan.Kind.ShouldBe(JoinKind.Redirect);
        Refuse refusal = Decide("azure-mlx4-not-joined", "enP1s1", settings: With(own => own with { Force = true })).ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain("would receive nothing");
        refusal.Advice.ShouldContain("join = \"redirect\"");
    }

    [Fact]
    public void A_kernel_before_4_14_joins_no_netvsc_pair() =>
        Decide("azure-mlx4-stock-4.9", "enP1s1").ShouldBeOfType<Do>().Plan.Goal.ShouldBe(Goal.Join);

    [Fact]
    public void A_back_ported_kernel_shows_by_IFF_SLAVE_and_is_trusted() => Decide(
        Add(Fixtures.Host("azure-mlx4-stock-4.9"), "3: enP1s1 00:0d:3a:01:02:03 slave device pci mlx4_core"), "enP1s1")
        .ShouldBeOfType<Refuse>();

    [Fact]
    public void An_unknown_kernel_counts_as_a_new_one() =>
        Decide(Fixtures.Host("azure-mlx4-stock-4.9") with { Kernel = new Version(0, 0) }, "enP1s1").ShouldBeOfType<Refuse>();

    // The join

    [Theory]
    [InlineData("enp1s0")]
    [InlineData("enp0s3")]
    public void A_pair_that_the_kernel_does_not_join_is_joined_whichever_half_came_last(string link)
    {
        Plan plan = Decide("kvm", link).ShouldBeOfType<Do>().Plan;
        plan.Goal.ShouldBe(Goal.Join);
        plan.Synthetic.ShouldBe(2);
        plan.Vf.ShouldBe(3);
        plan.AggregateName.ShouldBe("bond-enp0s3");
    }

    [Fact]
    public void Two_pairs_are_two_decisions() =>
        LinuxPairs.Find(Fixtures.Host("kvm-two-pairs"), s_settings.SyntheticDrivers)
            .Select(pair => new LinuxPolicy().Decide(pair, delayOver: true, Fixtures.Host("kvm-two-pairs"), s_settings).ShouldBeOfType<Do>().Plan.Vf)
            .ShouldBe([5, 4]);

    [Fact]
    public void A_joined_pair_is_left_alone() =>
        Decide("kvm-joined", "enp1s0").ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("already joined");

    [Fact]
    public void A_VF_that_comes_back_becomes_a_port_again()
    {
        Plan plan = Decide("kvm-joined-vf-back", "eth0").ShouldBeOfType<Do>().Plan;
        plan.Goal.ShouldBe(Goal.AddPort);
        plan.Aggregate.ShouldBe(7);
        plan.Vf.ShouldBe(9);
    }

    [Fact]
    public void A_joined_pair_whose_VF_is_away_is_left_alone()
    {
        Snapshot host = Fixtures.Host("kvm-joined-vf-back");
        Decide(host with { Links = host.Links.RemoveAt(2) }, "enp0s3")
            .ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("away");
    }

    [Fact]
    public void A_VF_that_comes_back_into_somebodys_bridge_stays_there() => Decide(Add(
        Fixtures.Host("kvm-joined-vf-back"),
        "9: eth0 52:54:00:00:00:01 master 8 port bridge device pci vmxnet3",
        "8: br0 52:54:00:00:00:01 kind bridge"), "eth0").ShouldBeOfType<LeaveAlone>();

    [Theory]
    [InlineData("9: enp1s0 52:54:00:00:00:01 device pci vmxnet3")]
    [InlineData("7: bond-enp0s3 52:54:00:00:00:01 up kind bond")]
    [InlineData("7: bond-enp0s3 52:54:00:00:00:01 up kind dummy\n2: enp0s3 52:54:00:00:00:01 master 7 device virtio virtio_net")]
    [InlineData("7: bond-enp0s3 52:54:00:00:00:01 up kind bond\n9: enp1s0 52:54:00:00:00:01 master 7 port bond device pci vmxnet3")]
    public void A_join_that_somebody_took_apart_is_not_made_again(string line) =>
        Decide(Add(Fixtures.Host("kvm-join-taken-apart"), line), "enp1s0")
            .ShouldBeOfType<Refuse>().Advice.ShouldContain("detach enp0s3");

    [Fact]
    public void A_join_of_a_synthetic_that_was_made_anew_is_not_made_again() => Decide(Kvm(
        "join 52:54:00:00:00:01 synthetic 77 enp0s3 aggregate 78 bond-enp0s3"), "enp1s0").ShouldBeOfType<Refuse>();

    private static readonly Snapshot s_synthetic_back = Fixtures.Parse("""
        kernel 6.1.0
        11: eth0 52:54:00:00:00:01 device virtio virtio_net
        7: enp0s3 52:54:00:00:00:01 up kind bond
        9: enp1s0 52:54:00:00:00:01 up master 7 port bond device pci vmxnet3
        join 52:54:00:00:00:01 synthetic 2 enp0s3 aggregate 7 bond-enp0s3
        """);

    [Theory]
    [InlineData("eth0")]
    [InlineData("enp1s0")]
    public void A_synthetic_that_the_host_took_away_and_brought_back_is_a_port_of_the_bond_again(string link)
    {
        Plan plan = Decide(s_synthetic_back, link).ShouldBeOfType<Do>().Plan;
        (plan.Synthetic, plan.Aggregate, plan.SyntheticName).ShouldBe((11, 7, "enp0s3"));
        plan.Steps.ShouldHaveSingleItem().Changes.ShouldBe([new SetMaster(11, 7, Down: true)]);
        Decide(s_synthetic_back with { Links = s_synthetic_back.Links.RemoveAt(2) }, "eth0").ShouldBeOfType<Do>();
    }

    [Theory]
    [InlineData("address 11 10.0.0.4/24")]
    [InlineData("12: eth0.5 52:54:00:00:00:01 up lower 11 kind vlan")]
    [InlineData("owner 11 NetworkManager")]
    [InlineData("2: other 52:54:00:00:00:77 device virtio virtio_net")]
    public void One_that_somebody_uses_meanwhile_is_left_to_him(string line) =>
        Decide(Add(s_synthetic_back, line), "eth0").ShouldBeOfType<Refuse>();

    [Fact]
    public void One_that_somebody_put_into_the_bond_himself_is_remembered() => Decide(Add(
        Fixtures.Host("kvm-joined-vf-back") with { Joins = [] },
        "join 52:54:00:00:00:01 synthetic 77 enp0s3 aggregate 7 bond-enp0s3"), "eth0").ShouldBeOfType<Do>().Plan.Steps
        .ShouldHaveSingleItem().Changes.ShouldBe([new SetUp(2, true)]);

    [Fact]
    public void What_failed_to_become_a_port_again_is_tried_again() => Decide(s_synthetic_back with
    {
        Joins = [s_synthetic_back.Joins[0] with { Synthetic = 11 }],
    }, "eth0").ShouldBeOfType<Do>().Plan.Synthetic.ShouldBe(11);

    [Fact]
    public void A_bond_is_not_taken_away_while_its_synthetic_is()
    {
        Join join = s_synthetic_back.Joins[0];
        new LinuxPolicy().Joins.Of(join.Kind).DetachObstacle(s_synthetic_back, join, new LinuxPolicy().Joins.Detach(s_synthetic_back, join))!.Advice.ShouldContain("scan");
        // Neither when the attempt failed to make it a port again.
        join = join with { Synthetic = 11 };
        new LinuxPolicy().Joins.Of(join.Kind).DetachObstacle(s_synthetic_back, join, new LinuxPolicy().Joins.Detach(s_synthetic_back, join)).ShouldNotBeNull();
    }

    [Fact]
    public void Opting_out_of_a_pair_that_is_joined_takes_no_VF_from_it()
    {
        Snapshot host = Fixtures.Parse("""
            kernel 6.1.0
            2: enp0s3s 52:54:00:00:00:01 up master 7 port bond device virtio virtio_net
            7: enp0s3 52:54:00:00:00:01 up kind bond
            9: eth0 52:54:00:00:00:01 device pci vmxnet3
            join 52:54:00:00:00:01 synthetic 2 enp0s3 aggregate 7 bond-enp0s3
            """);
        Settings none = s_settings with { Join = JoinKind.None };
        Decide(host, "eth0", settings: none).ShouldBeOfType<Do>().Plan.Goal.ShouldBe(Goal.AddPort);
        new LinuxPolicy().UdevProperties(new Event(9, false), host, none).ShouldNotBeEmpty();
        Decide(host with { Joins = [] }, "eth0", settings: none).ShouldBeOfType<LeaveAlone>();
    }

    // What cannot be joined without loss

    [Fact]
    public void A_synthetic_that_is_off_is_left_alone_until_it_is_on() =>
        Decide(Kvm("2: enp0s3 52:54:00:00:00:01 device virtio virtio_net"), "enp1s0")
            .ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("switched off");

    [Theory]
    [InlineData("bond")]
    [InlineData("team")]
    public void A_synthetic_in_somebodys_bond_is_left_alone(string kind) => Decide(Kvm(
        $"2: enp0s3 52:54:00:00:00:01 up master 12 port {kind} device virtio virtio_net",
        $"12: uplink 52:54:00:00:00:01 up kind {kind}"), "enp1s0").ShouldBeOfType<LeaveAlone>();

    [Theory]
    [InlineData("bridge")]
    [InlineData("vrf")]
    [InlineData("openvswitch")]
    public void A_synthetic_that_is_a_port_is_refused(string kind) => Decide(Kvm(
        $"2: enp0s3 52:54:00:00:00:01 up master 12 port {kind} device virtio virtio_net",
        $"12: upper 52:54:00:00:00:01 up kind {kind}"), "enp1s0")
        .ShouldBeOfType<Refuse>().Reason.ShouldContain("upper");

    [Theory]
    [InlineData("vlan")]
    [InlineData("macvlan")]
    [InlineData("ipvlan")]
    [InlineData("macsec")]
    [InlineData("vxlan", "under")]
    [InlineData("hsr", "under")]
    [InlineData("gre")]
    public void A_synthetic_with_something_on_it_is_refused(string kind, string how = "lower")
    {
        Snapshot host = Kvm($"12: upper 52:54:00:00:00:01 up {how} 2 kind {kind}");
        Refuse refusal = Decide(host, "enp1s0").ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain($"upper ({kind})");
        refusal.Advice.ShouldStartWith("set join = \"redirect\"");
        Decide(host, "enp1s0", settings: s_redirect).ShouldBeOfType<Do>();
    }

    [Fact]
    public void A_bond_with_something_on_it_is_not_taken_away()
    {
        Snapshot host = Add(Fixtures.Host("kvm-joined"), "12: vx1 52:54:00:00:00:01 up under 7 kind vxlan");
        Join join = host.Joins[0];
        new LinuxPolicy().Joins.Of(join.Kind).DetachObstacle(host, join, new LinuxPolicy().Joins.Detach(host, join))!.Reason.ShouldContain("vx1 (vxlan)");
    }

    [Fact]
    public void A_synthetic_with_multicast_addresses_of_its_own_is_refused()
    {
        Snapshot host = Kvm("2: enp0s3 52:54:00:00:00:01 up device virtio virtio_net group 01:0e:cf:00:00:00");
        Refuse refusal = Decide(host, "enp1s0").ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain("01:0e:cf:00:00:00");
        refusal.Advice.ShouldContain("join = \"redirect\"");
        Decide(host, "enp1s0", settings: s_redirect).ShouldBeOfType<Do>();
    }

    [Theory]
    [InlineData("2: enp0s3 52:54:00:de:ad:01 permanent 52:54:00:00:00:01 up device virtio virtio_net", "enp0s3")]
    [InlineData("3: enp1s0 52:54:00:de:ad:01 permanent 52:54:00:00:00:01 device pci vmxnet3", "enp1s0")]
    public void A_pair_whose_address_was_changed_is_refused_however_it_would_be_joined(string line, string changed)
    {
        foreach (Settings settings in (Settings[])[s_settings, s_redirect, s_settings with { TakeName = true }])
        {
            Refuse refusal = Decide(Kvm(line), "enp1s0", settings: settings).ShouldBeOfType<Refuse>();
            refusal.Reason.ShouldContain($"the address of {changed} was changed to 52:54:00:de:ad:01; its own is 52:54:00:00:00:01");
            refusal.Advice.ShouldContain("join = \"none\" under [interface.enp0s3]");
        }
    }

    [Fact]
    public void One_whose_address_was_changed_is_not_armed_and_gets_no_VF_back()
    {
        const string off = "2: enp0s3 52:54:00:de:ad:01 permanent 52:54:00:00:00:01 device virtio virtio_net";
        Snapshot host = Kvm(off);
        Decide(host with { Links = host.Links.RemoveAll(link => link.Index == 3) }, "enp0s3", settings: s_redirect)
            .ShouldNotBeOfType<Do>();
        Decide(Add(Fixtures.Host("kvm-joined-vf-back"),
            "2: enp0s3 52:54:00:de:ad:01 permanent 52:54:00:00:00:01 up master 7 port bond device virtio virtio_net"), "eth0")
            .ShouldBeOfType<Refuse>().Reason.ShouldContain("was changed");
    }

    [Fact]
    public void Random_addresses_without_a_permanent_one_are_no_change() =>
        Decide(Kvm("3: enp1s0 52:54:00:00:00:01 permanent 52:54:00:00:00:01 device pci vmxnet3"), "enp1s0").ShouldBeOfType<Do>();

    [Theory]
    [InlineData("2")]
    [InlineData("3")]
    public void Addresses_that_are_made_from_a_secret_and_the_NIC_are_refused(string mode)
    {
        Snapshot host = Kvm($"sysctl 2 addr_gen_mode {mode}");
        Refuse refusal = Decide(host, "enp1s0").ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain("from a secret");
        refusal.Advice.ShouldContain("join = \"redirect\"");
        Decide(host, "enp1s0", settings: s_redirect).ShouldBeOfType<Do>();
    }

    [Theory]
    [InlineData("sysctl 2 addr_gen_mode 0")]
    [InlineData("sysctl 2 addr_gen_mode 1")]
    [InlineData("sysctl 3 addr_gen_mode 2")]
    [InlineData("sysctl 0 stable_secret 2001:db8::1")]
    public void Others_are_made_the_same_on_the_bond(string line) => Decide(Kvm(line), "enp1s0").ShouldBeOfType<Do>();

    private static Snapshot WithNetworkd(string text, string? earlier = null, params string[] more) => Kvm(more) with
    {
        Owners = [new Owner(2, "systemd-networkd", "a file")
        {
            State = new NetworkdLink(2, "52:54:00:00:00:01", "10-lan.network", text, null, null, IsAggregate: false) { Earlier = earlier },
        }],
    };

    [Theory]
    [InlineData("[IPv6AcceptRA]\nToken=prefixstable\n")]
    [InlineData("[Network]\n  IPv6Token = prefixstable:2001:db8::\n")]
    [InlineData("[IPv6AcceptRA]\nToken=eui64\nToken=prefixstable,5ec4e75ec4e75ec4e75ec4e75ec4e7aa\n")]
    [InlineData("[IPv6AcceptRA]\nToken=PrefixStable:2001:db8::\n[Network]\nIPv6StableSecretAddress=2001:db8::1\n")]
    public void Addresses_that_networkd_makes_from_the_name_are_refused(string text) =>
        Decide(WithNetworkd(text), "enp1s0").ShouldBeOfType<Refuse>().Reason.ShouldContain("10-lan.network");

    [Theory]
    [InlineData("[Network]\nIPv6LinkLocalAddressGenerationMode=stable-privacy\n", "2", false)] // by the kernel's default secret
    [InlineData("[Network]\nIPv6LinkLocalAddressGenerationMode=random\n", "3", false)]
    [InlineData("[Network]\nIPv6LinkLocalAddressGenerationMode=eui64\n", "0", true)]
    [InlineData("[IPv6AcceptRA]\nToken=static:::53\n", "0", true)]
    public void What_networkd_has_the_kernel_make_of_a_secret_is_refused(string text, string mode, bool joins)
    {
        Decision decision = Decide(WithNetworkd(text, null, $"sysctl 2 addr_gen_mode {mode}"), "enp1s0");
        (decision is Do).ShouldBe(joins);
        if (!joins)
            decision.ShouldBeOfType<Refuse>().Advice.ShouldContain("join = \"redirect\"");
    }

    // networkd would add the rule for the old name again, and remove the moved one when it restarts.
    [Theory]
    [InlineData("[RoutingPolicyRule]\nIncomingInterface=enp0s3\nTable=100\n", true)]
    [InlineData("[RoutingPolicyRule]\n OutgoingInterface = enp0s3\n", true)]
    [InlineData("[RoutingPolicyRule]\nIncomingInterface=enp0s4\nFrom=192.0.2.2\n", false)]
    public void A_rule_of_networkd_for_the_name_needs_the_name(string text, bool needs)
    {
        Decision decision = Decide(WithNetworkd(text), "enp1s0");
        if (needs)
            decision.ShouldBeOfType<Refuse>().Reason.ShouldBe("10-lan.network has a rule for enp0s3 by its name, which would not match bond-enp0s3");
        else
            decision.ShouldBeOfType<Do>();
        Decide(WithNetworkd(text), "enp1s0", settings: With(own => own with { TakeName = true })).ShouldBeOfType<Do>();
    }

    [Theory]
    [InlineData(11, "zebra")]
    [InlineData(12, "bird")]
    [InlineData(188, "ospf")]
    public void A_route_of_a_routing_daemon_is_refused(byte protocol, string daemon)
    {
        Snapshot host = Kvm();
        host = host with { Routes = [.. host.Routes.Select(route => route.DestinationLength == 0 ? route with { Protocol = protocol } : route)] };
        Refuse refusal = Decide(host, "enp1s0").ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain($"the route to default was added by {daemon}, which works on enp0s3");
        refusal.IsByUse.ShouldBeTrue();
        Decide(host, "enp1s0", settings: With(own => own with { Join = JoinKind.Redirect })).ShouldBeOfType<Do>();
    }

    // FRR adds its routes by next-hop objects.
    [Fact]
    public void A_route_of_a_routing_daemon_by_a_next_hop_object_is_refused()
    {
        Snapshot host = Kvm("nexthop 7 dev 2");
        host = host with
        {
            Routes = [.. host.Routes.Select(route => route.DestinationLength == 0 ? route with { Protocol = 11, Legs = [], NextHopId = 7 } : route)],
        };
        Decide(host, "enp1s0").ShouldBeOfType<Refuse>().Reason.ShouldContain("the route to default was added by zebra, which works on enp0s3");
    }

    [Theory]
    [InlineData(18, "keepalived")]
    [InlineData(200, "a program of the protocol 200")]
    public void An_address_of_a_failover_daemon_is_refused(byte protocol, string daemon)
    {
        Snapshot host = Kvm();
        host = host with { Addresses = [.. host.Addresses.Select(address => address.IsIPv6 ? address : address with { Protocol = protocol })] };
        Decide(host, "enp1s0").ShouldBeOfType<Refuse>().Reason.ShouldContain($"was added by {daemon}, which works on enp0s3");
    }

    [Fact]
    public void Units_that_are_bound_to_the_name_are_in_the_way_of_a_bond_that_takes_it()
    {
        Snapshot host = Kvm() with { References = new References([new InterfaceReference(2, ReferenceKind.Unit, "openvpn.service")], []) };
        Decide(host, "enp1s0").ShouldBeOfType<Do>();
        Settings taking = With(own => own with { TakeName = true });
        Decide(host, "enp1s0", settings: taking).ShouldBeOfType<Refuse>().Reason.ShouldContain("systemd would stop units that are bound to the device "
            + "enp0s3 (BindsTo=) when the bond takes that name (openvpn.service)");
        // The owner keeps its own.
        Snapshot owned = host with
        {
            Owners = [new Owner(2, "ifupdown", "evidence") { State = new IfupdownState("enp0s3") }],
            References = new References([new InterfaceReference(2, ReferenceKind.Unit, "ifup@enp0s3.service")], []),
        };
        Decide(owned, "enp1s0").ShouldBeOfType<Do>();
    }

    [Fact]
    public void A_secret_that_networkd_sets_it_sets_on_the_bond_as_well() => Decide(
        WithNetworkd("[Network]\nIPv6StableSecretAddress=2001:db8::1\n", null, "sysctl 2 addr_gen_mode 2"), "enp1s0").ShouldBeOfType<Do>();

    [Fact]
    public void A_network_file_that_would_win_over_ours_is_known_beforehand()
    {
        Refuse refusal = Decide(WithNetworkd("[Network]\nDHCP=yes\n", "/etc/systemd/network/ 0.network"), "enp1s0").ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldStartWith("/etc/systemd/network/ 0.network sorts before");
        refusal.Advice.ShouldContain("join = \"redirect\"");
    }

    // The kernel creates one for a static address too (ip address add ... mngtmpaddr), and another one on the bond.
    [Fact]
    public void Temporary_addresses_show_no_owner() =>
        Decide(Kvm("address 2 2001:db8::5/64", "address 2 2001:db8::c0de/64 temporary ends 604800"), "enp1s0").ShouldBeOfType<Do>();

    [Fact]
    public void An_interface_whose_lower_one_is_in_another_namespace_is_in_nobodys_way() =>
        Decide(Kvm("12: eth9 52:54:00:00:00:01 up lower-elsewhere 2 kind macvlan"), "enp1s0").ShouldBeOfType<Do>();

    [Theory]
    [InlineData("owner 2 dhclient process 812: dhclient -4 enp0s3", "dhclient (process 812")]
    [InlineData("owner 2 NetworkManager /run/NetworkManager/devices/2", "NetworkManager (/run")]
    [InlineData("address 2 192.0.2.9/24 ends 3600", "192.0.2.9/24 ends in 3600 s")]
    [InlineData("address 2 2001:db8::9/64 ends 86400", "2001:db8::9/64 ends in 86400 s")]
    [InlineData("address 2 2001:db8::9/64 proto ra", "2001:db8::9/64 came by router advertisement")]
    [InlineData("route 2 default proto dhcp", "the route to default came by DHCP")]
    [InlineData("route 2 168.63.129.16/32 proto dhcp", "168.63.129.16/32 came by DHCP")]
    [InlineData("route 2 default6 proto ra", "the route to default came by router advertisement")]
    [InlineData("nexthop 5 dev 2\nroute 2 default proto dhcp nhid 5", "came by DHCP")]
    [InlineData("nexthop 5 dev 2\nnexthop 6 group 5\nroute 2 default proto dhcp nhid 6", "came by DHCP")]
    public void A_leased_or_owned_configuration_is_refused(string line, string evidence)
    {
        Refuse refusal = Decide(Kvm(line), "enp1s0").ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain(evidence);
        refusal.Advice.ShouldContain("join = \"redirect\" under [interface.enp0s3]");
    }

    private const string Rule = "nftables table inet filter, chain input, handle 4";

    [Fact]
    public void A_firewall_rule_that_would_not_match_the_bond_is_an_obstacle()
    {
        Snapshot host = Kvm($"reference 2 rulebyname {Rule}");
        Refuse refusal = Decide(host, "enp1s0").ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain("enp0s3 by its name");
        refusal.Reason.ShouldContain($"bond-enp0s3 ({Rule})");
        refusal.Advice.ShouldContain("take_name = true under [interface.enp0s3]");
        refusal.Advice.ShouldContain("join = \"redirect\"");
        Decide(host, "enp1s0", settings: s_settings with { TakeName = true }).ShouldBeOfType<Do>();
        Decide(host, "enp1s0", settings: s_redirect).ShouldBeOfType<Do>();
    }

    [Theory]
    [InlineData("rulebyindex")]
    [InlineData("hook")]
    [InlineData("socket")]
    public void What_goes_by_the_device_is_an_obstacle_whatever_name_the_bond_has(string kind)
    {
        Snapshot host = Kvm($"reference 2 {kind} {Rule}", "reference 2 rulebyname another");
        foreach (Settings settings in (Settings[])[s_settings, s_settings with { TakeName = true }])
        {
            Refuse refusal = Decide(host, "enp1s0", settings: settings).ShouldBeOfType<Refuse>();
            refusal.Reason.ShouldContain(Rule);
            refusal.Advice.ShouldContain("join = \"redirect\"");
            refusal.Advice.ShouldNotContain("take_name");
        }
        Decide(host, "enp1s0", settings: s_redirect).ShouldBeOfType<Do>();
    }

    [Fact]
    public void An_owner_that_cannot_go_along_to_a_bond_with_the_name_is_no_reason_to_advise_it()
    {
        Snapshot host = Kvm($"reference 2 rulebyname {Rule}");
        host = host with
        {
            Owners =
            [
                new Owner(2, "NetworkManager", "/run/NetworkManager/devices/2")
                {
                    State = new NetworkManagerState("5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03", Copied: false),
                },
            ],
        };
        Refuse refusal = Decide(host, "enp1s0").ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain("by its name");
        refusal.Advice.ShouldNotContain("take_name");
    }

    [Fact]
    public void A_rule_that_goes_by_another_interface_is_in_nobodys_way() =>
        Decide(Kvm($"reference 4 rulebyname {Rule}", "reference 3 socket udp port 53"), "enp1s0").ShouldBeOfType<Do>();

    [Fact]
    public void A_firewall_that_cannot_be_read_is_a_note()
    {
        Snapshot host = Kvm("unread the firewall could not be read (nftables: read rules)");
        Decide(host, "enp1s0").ShouldBeOfType<Do>().Plan.Notes.ShouldContain("the firewall could not be read (nftables: read rules): "
            + "whether rules or sockets there depend on enp0s3 and would not follow to the bond is not known");
        Decide(host, "enp1s0", settings: s_redirect).ShouldBeOfType<Do>().Plan.Notes.ShouldNotContain(note => note.Contains("firewall could"));
    }

    [Fact]
    public void A_joined_pair_is_not_asked_for_its_rules() => Decide(
        Add(Fixtures.Host("kvm-joined-vf-back"), $"reference 2 rulebyname {Rule}"), "eth0").ShouldBeOfType<Do>().Plan.Goal.ShouldBe(Goal.AddPort);

    [Theory]
    [InlineData("address 2 fe80::9/64 ends 3600")]
    [InlineData("owner 4 dhclient process 812: dhclient -4 enp2s0")]
    [InlineData("address 4 192.0.2.9/24 ends 3600")]
    [InlineData("route 4 default proto dhcp")]
    [InlineData("nexthop 5 dev 4\nroute 4 default proto dhcp nhid 5")]
    public void What_is_another_interfaces_or_link_local_is_no_lease(string line) =>
        Decide(Kvm(line), "enp1s0").ShouldBeOfType<Do>();

    [Theory]
    [InlineData("address 3 192.0.2.3/24", "192.0.2.3/24")]
    [InlineData("address 3 2001:db8::3/64", "2001:db8::3/64")]
    [InlineData("address 3 169.254.3.3/16", "169.254.3.3/16")]
    [InlineData("12: enp1s0.5 52:54:00:00:00:01 lower 3 kind vlan", "enp1s0.5 (vlan)")]
    [InlineData("owner 3 NetworkManager /run/NetworkManager/devices/3", "NetworkManager")]
    public void A_VF_that_somebody_uses_by_itself_is_refused(string line, string evidence) =>
        Decide(Kvm(line), "enp1s0").ShouldBeOfType<Refuse>().Reason.ShouldContain(evidence);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_VF_that_a_manager_took_uninvited_is_taken_back(bool redirect)
    {
        Snapshot host = Kvm("address 3 192.0.2.3/24");
        Owner uninvited = new(3, "NetworkManager", "Wired connection 1") { IsUninvited = true, State = new NetworkManagerGuest() };
        Plan plan = Decide(host with { Owners = [uninvited] }, "enp1s0", settings: redirect ? s_redirect : s_settings).ShouldBeOfType<Do>().Plan;
        List<Change> changes = [.. plan.Steps.SelectMany(step => step.Changes)];
        int at(Predicate<Change> which) => changes.FindIndex(which);
        at(change => change is ReleaseInterface { Link: 3 }).ShouldBeInRange(0, at(change =>
            change is SetMaster { Link: 3 } or SetUp { Link: 3 } or SetMtu { Link: 3 }));
        Decide(host with { Owners = [uninvited, uninvited with { Program = "dhclient", IsUninvited = false }] }, "enp1s0")
            .ShouldBeOfType<Refuse>();
    }

    [Fact]
    public void A_VF_that_came_back_and_got_an_address_is_refused() =>
        Decide(Add(Fixtures.Host("kvm-joined-vf-back"), "address 9 192.0.2.3/24"), "eth0").ShouldBeOfType<Refuse>();

    [Fact]
    public void A_stray_link_local_on_the_VF_is_in_nobodys_way() =>
        Decide(Kvm("address 3 fe80::3/64"), "enp1s0").ShouldBeOfType<Do>();

    [Theory]
    [InlineData("bond-%s-of-vf", "is longer than 15 bytes")]
    [InlineData("bond %s", "contains white space")]
    [InlineData("", "is empty")]
    [InlineData("bond%d", "pattern")]
    [InlineData("bond0", "bonding module")]
    [InlineData("all", "reserved")]
    [InlineData("bonding_masters", "reserved")]
    [InlineData("enp2s0", "another interface (a e1000e NIC)")]
    [InlineData("%s", "another interface")]
    public void A_name_that_the_bond_cannot_have_is_refused(string pattern, string why)
    {
        Refuse refusal = Decide("kvm", "enp1s0", settings: s_settings with { AggregateName = pattern }).ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain(why);
        refusal.Advice.ShouldContain("aggregate_name");
    }

    [Fact]
    public void A_name_that_is_an_alternative_one_already_is_refused() =>
        Decide(Kvm("14: wlan0 52:54:00:00:00:77 up altname bond-enp0s3"), "enp1s0")
            .ShouldBeOfType<Refuse>().Reason.ShouldContain("by wlan0 as an alternative name");

    [Fact]
    public void The_name_that_the_synthetic_gets_behind_its_bond_must_be_free_too()
    {
        Settings settings = s_settings with { TakeName = true };
        Decide("kvm", "enp1s0", settings: settings).ShouldBeOfType<Do>();
        Decide(Kvm("14: enp0s3s 52:54:00:00:00:77 kind dummy"), "enp1s0", settings: settings)
            .ShouldBeOfType<Refuse>().Advice.ShouldContain("take_name = false");
    }

    [Theory]
    [InlineData("", "enp0s3-15-bytes", "enp0s3-15-bytess")]
    [InlineData("14: enp0s3s 52:54:00:00:00:77 kind dummy", "enp0s3", "enp0s3s")]
    public void Where_the_owner_needs_the_name_the_advice_is_not_the_setting_that_decides_nothing(string more, string name, string behind)
    {
        Snapshot host = Kvm($"2: {name} 52:54:00:00:00:01 up device virtio virtio_net\n{more}");
        host = host with
        {
            Owners = [new Owner(2, "dhclient", "process 7")
            {
                State = new LeaseClient(2, 7, 100, "/sbin/dhclient", ["dhclient", name], "0::/system.slice/networking.service"),
            }],
        };
        Refuse refusal = Decide(host, "enp1s0", settings: s_settings with { AggregateName = "front" }).ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain(behind);
        refusal.Advice.ShouldNotContain("take_name");
        refusal.Advice.ShouldContain("join = \"redirect\"");
        refusal.Advice.ShouldContain($"rename {name} (at most");
    }

    // udev

    [Theory]
    [InlineData("kvm", "enp1s0", "enp0s3")]
    [InlineData("kvm-joined", "enp1s0", "enp0s3")]
    [InlineData("kvm-joined-vf-back", "eth0", "enp0s3")]
    [InlineData("azure-mlx5-two-pairs", "enP41968s2", "eth1")]
    [InlineData("azure-mlx5-three-pairs-booting", "eth3", "eth2")]
    [InlineData("azure-mlx4-not-joined", "enP1s1", "eth0")]
    [InlineData("net-failover", "enp1s0", "enp0s8")]
    public void A_VF_gets_properties_that_keep_managers_off(string host, string link, string synthetic) =>
        Properties(host, link).ShouldBe([
            ("HYPERV_VF", "1"), ("HYPERV_VF_SYNTHETIC", synthetic), ("HYPERV_VF_MAC", Fixtures.Host(host).Find(link)!.PairAddress.ToString()),
            ("NM_UNMANAGED", "1"), ("ID_NET_MANAGED_BY", "unmanaged"), ("AZURE_UNMANAGED_SRIOV", "1")]);

    [Theory]
    [InlineData("kvm", "enp0s3")]
    [InlineData("kvm", "enp2s0")]
    [InlineData("kvm", "veth0")]
    [InlineData("kvm", "no-such")]
    [InlineData("net-failover", "enp0s8nsby")]
    [InlineData("azure-mana", "enP30832p0s0d2")]
    [InlineData("infiniband", "ib0")]
    [InlineData("dpdk", "enP2s2")]
    [InlineData("theirs-bond", "enp1s0")]
    [InlineData("theirs-bond-vf-back", "enp1s0")]
    [InlineData("theirs-bridge", "enp1s0")]
    public void Nothing_else_gets_any_property(string host, string link) => Properties(host, link).ShouldBeEmpty();

    [Fact]
    public void Opting_out_of_our_join_does_not_opt_out_of_the_kernels()
    {
        Settings settings = With(own => own with { Join = JoinKind.None });
        Properties("kvm", "enp1s0", settings).ShouldBeEmpty();
        Properties("azure-mlx5-two-pairs", "enP31819s1", settings).ShouldNotBeEmpty();
        Properties("azure-mlx4-not-joined", "enP1s1", settings).ShouldNotBeEmpty();
        Properties("azure-mlx4-stock-4.9", "enP1s1", settings).ShouldBeEmpty();
    }

    private const string Bare = "kernel 6.1.0\n2: enp0s3 52:54:00:00:00:01 up device virtio virtio_net\n3: enp1s0 52:54:00:00:00:01 up device pci vmxnet3\n";

    /// <summary>Which NIC of a pair is configured, and whether the VF is the NIC that the administrator configured.</summary>
    [Theory]
    // The synthetic NIC has no configuration.
    [InlineData("claim 3 exact fits 3 lan", true)]
    [InlineData("claim 3 loose fits 3 lan", true)]
    [InlineData("address 3 192.0.2.3/24", true)]
    [InlineData("address 3 192.0.2.3/24 ends 3600", true)]
    [InlineData("address 3 2001:db8::3/64", true)]
    [InlineData("address 3 fe80::3/64", false)]
    [InlineData("address 2 fe80::2/64\naddress 3 192.0.2.3/24", true)]
    // A file for both means the synthetic NIC.
    [InlineData("claim 3 exact fits 2,3 lan\nclaim 2 exact fits 2,3 lan", false)]
    [InlineData("claim 3 loose fits 2,3 lan\nclaim 2 loose fits 2,3 lan\naddress 3 192.0.2.3/24", false)]
    // Both are configured.
    [InlineData("claim 2 exact fits 2 lan\nclaim 3 exact fits 3 vf", true)]
    [InlineData("address 2 192.0.2.2/24\nclaim 3 exact fits 3 vf", true)]
    [InlineData("claim 2 exact fits 2 lan\nclaim 3 loose fits 3 all-en", false)]
    [InlineData("address 2 192.0.2.2/24\naddress 3 192.0.2.3/24", false)]
    [InlineData("claim 2 exact fits 2 lan\naddress 3 192.0.2.3/24", false)]
    // A synthetic NIC below another interface needs no address.
    [InlineData("2: enp0s3 52:54:00:00:00:01 up master 12 port bridge device virtio virtio_net\n12: br0 52:54:00:00:00:01 kind bridge\naddress 3 192.0.2.3/24", false)]
    [InlineData("12: enp0s3.5 52:54:00:00:00:01 lower 2 kind vlan\naddress 3 192.0.2.3/24", false)]
    public void A_VF_that_is_the_configured_NIC_is_neither_marked_nor_joined(string more, bool isConfigured)
    {
        Snapshot host = Add(Fixtures.Parse(Bare), more.Split('\n'));
        bool isMarked = !new LinuxPolicy().UdevProperties(new Event(3, false), host, s_settings).IsEmpty;
        isMarked.ShouldBe(!isConfigured);
        foreach (Settings settings in (Settings[])[s_settings, s_redirect])
        {
            Decision decision = Decide(host, "enp1s0", settings: settings);
            if (isConfigured)
                decision.ShouldBeOfType<Refuse>().Reason.ShouldContain("enp1s0 is the NIC that is configured");
            if (decision is Refuse { Advice: var advice } && !advice.Contains("redirect"))
                advice.ShouldContain("restart");
        }
    }

    [Fact]
    public void A_VF_is_not_taken_from_a_manager_while_only_it_has_an_address()
    {
        Snapshot host = Add(Fixtures.Parse(Bare), "address 3 192.0.2.3/24") with
        {
            Owners = [new Owner(3, "NetworkManager", "Wired connection 1") { IsUninvited = true }],
        };
        Decide(host, "enp1s0").ShouldBeOfType<Refuse>();
        Decide(host, "enp1s0", settings: s_redirect).ShouldBeOfType<Refuse>();
    }

    [Fact]
    public void A_VF_that_the_kernel_joins_or_we_have_joined_is_marked_whatever_names_it()
    {
        Snapshot kernels = Add(Fixtures.Host("azure-mlx4-not-joined"), "claim 3 exact fits 3 lan");
        new LinuxPolicy().UdevProperties(new Event(3, false), kernels, s_settings).ShouldNotBeEmpty();
        Snapshot ours = Add(Fixtures.Host("kvm-joined-vf-back"), "claim 9 exact fits 9 lan");
        new LinuxPolicy().UdevProperties(new Event(9, false), ours, s_settings).ShouldNotBeEmpty();
        Decide(ours, "eth0").ShouldBeOfType<Do>();
    }

    /// <summary>A person who follows an advice may be connected through the interface that it concerns.</summary>
    [Fact]
    public void No_advice_switches_off_flushes_or_removes_what_a_person_may_be_connected_through()
    {
        foreach (string more in (string[])[
            "address 3 192.0.2.3/24", "12: enp1s0.5 52:54:00:00:00:01 lower 3 kind vlan", "12: enp0s3.5 52:54:00:00:00:01 lower 2 kind vlan",
            "owner 3 dhclient process 7", "claim 3 exact fits 3 lan",
            "2: enp0s3 52:54:00:00:00:01 up master 12 port bridge device virtio virtio_net\n12: br0 52:54:00:00:00:01 up kind bridge"])
        {
            string advice = Decide(Kvm(more), "enp1s0").ShouldBeOfType<Refuse>().Advice;
            foreach (string cuts in (string[])["flush", " down", "ip link set", "remove", "take it out"])
                advice.ShouldNotContain(cuts, customMessage: more);
        }
        Decide(Add(s_synthetic_back, "address 11 10.0.0.4/24"), "eth0").ShouldBeOfType<Refuse>().Advice.ShouldNotContain("ip link");
    }

    private static ImmutableArray<(string Key, string Value)> Properties(string name, string link, Settings? settings = null)
    {
        Snapshot host = Fixtures.Host(name);
        return new LinuxPolicy().UdevProperties(new Event(host.Find(link)?.Index ?? 99, false), host, settings ?? s_settings);
    }

    // Redirect

    [Theory]
    [InlineData("12: enp0s3.5 52:54:00:00:00:01 up lower 2 kind vlan")]
    [InlineData("owner 2 NetworkManager /run/NetworkManager/devices/2: managed, no connection")]
    [InlineData("address 2 192.0.2.9/24 ends 3600\nroute 2 default proto dhcp")]
    [InlineData("2: enp0s3 52:54:00:00:00:01 up master 12 port bridge device virtio virtio_net\n12: br0 52:54:00:00:00:01 up kind bridge")]
    [InlineData("2: enp0s3 52:54:00:00:00:01 device virtio virtio_net")]
    public void A_redirect_moves_nothing_so_nothing_of_the_synthetic_is_in_its_way(string more)
    {
        Plan plan = Decide(Kvm(more), "enp1s0", settings: s_redirect).ShouldBeOfType<Do>().Plan;
        (plan.Kind, plan.Goal).ShouldBe((JoinKind.Redirect, Goal.Join));
        plan.Steps.SelectMany(step => step.Changes).OfType<SetUp>().ShouldAllBe(set => set.Link == 3);
    }

    [Theory]
    [InlineData("address 3 192.0.2.3/24")]
    [InlineData("owner 3 dhcpcd process 5")]
    [InlineData("filter 2 egress bpf from-container")]
    [InlineData("filter 2 egress tcx cil_to_netdev")]
    [InlineData("filter 3 ingress bpf calico")]
    [InlineData("filter 2 discipline ingress")]
    public void A_redirect_is_refused_where_somebody_uses_the_vf_or_filters_what_it_would_carry(string more)
    {
        Decide(Kvm(more), "enp1s0", settings: s_redirect).ShouldBeOfType<Refuse>();
    }

    [Theory]
    [InlineData("unseen 2 egress BPF: Operation not permitted (errno 1)")]
    [InlineData("unseen 3 ingress BPF: Operation not permitted (errno 1)")]
    public void A_redirect_is_refused_where_it_cannot_be_seen_what_filters(string more)
    {
        Refuse refusal = Decide(Kvm(more), "enp1s0", settings: s_redirect).ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain("cannot be seen (BPF: Operation not permitted (errno 1))");
        refusal.Advice.ShouldContain("run it as root");
        Decide(Kvm(more), "enp1s0").ShouldBeOfType<Do>().Plan.Notes.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("filter 2 ingress bpf from-netdev")]
    [InlineData("filter 2 discipline clsact")]
    [InlineData("filter 4 egress bpf another-nic")]
    public void Filters_of_what_comes_in_are_welcome(string more) =>
        Decide(Kvm(more), "enp1s0", settings: s_redirect).ShouldBeOfType<Do>();

    [Fact]
    public void A_redirect_that_stands_stays_one_whatever_the_settings_say_now()
    {
        Snapshot host = Kvm();
        host = host with
        {
            Joins = [new Join(host.Find(2)!.PairAddress, 2, "enp0s3", 0, "") { Kind = JoinKind.Redirect, Vf = 3 }],
        };
        Decide(host, "enp1s0").ShouldBeOfType<Do>().Plan.Kind.ShouldBe(JoinKind.Redirect);
    }

    /// <summary>Every reason and advice as people read it: on all fixtures, then for all refusals.</summary>
    [Fact]
    public void All_decisions_in_words()
    {
        StringBuilder text = new();
        foreach (string name in Fixtures.Names)
        {
            Snapshot host = Fixtures.Host(name);
            text.Append(name).Append('\n');
            foreach (Link link in host.Links)
            {
                Decision early = Decide(host, link.Name, delayOver: false);
                Decision late = Decide(host, link.Name);
                if (Words(early) != Words(late))
                    Write(text, $"{link.Name}, at once", early);
                Write(text, link.Name, late);
            }
            text.Append('\n');
        }

        text.Append("kvm with something more, seen from the VF\n");
        foreach (string more in (string[])[
            "2: enp0s3 52:54:00:00:00:01 device virtio virtio_net",
            "2: enp0s3 52:54:00:00:00:01 up master 12 port vrf device virtio virtio_net\n12: red 52:54:00:00:00:77 kind vrf",
            "12: enp0s3.5 52:54:00:00:00:01 up lower 2 kind vlan\n13: mv0 52:54:00:00:00:78 up lower 2 kind macvlan",
            "owner 2 systemd-networkd /run/systemd/netif/links/2: configured\nroute 2 default proto dhcp",
            "address 2 192.0.2.9/24 ends 3600",
            "address 2 2001:db8::9/64 ends 86400\nroute 2 default6 proto ra",
            "address 3 192.0.2.3/24\naddress 3 2001:db8::3/64",
            "12: enp1s0.5 52:54:00:00:00:01 lower 3 kind vlan",
            "owner 3 NetworkManager /run/NetworkManager/devices/3: managed, no connection",
            "reference 2 rulebyname nftables table inet filter, chain input, handle 4",
            "reference 2 rulebyname nftables table ip filter, chain INPUT, handle 7\nreference 2 rulebyname iptables-legacy table filter, chain INPUT, rule 1",
            "reference 2 rulebyindex nftables table inet filter, chain input, handle 4\nreference 2 rulebyindex b\nreference 2 rulebyindex c",
            "reference 2 hook nftables table netdev t, chain ingress",
            "reference 2 socket udp port 53",
            "13: enp0s9 52:54:00:00:00:01 up device virtio virtio_net",
            "13: bond-enp0s3 52:54:00:00:00:77 kind dummy",
            "13: enp9s0 52:54:00:00:00:77 device pci iavf altname bond-enp0s3"])
            Write(text, more.Replace("\n", "; "), Decide(Kvm(more), "enp1s0"));
        foreach (string pattern in (string[])["bond-%s-of-vf", "bond0", "bond%d"])
        {
            Write(text, $"aggregate_name = \"{pattern}\"",
                Decide("kvm", "enp1s0", settings: s_settings with { AggregateName = pattern }));
        }
        Write(text, "take_name = true", Decide("kvm", "enp1s0", settings: s_settings with { TakeName = true }));
        Write(text, "take_name = true; 13: enp0s3s 52:54:00:00:00:77 kind dummy", Decide(
            Kvm("13: enp0s3s 52:54:00:00:00:77 kind dummy"), "enp1s0", settings: s_settings with { TakeName = true }));
        text.Append("with join = \"redirect\"\n");
        foreach (string more in (string[])[
            "", "12: enp0s3.5 52:54:00:00:00:01 up lower 2 kind vlan", "filter 2 egress bpf from-container",
            "filter 2 egress tcx cil_to_netdev", "filter 3 ingress flower", "filter 2 discipline ingress"])
            Write(text, more.Length == 0 ? "kvm" : more, Decide(Kvm(more), "enp1s0", settings: s_redirect));
        Write(text, "join = \"none\"", Decide("kvm", "enp1s0", settings: With(own => own with { Join = JoinKind.None })));
        text.ToString().ShouldMatchApproved(options => options.WithFileExtension("txt"));
    }

    private static void Write(StringBuilder text, string title, Decision decision) =>
        text.Append("  ").Append(title).Append("\n    ").Append(Words(decision)).Append('\n');

    private static string Words(Decision decision) => decision switch
    {
        NotOurs => "not ours: ",
        LeaveAlone => "leave alone: ",
        AwaitKernel => "await the kernel: ",
        Refuse => "REFUSE: ",
        Do plan => $"DO {plan.Plan.Goal}: ",
        _ => throw new InvalidOperationException(),
    } + decision.Reason + (decision is Refuse refusal ? "\n    advice: " + refusal.Advice : "");
}
