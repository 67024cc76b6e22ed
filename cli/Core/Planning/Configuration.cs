using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning;

/// <summary>All that hangs on one interface and is lost or left behind when another takes its place.</summary>
internal sealed record Configuration
{
    /// <summary>Addresses in the order in which they were added, without temporary ones (the kernel makes new ones) and
    /// those that lost duplicate address detection.</summary>
    public ImmutableArray<Address> Addresses { get; init; } = [];

    /// <summary>Next-hop objects by this interface, then the groups that they are members of.</summary>
    public ImmutableArray<NextHop> NextHops { get; init; } = [];

    /// <summary>Routes that somebody added, on-link ones first, because gateways need them.</summary>
    public ImmutableArray<Route> Routes { get; init; } = [];

    /// <summary>Routes that the kernel adds and removes with the addresses, but for those of the local table.</summary>
    public ImmutableArray<Route> KernelRoutes { get; init; } = [];

    /// <summary>Policy rules that name the interface.</summary>
    public ImmutableArray<Rule> Rules { get; init; } = [];

    /// <summary>Neighbours that somebody added: permanent, proxy, externally learned.</summary>
    public ImmutableArray<Neighbour> Neighbours { get; init; } = [];

    /// <summary>Neighbours that the kernel has found; gateways among them are known to answer.</summary>
    public ImmutableArray<Neighbour> Learned { get; init; } = [];

    /// <summary>How much it is, in words.</summary>
    public string Count
    {
        get
        {
            (int Count, string One, string Many)[] kinds =
            [
                (Addresses.Length, "address", "addresses"), (Routes.Length, "route", "routes"), (Rules.Length, "rule", "rules"),
                (NextHops.Length, "next hop", "next hops"), (Neighbours.Length, "neighbour", "neighbours"),
            ];
            return string.Join(", ", kinds.Where(kind => kind.Count > 0).Select(kind => $"{kind.Count} {(kind.Count == 1 ? kind.One : kind.Many)}"));
        }
    }

    private const int FewNeighbours = 3;

    // Far below the size at which the kernel's table refuses new entries (gc_thresh3, 1024: arp(7)).
    private const int ManyGateways = 32;

    private const NeighbourState Resolved =
        NeighbourState.Reachable | NeighbourState.Stale | NeighbourState.Delay | NeighbourState.Probe;

    /// <summary>The same configuration of other interfaces; rules name theirs by name.</summary>
    /// <param name="index">Gives the new index for each index in it.</param>
    public Configuration WithIndexes(Func<int, int> index) => this with
    {
        Addresses = [.. Addresses.Select(address => address with { Link = index(address.Link) })],
        NextHops = [.. NextHops.Select(hop => hop with { Link = index(hop.Link) })],
        Routes = [.. Routes.Select(route => route.WithIndexes(index))],
        Neighbours = [.. Neighbours.Select(neighbour => neighbour with { Link = index(neighbour.Link) })],
    };

    /// <summary>What hangs on <paramref name="link"/>.</summary>
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
            Neighbours = [.. neighbours.Where(IsSomebodys)],
            Learned = [.. neighbours.Where(
                neighbour => !IsSomebodys(neighbour) && (neighbour.State & Resolved) != 0 && !neighbour.Address.IsEmpty)],
        };
    }

    /// <summary>The same on another interface.</summary>
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

    /// <summary>The same with IPv4 addresses that stay until somebody says otherwise.</summary>
    public Configuration WithoutEnd() => this with
    {
        Addresses = [.. Addresses.Select(address => address.IsIPv6 ? address
            : address with { ValidLifetime = Address.Forever, PreferredLifetime = Address.Forever })],
    };

    /// <summary>What answers at this moment, and must answer through another interface or path as well: the gateways of these
    /// routes; where the kernel has found none of a family, a few of its other neighbours.</summary>
    public ImmutableArray<Neighbour> AnsweringGateways() =>
        [.. FoundGateways().Concat(NeighboursToAsk()).Where(neighbour => neighbour.State == NeighbourState.Reachable)];

    /// <summary>The gateways by an interface, to be asked: a default route says nothing of whether there is one.</summary>
    public ImmutableArray<Neighbour> GatewaysToAsk(int link)
    {
        Dictionary<IPAddress, Neighbour> found = [];
        foreach (Neighbour neighbour in Learned)
            found[neighbour.Destination] = neighbour;
        // Asking makes an ordinary entry of a permanent one, and this process may end before it is one again.
        HashSet<IPAddress> fixedOnes = [.. Neighbours.Where(neighbour => !neighbour.Flags.HasFlag(NeighbourFlags.Proxy))
            .Select(neighbour => neighbour.Destination)];
        return
        [
            .. GatewaysBy(it => it == link).Distinct().Where(gateway => !fixedOnes.Contains(gateway))
                .Select(gateway => found.GetValueOrDefault(gateway) ?? new Neighbour { Link = link, Destination = gateway })
                .Where(CanBeAsked).Take(ManyGateways),
        ];
    }

    /// <summary>Neighbours to be asked where no gateway of their family is known to answer; those first that answered last.</summary>
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

    // The kernel asks IPv6 neighbours only from a link-local address (ndisc_send_ns, net/ipv6/ndisc.c).
    private bool CanBeAsked(Neighbour neighbour) => neighbour.Destination.AddressFamily == AddressFamily.InterNetwork
        || Addresses.Any(address => address.Local.IsIPv6LinkLocal);

    /// <summary>Addresses of all routers that these routes use.</summary>
    public HashSet<IPAddress> Gateways() => [.. GatewaysBy(_ => true)];

    // Those of default routes first.
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

    // A person can write "proto kernel" too, but the kernel itself never adds a route with a gateway. NetworkManager does
    // write it: it asks for addresses without their prefix's route, and adds that with the metric that it wants.
    private static bool IsKernels(Route route, Snapshot snapshot) =>
        route.Protocol == RouteProtocol.Kernel && route.Legs.All(leg => leg.Gateway is null)
        && (route.Table == Route.LocalTable || !snapshot.Addresses.Any(address => route.Uses(address.Link)
            && address.Flags.HasFlag(AddressFlags.NoPrefixRoute) && address.IsIPv6 == route.IsIPv6
            && address.PrefixLength == route.DestinationLength && IsWithin(address.Local, route)));

    private static bool IsWithin(IPAddress address, Route route) =>
        route.DestinationLength > 0 && new IPNetwork(route.Destination, route.DestinationLength).Contains(address);

    private static bool IsSomebodys(Neighbour neighbour) =>
        neighbour.State.HasFlag(NeighbourState.Permanent)
        || (neighbour.Flags & (NeighbourFlags.Proxy | NeighbourFlags.ExternallyLearned)) != 0;

    // A label that would become too long stays as it is: the kernel takes any, and it comes back unchanged.
    private static string? Relabel(string? label, string from, string to)
    {
        if (label is null || !(label == from || label.StartsWith(from + ":", StringComparison.Ordinal)))
            return label;
        string moved = to + label[from.Length..];
        return Encoding.UTF8.GetByteCount(moved) <= InterfaceName.MaxBytes ? moved : label;
    }
}
