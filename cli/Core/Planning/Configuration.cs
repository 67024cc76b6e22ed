using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning;

/// <summary>All configuration of one interface that is lost or left behind when another interface replaces it.</summary>
internal sealed record Configuration
{
    /// <summary>Addresses in the order in which they were added, without temporary ones (the kernel makes new ones) and those that
    /// failed duplicate address detection.</summary>
    public ImmutableArray<Address> Addresses { get; init; } = [];

    /// <summary>Next-hop objects through this interface, then the groups that contain them.</summary>
    public ImmutableArray<NextHop> NextHops { get; init; } = [];

    /// <summary>Routes that were configured; on-link ones first, because gateways need them.</summary>
    public ImmutableArray<Route> Routes { get; init; } = [];

    /// <summary>Routes that the kernel adds and removes with the addresses, except those of the local table.</summary>
    public ImmutableArray<Route> KernelRoutes { get; init; } = [];

    /// <summary>Policy rules that name the interface.</summary>
    public ImmutableArray<Rule> Rules { get; init; } = [];

    /// <summary>Neighbours that were configured: permanent, proxy, externally learned.</summary>
    public ImmutableArray<Neighbour> Neighbours { get; init; } = [];

    /// <summary>Neighbours that the kernel resolved.</summary>
    public ImmutableArray<Neighbour> Learned { get; init; } = [];

    /// <summary>The number of objects of each kind, in words.</summary>
    public string Count
    {
        get
        {
            List<string> kinds = [];
            Add(Addresses.Length, "address", "addresses");
            Add(Routes.Length, "route", "routes");
            Add(Rules.Length, "rule", "rules");
            Add(NextHops.Length, "next hop", "next hops");
            Add(Neighbours.Length, "neighbour", "neighbours");
            return string.Join(", ", kinds);

            void Add(int count, string one, string many)
            {
                if (count > 0)
                    kinds.Add($"{count} {(count == 1 ? one : many)}");
            }
        }
    }

    private const int FewNeighbours = 3;

    // Far below the size at which the kernel refuses new entries in its table (gc_thresh3, 1024: arp(7)).
    private const int ManyGateways = 32;

    private const NeighbourState Resolved =
        NeighbourState.Reachable | NeighbourState.Stale | NeighbourState.Delay | NeighbourState.Probe;

    /// <summary>The same configuration with other interface indexes; rules refer to interfaces by name.</summary>
    /// <param name="index">Maps each index to the new one.</param>
    public Configuration WithIndexes(Func<int, int> index) => this with
    {
        Addresses = [.. Addresses.Select(address => address with { Link = index(address.Link) })],
        NextHops = [.. NextHops.Select(hop => hop with { Link = index(hop.Link) })],
        Routes = [.. Routes.Select(route => route.WithIndexes(index))],
        Neighbours = [.. Neighbours.Select(neighbour => neighbour with { Link = index(neighbour.Link) })],
    };

    /// <summary>The configuration of <paramref name="link"/>.</summary>
    public static Configuration Of(Snapshot snapshot, Link link)
    {
        ImmutableArray<NextHop> nextHops = NextHopsBy(snapshot, link.Index);
        HashSet<uint> ids = NextHop.Ids(nextHops);
        Route[] routes = [.. snapshot.Routes
            .Where(route => route.Uses(link.Index) || ids.Contains(route.NextHopId))
            .OrderBy(route => route.Legs.Any(leg => leg.Gateway is not null) || route.NextHopId != 0)];
        Neighbour[] neighbours = [.. snapshot.Neighbours.Where(neighbour => neighbour.Link == link.Index)];
        return new Configuration
        {
            Addresses = [.. snapshot.Addresses.Where(address => address.Link == link.Index && Moves(address))],
            NextHops = nextHops,
            Routes = [.. routes.Where(route => !IsKernels(route, snapshot))],
            KernelRoutes = [.. routes.Where(route => IsKernels(route, snapshot) && route.Table != Route.LocalTable)],
            Rules = [.. snapshot.Rules.Where(rule => rule.Names(link.Name))],
            Neighbours = [.. neighbours.Where(IsConfigured)],
            Learned = [.. neighbours.Where(
                neighbour => !IsConfigured(neighbour) && (neighbour.State & Resolved) != 0 && !neighbour.Address.IsEmpty)],
        };
    }

    /// <summary>The same configuration on another interface.</summary>
    public Configuration On(Link from, int to, string toName) => this with
    {
        Addresses = [.. Addresses.Select(address =>
            address with { Link = to, Label = Relabel(address.Label, from.Name, toName) })],
        NextHops = [.. NextHops.Select(nextHop => nextHop.Link == from.Index ? nextHop with { Link = to } : nextHop)],
        Routes = [.. Routes.Select(route => route.Moved(from.Index, to))],
        KernelRoutes = [.. KernelRoutes.Select(route => route.Moved(from.Index, to))],
        Rules = [.. Rules.Select(rule => rule.Renamed(from.Name, toName))],
        Neighbours = [.. Neighbours.Select(neighbour => neighbour with { Link = to })],
        Learned = [.. Learned.Select(neighbour => neighbour with { Link = to })],
    };

    /// <summary>The same configuration, with IPv4 addresses that do not expire until they are set again.</summary>
    public Configuration WithoutEnd() => this with
    {
        Addresses = [.. Addresses.Select(address => address.IsIPv6 ? address
            : address with { ValidLifetime = Address.Forever, PreferredLifetime = Address.Forever })],
    };

    /// <summary>The neighbours that answer now, and must also answer through another interface or path: the gateways of these
    /// routes; where the kernel has resolved no gateway of a family, a few other neighbours of it.</summary>
    public ImmutableArray<Neighbour> AnsweringGateways() =>
        [.. FoundGateways().Concat(NeighboursToAsk()).Where(neighbour => neighbour.State == NeighbourState.Reachable)];

    /// <summary>The gateways through an interface, to be probed: a default route does not prove that its gateway exists.</summary>
    public ImmutableArray<Neighbour> GatewaysToAsk(int link)
    {
        Dictionary<IPAddress, Neighbour> found = [];
        foreach (Neighbour neighbour in Learned)
            found[neighbour.Destination] = neighbour;
        // A probe turns a permanent entry into an ordinary one, and this process may end before it makes it permanent again.
        HashSet<IPAddress> fixedOnes = [.. Neighbours.Where(neighbour => !neighbour.Flags.HasFlag(NeighbourFlags.Proxy))
            .Select(neighbour => neighbour.Destination)];
        return
        [
            .. GatewaysBy(it => it == link).Distinct().Where(gateway => !fixedOnes.Contains(gateway))
                .Select(gateway => found.GetValueOrDefault(gateway) ?? new Neighbour { Link = link, Destination = gateway })
                .Where(CanBeAsked).Take(ManyGateways),
        ];
    }

    /// <summary>Neighbours to be probed where no gateway of their family is known to answer; the reachable ones first.</summary>
    public ImmutableArray<Neighbour> NeighboursToAsk()
    {
        HashSet<AddressFamily> found = [.. FoundGateways().Select(neighbour => neighbour.Destination.AddressFamily)];
        return
        [
            .. Learned.Where(neighbour => !found.Contains(neighbour.Destination.AddressFamily) && CanBeAsked(neighbour))
                .OrderBy(neighbour => neighbour.State != NeighbourState.Reachable)
                .GroupBy(neighbour => neighbour.Destination.AddressFamily).SelectMany(family => family.Take(FewNeighbours)),
        ];
    }

    private IEnumerable<Neighbour> FoundGateways()
    {
        HashSet<IPAddress> gateways = Gateways();
        return Learned.Where(neighbour => gateways.Contains(neighbour.Destination) && CanBeAsked(neighbour));
    }

    // The kernel probes IPv6 neighbours only from a link-local address (ndisc_send_ns, net/ipv6/ndisc.c).
    private bool CanBeAsked(Neighbour neighbour) => neighbour.Destination.AddressFamily == AddressFamily.InterNetwork
        || Addresses.Any(address => address.Local.IsIPv6LinkLocal);

    /// <summary>Addresses of all gateways of these routes.</summary>
    public HashSet<IPAddress> Gateways() => [.. GatewaysBy(_ => true)];

    // The gateways of default routes first.
    private IEnumerable<IPAddress> GatewaysBy(Func<int, bool> link) =>
        Routes.OrderBy(route => route.DestinationLength).SelectMany(route => route.Legs).Where(leg => link(leg.Link)).Select(leg => leg.Gateway)
            .Concat(NextHops.Where(nextHop => link(nextHop.Link)).Select(nextHop => nextHop.Gateway)).OfType<IPAddress>();

    private static ImmutableArray<NextHop> NextHopsBy(Snapshot snapshot, int link)
    {
        ImmutableArray<NextHop> single = [.. snapshot.NextHops.Where(nextHop => nextHop.Link == link)];
        HashSet<uint> ids = NextHop.Ids(single);
        return [.. single, .. snapshot.NextHops.Where(nextHop => nextHop.HasOneOf(ids))];
    }

    private static bool Moves(Address address) =>
        !TemporaryAddresses.Is(address) && !address.Flags.HasFlag(AddressFlags.DadFailed);

    // The kernel never adds a route with a gateway, but a person may add one as "proto kernel". NetworkManager does add prefix
    // routes so: it adds addresses without a prefix route (IFA_F_NOPREFIXROUTE), then the route with a metric of its choice.
    private static bool IsKernels(Route route, Snapshot snapshot) =>
        route.Protocol == RouteProtocol.Kernel && route.Legs.All(leg => leg.Gateway is null)
        && (route.Table == Route.LocalTable || !snapshot.Addresses.Any(address => route.Uses(address.Link)
            && address.Flags.HasFlag(AddressFlags.NoPrefixRoute) && address.IsIPv6 == route.IsIPv6
            && address.PrefixLength == route.DestinationLength && IsWithin(address.Local, route)));

    private static bool IsWithin(IPAddress address, Route route) =>
        route.DestinationLength > 0 && new IPNetwork(route.Destination, route.DestinationLength).Contains(address);

    private static bool IsConfigured(Neighbour neighbour) =>
        neighbour.State.HasFlag(NeighbourState.Permanent)
        || (neighbour.Flags & (NeighbourFlags.Proxy | NeighbourFlags.ExternallyLearned)) != 0;

    // A label that would become too long is kept: the kernel accepts any label.
    private static string? Relabel(string? label, string from, string to)
    {
        if (label is null || !(label == from || label.StartsWith(from + ":", StringComparison.Ordinal)))
            return label;
        string moved = to + label[from.Length..];
        return Encoding.UTF8.GetByteCount(moved) <= InterfaceName.MaxBytes ? moved : label;
    }
}
