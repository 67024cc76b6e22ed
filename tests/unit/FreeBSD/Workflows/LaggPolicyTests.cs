using System.Net;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Pairs;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD.Workflows;

/// <summary>The rules of FreeBSD's decision table that need no kernel, one case per rule.</summary>
public class LaggPolicyTests
{
    private static readonly HardwareAddress s_mac = new("00:15:5d:01:02:03");

    private static readonly FreeBsdSnapshot s_host = new()
    {
        Links =
        [
            new Link { Index = 1, Name = "hn0", Address = s_mac, Flags = LinkFlags.Up, Carrier = true, Device = new Device("hn", "vmbus", "hn0", 0) },
            new Link { Index = 2, Name = "mce0", Address = s_mac, Device = new Device("mce", null, "mce0", 0) },
            new Link { Index = 3, Name = "em0", Address = new("52:54:00:01:02:03"), Device = new Device("em", null, "em0", 0) },
        ],
        Facts = new FreeBsdFacts { VfTransparent = 0, VfList = ["mce0"], Pairs = [new VfPair("hn0", "mce0")] },
    };

    private static Decision Decide(Snapshot host, int link = 2, Settings? settings = null) =>
        new FreeBsdPolicy().Decide(new Event(link, DelayOver: true), host, settings ?? new Settings());

    private static Snapshot With(Func<FreeBsdFacts, FreeBsdFacts> change) =>
        s_host with { Facts = change(s_host.Facts) };

    private static FreeBsdSnapshot Link(int index, Func<Link, Link> change) =>
        s_host with { Links = [.. s_host.Links.Select(link => link.Index == index ? change(link) : link)] };

    [Fact]
    public void A_pair_is_joined_by_the_event_of_either()
    {
        foreach (int link in (int[])[1, 2])
            Decide(s_host, link).ShouldBeOfType<Do>().Plan.AggregateName.ShouldBe("lagg0");
    }

    [Fact]
    public void Another_NIC_is_not_ours() => Decide(s_host, 3).ShouldBeOfType<NotOurs>();

    [Fact]
    public void An_interface_that_is_gone_is_not_ours() => Decide(s_host, 9).ShouldBeOfType<NotOurs>();

    [Fact]
    public void A_virtual_interface_is_not_ours() =>
        Decide(s_host with { Links = [.. s_host.Links, new Link { Index = 4, Name = "lagg0", Kind = "lagg" }] }, 4)
            .ShouldBeOfType<NotOurs>();

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Transparent_mode_is_the_kernels(int mode) =>
        Decide(With(facts => facts with { VfTransparent = mode })).ShouldBeOfType<LeaveAlone>();

    [Fact]
    public void A_missing_vf_transparent_means_0() =>
        Decide(With(facts => facts with { VfTransparent = null })).ShouldBeOfType<Do>();

    [Fact]
    public void A_missing_vflist_ends_the_attach_action_only()
    {
        Snapshot host = With(facts => facts with { VfList = null });
        Decide(host, 2).ShouldBeOfType<LeaveAlone>();
        Decide(host, 1).ShouldBeOfType<Do>();
    }

    [Fact]
    public void A_pair_that_is_opted_out_is_left_alone() =>
        Decide(s_host, settings: new Settings { Join = JoinKind.None }).ShouldBeOfType<LeaveAlone>();

    [Fact]
    public void Opting_out_of_a_pair_that_is_joined_takes_no_VF_from_it()
    {
        Snapshot joined = Link(1, link => link with { Master = 4, Flags = LinkFlags.Up }) with
        {
            Joins = [new Join(s_mac, 1, "hn0", 4, "lagg0")],
        };
        joined = joined with
        {
            Links = [.. joined.Links, new Link { Index = 4, Name = "lagg0", Kind = "lagg", Bond = new BondState(1, 1, 1) }],
        };
        Decide(joined, settings: new Settings { Join = JoinKind.None })
            .ShouldBeOfType<Do>().Plan.Goal.ShouldBe(Goal.AddPort);
    }

    [Fact]
    public void An_hn_without_a_VF_is_left_alone() =>
        Decide(With(facts => facts with { Pairs = [] }), 1).ShouldBeOfType<NotOurs>();

    [Theory]
    [InlineData("hn")]
    [InlineData("hn01")]
    [InlineData("hnx")]
    public void An_hn_without_a_unit_number_has_no_lagg(string unit) =>
        Decide(Link(1, link => link with { Device = new Device("hn", "vmbus", unit, 0) }))
            .ShouldBeOfType<Refuse>().Reason.ShouldContain("no unit number");

    [Theory]
    [InlineData("bond-%s")]
    [InlineData("lagg")]
    [InlineData("lagg007")]
    [InlineData("lagg99999999999")]
    public void A_name_that_the_cloner_does_not_take_is_refused(string name) =>
        Decide(s_host, settings: new Settings { AggregateName = name }).ShouldBeOfType<Refuse>().Reason.ShouldContain(name);

    [Fact]
    public void Another_number_is_the_administrators_choice() =>
        Decide(s_host, settings: new Settings { AggregateName = "lagg7" }).ShouldBeOfType<Do>().Plan.AggregateName.ShouldBe("lagg7");

    [Fact]
    public void A_lagg_cannot_take_the_name() =>
        Decide(s_host, settings: new Settings { TakeName = true }).ShouldBeOfType<Refuse>().Advice.ShouldContain("take_name");

    [Fact]
    public void A_VLAN_on_the_hn_is_refused() =>
        Decide(s_host with { Links = [.. s_host.Links, new Link { Index = 4, Name = "hn0.5", Kind = "vlan", Lower = 1 }] })
            .ShouldBeOfType<Refuse>().Reason.ShouldContain("hn0.5 (vlan)");

    [Fact]
    public void A_CARP_address_is_refused() =>
        Decide(With(facts => facts with { Carp = [new CarpAddress(1, IPAddress.Parse("192.0.2.9"), 3)] }))
            .ShouldBeOfType<Refuse>().Reason.ShouldContain("192.0.2.9 of CARP group 3");

    [Fact]
    public void Another_routing_table_is_refused() =>
        Decide(With(facts => facts with { Fibs = [new InterfaceFib(1, 2)] })).ShouldBeOfType<Refuse>().Reason.ShouldContain("(FIB) 2");

    [Fact]
    public void An_LACP_lagg_of_that_name_is_refused() =>
        Decide(s_host with
        {
            Links =
            [
                .. s_host.Links.Take(2), s_host.Links[2] with { Master = 4 },
                new Link { Index = 4, Name = "lagg0", Kind = "lagg", Bond = new BondState(4, 3, 3) },
            ],
        }).ShouldBeOfType<Refuse>().Reason.ShouldContain("another program's LACP lagg with em0");

    [Fact]
    public void An_hn_that_is_off_and_that_rc_conf_does_not_know_stays_off() =>
        Decide(Link(1, link => link with { Flags = LinkFlags.None }) with
        {
            Facts = s_host.Facts with { RcConfs = [new RcConf(1)] },
        }).ShouldBeOfType<LeaveAlone>();

    [Fact]
    public void A_join_that_somebody_took_apart_is_refused_with_advice() =>
        Decide(s_host with { Joins = [new Join(s_mac, 1, "hn0", 4, "lagg0")] })
            .ShouldBeOfType<Refuse>().Advice.ShouldContain("hyperv-vfattach detach hn0");

    [Fact]
    public void An_hn_that_got_other_addresses_is_not_taken_back() =>
        Decide(s_host with
        {
            Links = [.. s_host.Links, new Link { Index = 4, Name = "lagg0", Kind = "lagg", Bond = new BondState(1, 0, 0) }],
            Joins = [new Join(s_mac, 1, "hn0", 4, "lagg0")],
            Addresses = [new Address { Link = 1, Local = IPAddress.Parse("203.0.113.5"), PrefixLength = 24 }],
        }).ShouldBeOfType<Refuse>().Reason.ShouldContain("took the join apart");
}
