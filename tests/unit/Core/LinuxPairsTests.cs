using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Pairs;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Core;

public class LinuxPairsTests
{
    private static readonly ImmutableArray<string> s_drivers = ["hv_netvsc", "virtio_net"];

    [Theory]
    [InlineData("azure-mlx5-two-pairs", "eth0+enP31819s1 eth1+enP41968s2")]
    [InlineData("azure-mlx5-three-pairs-booting", "eth0 eth1+enP39802s2 eth2+eth3")]
    [InlineData("azure-mana", "eth0+enP30832p0s0 eth1+enP30832p0s0d1")]
    [InlineData("hyperv-intel", "eth0+enP8s0 eth1+enP9s0")]
    [InlineData("infiniband", "eth0")]
    [InlineData("dpdk", "eth0")]
    [InlineData("confidential-vm", "eth0")]
    [InlineData("kvm", "enp0s3+enp1s0")]
    [InlineData("kvm-two-pairs", "enp0s3+eth0 enp0s4+enp1s0")]
    [InlineData("kvm-joined", "enp0s3+enp1s0")]
    [InlineData("net-failover", "enp0s8(enp0s8nsby)+enp1s0")]
    [InlineData("net-failover-vf-away", "enp0s8(enp0s8nsby)")]
    [InlineData("theirs-bond", "enp0s3+enp1s0")]
    [InlineData("theirs-openvswitch", "enp0s3+enp1s0")]
    public void A_synthetic_and_the_PCI_NIC_with_its_address_are_a_pair(string host, string pairs) =>
        Pairs(Fixtures.Host(host)).ShouldBe(pairs);

    [Theory]
    [MemberData(nameof(Hosts))]
    public void The_order_of_the_links_does_not_matter(string host)
    {
        Snapshot snapshot = Fixtures.Host(host);
        Pairs(snapshot with { Links = [.. snapshot.Links.Reverse()] }).ShouldBe(Pairs(snapshot));
    }

    public static TheoryData<string> Hosts => [.. Fixtures.Names];

    [Fact]
    public void The_permanent_address_counts_where_a_bond_gave_another() => Pairs(Fixtures.Parse("""
        2: eth0 02:00:00:00:00:ff permanent 52:54:00:00:00:01 master 7 port bond device virtio virtio_net
        3: eth1 02:00:00:00:00:ff permanent 52:54:00:00:00:01 master 7 port bond device pci vmxnet3
        4: eth2 02:00:00:00:00:ff permanent 52:54:00:00:00:09 master 7 port bond device pci vmxnet3
        """)).ShouldBe("eth0+eth1");

    [Fact]
    public void A_driver_that_is_not_named_makes_no_synthetic() =>
        LinuxPairs.Find(Fixtures.Host("kvm"), ["hv_netvsc"]).ShouldBeEmpty();

    [Fact]
    public void A_NIC_that_is_joined_stays_a_synthetic_one_whatever_the_settings_say_now()
    {
        Snapshot joined = Fixtures.Host("kvm-joined");
        LinuxPairs.Find(joined with { Joins = [] }, ["hv_netvsc"]).ShouldBeEmpty();
        Link synthetic = joined.Find("enp0s3")!;
        LinuxPairs.Find(joined with { Joins = [new Join(synthetic.PairAddress, synthetic.Index, "enp0s3", 7, "bond-enp0s3")] }, ["hv_netvsc"])
            .ShouldHaveSingleItem().Vf!.Name.ShouldBe("enp1s0");
    }

    [Fact]
    public void A_second_virtio_NIC_is_a_rival_and_no_VF() => Pairs(Fixtures.Parse("""
        2: eth0 52:54:00:00:00:01 device virtio virtio_net
        3: eth1 52:54:00:00:00:01 device virtio virtio_net
        4: eth2 52:54:00:00:00:01 device pci vmxnet3
        """)).ShouldBe("eth0|eth1+eth2 eth1|eth0");

    [Theory]
    [InlineData("", "eth0|eth1+eth2 eth1|eth0+eth3")]
    [InlineData("5: eth4 00:0d:3a:00:00:01 device pci mlx5_core", "eth0|eth1+eth2/eth4 eth1|eth0+eth3")]
    [InlineData("5: eth4 00:0d:3a:00:00:01 up device vmbus hv_netvsc", "eth0|eth1|eth4+eth2 eth1|eth0|eth4+eth3 eth4|eth0|eth1")]
    public void The_masters_tell_synthetics_with_one_address_apart(string more, string pairs) => Pairs(Fixtures.Parse($"""
        2: eth0 00:0d:3a:00:00:01 up device vmbus hv_netvsc
        3: eth1 00:0d:3a:00:00:01 up device vmbus hv_netvsc
        4: eth3 00:0d:3a:00:00:01 up slave master 3 device pci mlx5_core
        6: eth2 00:0d:3a:00:00:01 up slave master 2 device pci mlx5_core
        {more}
        """)).ShouldBe(pairs);

    [Fact]
    public void Synthetics_that_are_each_others_masters_are_pairs_all_the_same() => Pairs(Fixtures.Parse("""
        2: eth0 52:54:00:00:00:01 up master 3 device virtio virtio_net
        3: eth1 52:54:00:00:00:01 up master 2 device virtio virtio_net
        4: eth2 52:54:00:00:00:01 device pci e1000e
        """)).ShouldBe("eth0(eth1)|eth1+eth2 eth1(eth0)|eth0");

    [Fact]
    public void Two_net_failover_groups_with_one_address_are_two_pairs() => Pairs(Fixtures.Parse("""
        2: eth0 52:54:00:00:00:01 up device virtio virtio_net
        3: eth0nsby 52:54:00:00:00:01 up master 2 device virtio virtio_net
        4: eth1 52:54:00:00:00:01 up device virtio virtio_net
        5: eth1nsby 52:54:00:00:00:01 up master 4 device virtio virtio_net
        6: eth2 52:54:00:00:00:01 up master 4 device pci e1000e
        """)).ShouldBe("eth0(eth0nsby)|eth1 eth1(eth1nsby)|eth0+eth2");

    [Fact]
    public void Of_two_VFs_the_one_in_use_is_the_VF() => Pairs(Fixtures.Parse("""
        2: eth0 52:54:00:00:00:01 device vmbus hv_netvsc
        3: eth1 52:54:00:00:00:01 device pci iavf
        4: eth2 52:54:00:00:00:01 master 2 device pci iavf
        """)).ShouldBe("eth0+eth2/eth1");

    [Fact]
    public void An_interface_without_an_address_belongs_to_nobody() => Pairs(Fixtures.Parse("""
        2: eth0 00:00:00:00:00:00 device vmbus hv_netvsc
        3: eth1 00:00:00:00:00:00 device pci iavf
        """)).ShouldBe("");

    private static string Pairs(Snapshot host) => string.Join(' ', LinuxPairs.Find(host, s_drivers).Select(pair =>
        pair.Synthetic.Name + (pair.Standby is null ? "" : $"({pair.Standby.Name})")
        + string.Concat(pair.Rivals.Select(rival => "|" + rival.Name))
        + (pair.Vf is null ? "" : "+" + pair.Vf.Name)
        + string.Concat(pair.Spares.Select(spare => "/" + spare.Name))));
}
