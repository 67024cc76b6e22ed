using System.Net;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.FreeBSD;
using HypervVfattach.FreeBSD.Abi;
using HypervVfattach.Tests.Unit.FreeBSD.Abi;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD;

/// <summary>The backend with recorded kernels, in terms of the model.</summary>
public class BackendTests
{
    // The records of the newest kernel between which hyperv_vfup is imitated; vtnet0 acts as hn0, em0 as the VF.
    private const int BeforeVfup = 1846;
    private const int AfterVfup = 1903;
    private static readonly int Hn = Identity.Of(1, "vtnet0");
    private static readonly int Vf = Identity.Of(2, "em0");
    private static readonly int Lagg = Identity.Of(4, "lagg0");

    [Fact]
    public void A_finished_join_is_observed()
    {
        using var backend = new FreeBsdBackend(Kernel(AfterVfup));

        Snapshot snapshot = backend.ObserveAll(Lagg);

        Link lagg = snapshot.Find("lagg0").ShouldNotBeNull();
        lagg.Index.ShouldBe(Lagg);
        lagg.Kind.ShouldBe("lagg");
        lagg.Device.ShouldBeNull();
        lagg.IsUp.ShouldBeTrue();
        lagg.Carrier.ShouldBeTrue();
        lagg.Bond.ShouldBe(new BondState(1, Hn, Hn));
        Link hn = snapshot.Find(Hn).ShouldNotBeNull();
        (hn.Name, hn.Master, hn.PortKind, hn.Type).ShouldBe(("vtnet0", Lagg, "lagg", Link.Ethernet));
        hn.Device.ShouldBe(new Device("vtnet", null, "vtnet0", 0));
        snapshot.Find(Vf)!.Master.ShouldBe(Lagg);
        snapshot.Addresses.Where(address => address.Link == Lagg).Select(address => $"{address.Local}")
            .ShouldBe(["192.0.2.10"]);
        snapshot.Routes.Select(route => $"{route.Destination}/{route.DestinationLength}")
            .ShouldBe(["0.0.0.0/0", "192.0.2.0/24"]);
        snapshot.Kernel.ShouldBe(new Version(15, 1));
        FreeBsdFacts.Of(snapshot).VfTransparent.ShouldBeNull();
    }

    [Fact]
    public void A_refusal_is_in_words()
    {
        using var backend = new FreeBsdBackend(Kernel(AfterVfup));
        foreach (Change change in (Change[])
        [
            new DeleteLink(77), new SetUp(77, true), new SetMaster(77, Lagg), new SetMaster(Hn, 77), new SetMaster(77, 0), new SetMtu(77, 1500),
            new SetName(77, "x"), new SetNd6Flags(77, 8, 0), new AddAddress(new Address { Link = 77, Local = IPAddress.Loopback, PrefixLength = 8 }),
            new PutAddress(new Address { Link = 77, Local = IPAddress.Loopback, PrefixLength = 8 }), new RunIfconfig(77, ["up"]), new StartDhclient(77, ["x"]),
            new StopDhclient(77), new SolicitRouters(77, []), new StartRouting(), new AddClsact(77), new SetPrimary(77, 3), new AddAltName(77, "x"),
        ])
        {
            string message = Should.Throw<SystemRefusal>(() => backend.Apply([change], 0, repeat: false), change.ToString()).Message;
            message.ShouldNotContain(change.GetType().Name, Case.Sensitive);
            message.ShouldNotContain(": change:");
        }
    }

    [Fact]
    public void Pairs_come_from_vfmap_and_synthetics_are_known_by_their_driver()
    {
        ReplayedKernel kernel = Kernel(AfterVfup);
        kernel.Values["hw.hn.vf_transparent"] = [0, 0, 0, 0];
        kernel.Values["hw.hn.vflist"] = "em0\0"u8.ToArray();
        kernel.Values["hw.hn.vfmap"] = "em0:vtnet0\0"u8.ToArray();
        using var backend = new FreeBsdBackend(kernel);

        FreeBsdFacts facts = FreeBsdFacts.Of(backend.ObserveLinks());

        facts.VfTransparent.ShouldBe(0);
        facts.VfList!.Value.ShouldBe(["em0"]);
        facts.VfOf("vtnet0").ShouldBe("em0");
        facts.VfOf("em0").ShouldBeNull();
    }

    [Fact]
    public void The_requests_of_the_recorded_vfup_are_the_ones_that_are_sent()
    {
        ReplayedKernel kernel = Kernel(BeforeVfup);
        using var backend = new FreeBsdBackend(kernel);
        var address = new Address
        {
            Link = Hn,
            Local = IPAddress.Parse("192.0.2.10"),
            PrefixLength = 24,
            Broadcast = IPAddress.Parse("192.0.2.255"),
        };

        backend.Apply([new CreateLagg("lagg0")], 0, repeat: false);
        backend.Apply([new SetMaster(Hn, Lagg), new SetMaster(Vf, Link.OfAggregate)], Lagg, repeat: false);
        backend.Apply([new SetNd6Flags(Link.OfAggregate, (uint)Nd6Flags.NoDad, 0)], Lagg, repeat: false);
        backend.Apply([new AddAddress(address with { Link = Link.OfAggregate })], Lagg, repeat: false);
        backend.Apply(
        [
            new AddRoute(
                new Route
                {
                    Destination = IPAddress.Any,
                    DestinationLength = 0,
                    Table = 0,
                    Protocol = RouteOrigin.Static,
                    Legs = [new RouteLeg(Link.OfAggregate, IPAddress.Parse("192.0.2.1"))],
                },
                RoutePlace.Alone),
        ], Lagg, repeat: false);

        kernel.Changes.ShouldBe(
        [
            "SIOCIFCREATE2 lagg0", "SIOCSLAGGPORT lagg0", "SIOCSLAGGPORT lagg0", "SIOCSIFINFO_IN6 lagg0",
            "SIOCAIFADDR lagg0", "RTM_ADD",
        ]);
    }

    [Fact]
    public void What_is_there_already_counts_as_added_when_it_is_repeated()
    {
        // The recorded second run: the lagg exists and the VF is its port.
        ReplayedKernel kernel = Kernel(1917);
        using var backend = new FreeBsdBackend(kernel);
        backend.Apply([new CreateLagg("lagg0")], 0, repeat: true);
        backend.Apply([new SetMaster(Vf, Lagg)], Lagg, repeat: false);
        kernel.Changes.ShouldBe(["SIOCSLAGGPORT lagg0"]);
    }

    [Fact]
    public void What_is_gone_counts_as_removed_when_it_is_repeated()
    {
        using var backend = new FreeBsdBackend(Kernel(AfterVfup));
        backend.Apply([new DeleteLink(99), new SetMaster(99, 0), new SetUp(99, false)], 0, repeat: true);
        SystemRefusal refusal = Should.Throw<SystemRefusal>(
            () => backend.Apply([new SetUp(99, true)], 0, repeat: true));
        refusal.Errno.ShouldBe(Errno.ENXIO);
        Should.Throw<SystemRefusal>(() => backend.Apply([new DeleteLink(99)], 0, repeat: false))
            .Message.ShouldContain("interface 99");
    }

    [Fact]
    public void All_changes_of_a_repetition_are_tried_before_the_first_refusal_is_thrown()
    {
        ReplayedKernel kernel = Kernel(1917);
        using var backend = new FreeBsdBackend(kernel);
        Should.Throw<SystemRefusal>(() => backend.Apply(
            [new SetUp(99, true), new SetMaster(Vf, Lagg)], Lagg, repeat: true)).Message.ShouldContain("interface 99");
        kernel.Changes.ShouldBe(["SIOCSLAGGPORT lagg0"]);
    }

    [Fact]
    public void A_change_that_only_Linux_knows_is_refused_by_name()
    {
        using var backend = new FreeBsdBackend(Kernel(AfterVfup));
        Should.Throw<SystemRefusal>(() => backend.Apply([new SetPrimary(Lagg, Vf)], Lagg, repeat: false))
            .Message.ShouldBe("lagg0: prefer port em0: this does not exist on FreeBSD");
    }

    [Fact]
    public void An_expectation_that_holds_is_met_at_once()
    {
        using var backend = new FreeBsdBackend(Kernel(AfterVfup));
        backend.Expect(new CarriedBy(Link.OfAggregate, Hn), Lagg);
        Snapshot snapshot = backend.ObserveAll(Lagg);
        backend.Expect(
            new Holds(new Configuration { Addresses = snapshot.Addresses, Routes = snapshot.Routes }), Lagg);
    }

    private static ReplayedKernel Kernel(int from) => new(Recording.Newest, from);
}
