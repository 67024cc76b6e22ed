using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Joins;

/// <summary>Plans the lagg join (FreeBSD): a failover lagg takes over the configuration of its primary port, the synthetic NIC; the
/// VF is its other port.</summary>
/// <remarks>The order: the lagg has the whole configuration before the VF is switched on, because at that moment the host's data
/// path switches to the VF and the synthetic NIC loses its link.</remarks>
internal static class LaggPlans
{
    // ND6_IFF_*, netinet6/nd6.h.
    private const uint AcceptRouterAdvertisements = 0x2;
    private const uint Disabled = 0x8;
    private const uint NoDad = 0x100;

    // PERFORMNUD, ACCEPT_RTADV, IFDISABLED, AUTO_LINKLOCAL, NO_RADR, NO_PREFER_IFACE and NO_DAD: the flags that an administrator
    // can set with ifconfig(8).
    private const uint Settable = 0x1 | AcceptRouterAdvertisements | Disabled | 0x20 | 0x40 | 0x80 | NoDad;

    // Route.Protocol of routes from ICMP redirects (RTPROT_REDIRECT, linux/rtnetlink.h).
    private const byte Redirect = 1;

    /// <summary>Plans a new lagg.</summary>
    /// <param name="snapshot">Has everything of the synthetic NIC.</param>
    /// <param name="hn">The pair's synthetic NIC, not a port.</param>
    /// <param name="vf">The pair's VF, not a port.</param>
    /// <param name="name">The name of the lagg.</param>
    public static Plan Join(Snapshot snapshot, Link hn, Link vf, string name)
    {
        FreeBsdFacts facts = FreeBsdFacts.Of(snapshot);
        RcConf conf = facts.RcConfOf(hn.Index) ?? new RcConf(hn.Index);
        Configuration here = Of(snapshot, hn);
        Configuration there = here.On(hn, Link.OfAggregate, name);
        bool hasClient = facts.DhcpClients.Any(client => client.Link == hn.Index);
        bool isBare = !here.Addresses.Any(address => !address.Local.IsIPv6LinkLocal);
        return new Plan
        {
            Goal = Goal.Join,
            Kind = JoinKind.Lagg,
            Mac = hn.PairAddress,
            Synthetic = hn.Index,
            SyntheticName = hn.Name,
            Vf = vf.Index,
            VfName = vf.Name,
            AggregateName = name,
            Notes =
            [
                $"rules of pf and ipfw, jails and services that name {hn.Name} must name {name} while the pair is joined",
            ],
            Steps =
            [
                new Step("create the lagg", [new CreateLagg(name)], [new DeleteLink(Link.OfAggregate)]),
                .. hasClient ? [StopClient(hn.Index, conf.Dhclient)] : ImmutableArray<Step>.Empty,
                CutOver(snapshot, hn, Link.OfAggregate, here, there),
                .. Configure(conf, isBare),
                .. hasClient || conf.Dhcp ? [StartClient(Link.OfAggregate, conf.Dhclient)] : ImmutableArray<Step>.Empty,
                AddVf(snapshot, vf, Link.OfAggregate),
            ],
        };
    }

    /// <summary>Plans the addition of a VF that came back to the existing lagg.</summary>
    public static Plan AddPort(Snapshot snapshot, Link vf, Join join) => Plan.About(join, Goal.AddPort) with
    {
        Vf = vf.Index,
        VfName = vf.Name,
        Steps = [AddVf(snapshot, vf, join.Aggregate)],
    };

    /// <summary>Plans to switch on a port of the lagg.</summary>
    public static Plan SwitchOn(Link port, Join join) => Plan.About(join, Goal.AddPort) with
    {
        Vf = port.Index,
        VfName = port.Name,
        Steps = [new Step($"switch {port.Name} on", [new SetUp(port.Index, true)], [new SetUp(port.Index, false)])],
    };

    /// <summary>Plans to make a synthetic NIC, which the host removed and added again, a port again. What the system has configured
    /// on it since then the lagg has already.</summary>
    public static Plan TakeBack(Snapshot snapshot, Link hn, Join join)
    {
        FreeBsdFacts facts = FreeBsdFacts.Of(snapshot);
        Configuration here = Of(snapshot, hn);
        ImmutableArray<string> client = facts.RcConfOf(hn.Index)?.Dhclient ?? new RcConf(hn.Index).Dhclient;
        return Plan.About(join, Goal.AddPort) with
        {
            Synthetic = hn.Index,
            Vf = hn.Index,
            VfName = hn.Name,
            Steps =
            [
                .. facts.DhcpClients.Any(process => process.Link == hn.Index)
                    ? [StopClient(hn.Index, client)] : ImmutableArray<Step>.Empty,
                new Step(
                    $"take {hn.Name} back",
                    [.. Join(snapshot, hn, join.Aggregate), .. Without(here)],
                    [.. Leave(hn), .. Recreate(snapshot, hn, here)]),
            ],
        };
    }

    /// <summary>Plans the move of the lagg's present configuration, including changes since the join, to the synthetic NIC.</summary>
    /// <param name="snapshot">Has everything of synthetic NIC and lagg.</param>
    /// <param name="hn">The pair's synthetic NIC, a port of the lagg.</param>
    /// <param name="lagg">The lagg.</param>
    /// <param name="join">The recorded join.</param>
    public static Plan Detach(Snapshot snapshot, Link hn, Link lagg, Join join)
    {
        FreeBsdFacts facts = FreeBsdFacts.Of(snapshot);
        RcConf conf = facts.RcConfOf(hn.Index) ?? new RcConf(hn.Index);
        Configuration here = Of(snapshot, lagg);
        Configuration there = here.On(lagg, hn.Index, hn.Name);
        ImmutableArray<Link> vfs =
            [.. snapshot.Links.Where(link => link.Master == lagg.Index && link.Index != hn.Index)];
        bool hasClient = facts.DhcpClients.Any(client => client.Link == lagg.Index);
        return Plan.About(join, Goal.Detach) with
        {
            Synthetic = hn.Index,
            Vf = vfs.FirstOrDefault()?.Index ?? 0,
            VfName = vfs.FirstOrDefault()?.Name,
            Steps =
            [
                .. vfs.Select(vf => ReleaseVf(vf, hn, lagg)),
                .. hasClient ? [StopClient(lagg.Index, conf.Dhclient)] : ImmutableArray<Step>.Empty,
                CutBack(snapshot, hn, lagg, here, there),
                .. hasClient ? [StartClient(hn.Index, conf.Dhclient)] : ImmutableArray<Step>.Empty,
                new Step("remove the lagg", [new DeleteLink(lagg.Index)], []),
            ],
        };
    }

    // Routes of redirects and router advertisements belong to the kernel: it adds them again, and when they expire it removes only
    // its own (defrouter_delreq, netinet6/nd6_rtr.c).
    private static Configuration Of(Snapshot snapshot, Link link)
    {
        Configuration all = Configuration.Of(snapshot, link);
        return all with
        {
            Routes = [.. all.Routes.Where(route => route.Protocol is not (Redirect or RouteProtocol.RouterAdvertisement))],
        };
    }

    private static Step CutOver(Snapshot snapshot, Link hn, int lagg, Configuration here, Configuration there) => new(
        "cut over",
        [
            .. Join(snapshot, hn, lagg),
            .. Without(here),
            .. Nd6Of(snapshot, hn) is { } flags ? [Nd6(lagg, flags | NoDad)] : NoChange,
            new SetUp(lagg, true),
            .. there.Addresses.Select(address => new AddAddress(address)),
            .. there.Routes.Select(route => new AddRoute(route, RoutePlace.Behind)),
            .. Solicit(snapshot, hn, lagg),
        ],
        [
            .. Without(there),
            .. Leave(hn),
            .. Recreate(snapshot, hn, here),
        ])
    {
        Expect =
        [
            .. hn.Carrier ? [new CarriedBy(lagg, hn.Index)] : ImmutableArray<Expectation>.Empty,
            new Holds(there),
        ],
    };

    private static Step CutBack(Snapshot snapshot, Link hn, Link lagg, Configuration here, Configuration there)
    {
        uint? flags = Nd6Of(snapshot, lagg);
        return new Step(
            "cut back",
            [
                .. Without(here),
                new SetMaster(hn.Index, 0),
                new SetUp(hn.Index, true),
                .. flags is { } on ? [Nd6(hn.Index, on | NoDad)] : NoChange,
                .. there.Addresses.Select(address => new AddAddress(address)),
                .. there.Routes.Select(route => new AddRoute(route, RoutePlace.Behind)),
                .. flags is { } last ? [Nd6(hn.Index, last & ~NoDad)] : NoChange,
                .. Solicit(snapshot, lagg, hn.Index),
            ],
            [
                .. Without(there),
                .. Join(snapshot, hn, lagg.Index),
                .. flags is { } former ? [Nd6(lagg.Index, former)] : NoChange,
                new SetUp(lagg.Index, lagg.IsUp),
                .. here.Addresses.Select(address => new AddAddress(address)),
                .. here.Routes.Select(route => new AddRoute(route, RoutePlace.Behind)),
            ])
        {
            Expect = [new Holds(there)],
        };
    }

    // The routes first, while the system still finds them by their gateways. The kernel would remove IPv4 routes with the
    // addresses, and removed all IPv6 configuration when the synthetic NIC became a port.
    private static ImmutableArray<Change> Without(Configuration here) =>
    [
        .. here.Routes.Select(route => new RemoveRoute(route)),
        .. here.Addresses.Reverse().Select(address => new RemoveAddress(address)),
    ];

    // The kernel may refuse to make it a port, so that comes before any removal (weakness 8 of the scripts,
    // install/freebsd/README.md). A port may be down when it is added, and stays so; then the lagg could not fall back to it
    // (weakness 12).
    private static ImmutableArray<Change> Join(Snapshot snapshot, Link hn, int lagg) =>
    [
        new SetMaster(hn.Index, lagg),
        .. WithoutIPv6(snapshot, hn),
        new SetUp(hn.Index, true),
    ];

    // Otherwise the port generates a link-local address again, and accepts router advertisements. This comes after it became a
    // port: the kernel removes a port's IPv6 addresses only if IPv6 is not disabled (in6ifa_llaonifp, netinet6/in6.c).
    private static ImmutableArray<Change> WithoutIPv6(Snapshot snapshot, Link port) =>
        Nd6Of(snapshot, port) is { } flags && (flags & (AcceptRouterAdvertisements | Disabled)) != Disabled
            ? [new SetNd6Flags(port.Index, Disabled, AcceptRouterAdvertisements)] : NoChange;

    private static ImmutableArray<Change> Leave(Link hn) =>
        [new SetMaster(hn.Index, 0), new SetUp(hn.Index, hn.IsUp)];

    // Without duplicate address detection for the moment: the VF may still respond for the same address.
    private static ImmutableArray<Change> Recreate(Snapshot snapshot, Link hn, Configuration here) =>
    [
        .. Nd6Of(snapshot, hn) is { } flags ? [Nd6(hn.Index, flags | NoDad)] : NoChange,
        .. here.Addresses.Select(address => new AddAddress(address)),
        .. here.Routes.Select(route => new AddRoute(route, RoutePlace.Behind)),
        .. Nd6Of(snapshot, hn) is { } former ? [Nd6(hn.Index, former)] : NoChange,
        .. Solicit(snapshot, hn, hn.Index),
    ];

    // A live configuration is moved; it came from rc.conf. Only if there is none, the settings of rc.conf are applied.
    private static IEnumerable<Step> Configure(RcConf conf, bool isBare)
    {
        ImmutableArray<Change> changes =
        [
            .. isBare ? Ifconfig(conf) : NoChange,
            .. isBare && conf.Autoconfigured
                ?
                [
                    new RunIfconfig(Link.OfAggregate, ["inet6", "accept_rtadv"]),
                    new SolicitRouters(Link.OfAggregate, conf.RtsolFlags),
                ]
                : NoChange,
            .. conf.Description is { Length: > 0 } text
                ? [new RunIfconfig(Link.OfAggregate, ["description", text])] : NoChange,
            .. isBare && !conf.Ifconfig.IsEmpty ? [new StartRouting()] : NoChange,
        ];
        if (!changes.IsEmpty)
            yield return new Step("apply rc.conf", changes, []); // removed with the lagg
    }

    private static ImmutableArray<Change> Ifconfig(RcConf conf)
    {
        ImmutableArray<Change> changes = [];
        foreach (ImmutableArray<string> arguments in conf.Ifconfig)
            changes = changes.Add(new RunIfconfig(Link.OfAggregate, arguments));
        return changes;
    }

    private static Step AddVf(Snapshot snapshot, Link vf, int lagg) => new(
        "add the VF",
        [new SetMaster(vf.Index, lagg), .. WithoutIPv6(snapshot, vf), new SetUp(vf.Index, true), new WaitForActive(lagg, vf.Index)],
        [
            .. vf.IsUp ? NoChange : [new SetUp(vf.Index, false)],
            new SetMaster(vf.Index, 0),
            // The lagg set its own MTU and does not restore the former one.
            new SetMtu(vf.Index, vf.Mtu),
            .. Nd6Of(snapshot, vf) is { } flags ? [Nd6(vf.Index, flags)] : NoChange,
        ])
    {
        Optional = true,
    };

    // Switched off first: the host's data path switches back to the synthetic NIC, which gets its link back.
    private static Step ReleaseVf(Link vf, Link hn, Link lagg) => new(
        $"release {vf.Name}",
        [new SetUp(vf.Index, false), new WaitForActive(lagg.Index, hn.Index), new SetMaster(vf.Index, 0)],
        [new SetMaster(vf.Index, lagg.Index), .. vf.IsUp ? [new SetUp(vf.Index, true)] : NoChange]);

    private static Step StopClient(int link, ImmutableArray<string> program) => new(
        "stop the DHCP client", [new StopDhclient(link)], [new StartDhclient(link, program)]);

    private static Step StartClient(int link, ImmutableArray<string> program) => new(
        "start the DHCP client", [new StartDhclient(link, program)], [new StopDhclient(link)]);

    private static ImmutableArray<Change> Solicit(Snapshot snapshot, Link like, int link) =>
        Nd6Of(snapshot, like) is { } flags && (flags & AcceptRouterAdvertisements) != 0 && (flags & Disabled) == 0
            ? [new SolicitRouters(link, FreeBsdFacts.Of(snapshot).RcConfOf(like.Index)?.RtsolFlags ?? [])]
            : NoChange;

    private static uint? Nd6Of(Snapshot snapshot, Link link) =>
        FreeBsdFacts.Of(snapshot).Nd6.FirstOrDefault(state => state.Link == link.Index)?.Flags;

    private static SetNd6Flags Nd6(int link, uint flags) => new(link, flags & Settable, Settable & ~flags);

    private static ImmutableArray<Change> NoChange => [];
}
