using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>One path of a route: destination, gateway, and the address to which it is bound.</summary>
internal sealed class Route
{
    public required Ip Destination { get; init; }
    public required int PrefixLength { get; init; }

    /// <summary>The next hop; null if the destination is on the link of <see cref="Link"/>.</summary>
    public Ip? Gateway { get; set; }

    /// <summary>The interface of a link gateway, and its type when the route was created.</summary>
    public Interface? Link { get; init; }
    public byte LinkType { get; init; }

    /// <summary>The interface through which packets leave: the loopback for an own address.</summary>
    public required Interface Interface { get; set; }

    /// <summary>The own address to which the route is bound; null for the interface's link-level one.</summary>
    public InterfaceAddress? Source { get; set; }

    /// <summary>RTF_* without RTF_DONE.</summary>
    public required int Flags { get; init; }

    public bool IsHost => (Flags & Rt.FlagHost) != 0;

    public bool Covers(Ip address) => address.Family == Destination.Family
        && (address.Bits & Ip.Mask(address.Family, PrefixLength)) == Destination.Bits;
}

/// <summary>The routing table, and its events about routes that the kernel creates itself.</summary>
internal sealed class Routes(ModelKernel kernel)
{
    private readonly List<Route> _routes = [];

    /// <summary>In the order of a dump: by destination, the narrower first; paths of one destination in the order of addition.</summary>
    public IEnumerable<Route> InOrder(int family) => _routes
        .Where(r => r.Destination.Family == family)
        .OrderBy(r => r.Destination.Bits)
        .ThenByDescending(r => r.IsHost)
        .ThenByDescending(r => r.PrefixLength);

    public IReadOnlyList<Route> All => _routes;

    /// <summary>Paths of exactly this destination.</summary>
    public List<Route> Exact(Ip destination, int prefixLength, bool host) => [.. _routes.Where(r =>
        r.Destination == destination && r.PrefixLength == prefixLength
        && (kernel.Profile.OldRadix ? r.IsHost == host : true))];

    /// <summary>The paths that a packet to this address could take.</summary>
    public List<Route> Lookup(Ip address)
    {
        var best = _routes.Where(r => r.Covers(address)).OrderByDescending(r => r.IsHost)
            .ThenByDescending(r => r.PrefixLength).FirstOrDefault();
        return best is null ? [] : Exact(best.Destination, best.PrefixLength, best.IsHost);
    }

    public void Add(Route route) => _routes.Add(route);

    public void Remove(Route route) => _routes.Remove(route);

    /// <summary>The interface and own address through which a gateway is reached (ifa_ifwithnet): the narrowest
    /// prefix that covers it, the earlier interface first.</summary>
    public (Interface Interface, InterfaceAddress Address)? Toward(Ip gateway)
    {
        var found = kernel.Interfaces.InOrder
            .Where(i => gateway.Scope == 0 || gateway.Scope == i.Index)
            .SelectMany(i => i.Addresses.Select(a => (Interface: i, Address: a)))
            .Where(x => x.Address.Ip.Family == gateway.Family
                && (gateway.Bits & Ip.Mask(gateway.Family, x.Address.PrefixLength)) == x.Address.Prefix)
            .OrderByDescending(x => x.Address.PrefixLength)
            .ToList();
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>The route of an address's prefix, pinned. A single IPv4 address (/32) is a host route to the loopback.</summary>
    public void AddPrefix(Interface of, InterfaceAddress address)
    {
        var single = SingleHost(address);
        var route = new Route
        {
            Destination = new Ip(address.Ip.Family, address.Prefix),
            PrefixLength = address.PrefixLength,
            Link = of,
            LinkType = of.Type,
            Interface = single ? kernel.Loopback : of,
            Source = address,
            Flags = Rt.FlagUp | Rt.FlagPinned | (single ? Rt.FlagHost : 0),
        };
        if (single)
            RemoveLoopback(address);
        _routes.Add(route);
        Announce(Rt.Add, route);
    }

    public void RemovePrefix(Interface of, InterfaceAddress address)
    {
        var destination = new Ip(address.Ip.Family, address.Prefix);
        var route = _routes.Find(r => r.Destination == destination && r.PrefixLength == address.PrefixLength
            && r.Source == address && (r.Flags & Rt.FlagPinned) != 0 && r.Gateway is null);
        if (route is null)
            return;
        _routes.Remove(route);
        Announce(Rt.Delete, route);
    }

    /// <summary>IPv6: the prefix passes to another address.</summary>
    public void Rebind(InterfaceAddress from, InterfaceAddress to)
    {
        foreach (var route in _routes.Where(r => r.Source == from))
            route.Source = to;
    }

    /// <summary>The host route through which a machine reaches itself; there is an event for IPv6, none for IPv4.</summary>
    public void AddLoopback(Interface of, InterfaceAddress address)
    {
        if (of.Kind == InterfaceKind.Loopback || address.Ip.Bits == 0 && address.Ip.Family == Af.Inet
            || _routes.Exists(r => r.Destination == address.Ip && r.IsHost))
            return;
        var route = new Route
        {
            Destination = address.Ip,
            PrefixLength = address.Ip.Width,
            Link = of,
            LinkType = of.Type,
            Interface = kernel.Loopback,
            Flags = Rt.FlagUp | Rt.FlagHost | Rt.FlagStatic | Rt.FlagPinned,
        };
        _routes.Add(route);
        if (address.Ip.Family == Af.Inet6)
            kernel.Events.Broadcast(RouteMessages.Route(Rt.Add, kernel.Loopback.Index, route.Flags | Rt.FlagDone,
                Rt.AddrDst | Rt.AddrGateway,
                [SocketAddress.Of(address.Ip), SocketAddress.LinkGateway(of.Index, of.Type, 54)]));
    }

    /// <summary>Removed with the address, unless another interface has the same one.</summary>
    public void RemoveLoopback(InterfaceAddress address)
    {
        var route = _routes.Find(r => r.Destination == address.Ip && r.IsHost && r.Source is null && r.Gateway is null);
        if (route is null)
            return;
        _routes.Remove(route);
        var other = kernel.Interfaces.InOrder.SelectMany(i => i.Addresses.Select(a => (Interface: i, Address: a)))
            .FirstOrDefault(x => x.Address != address && x.Address.Ip == address.Ip);
        if (other.Address is not null)
            AddLoopback(other.Interface, other.Address);
    }

    /// <summary>An own IPv6 address is added to the link-level table with the interface's MAC address, if its type has one
    /// (nd6_need_cache): the port of a lagg has none.</summary>
    public void AddressResolved(Interface of, InterfaceAddress address)
    {
        if (of.Type is Ift.Ether or Ift.L2Vlan or Ift.Bridge)
            kernel.Events.Broadcast(RouteMessages.Route(Rt.Add, 0,
                Rt.FlagUp | Rt.FlagHost | Rt.FlagLlData | Rt.FlagDone, Rt.AddrDst | Rt.AddrGateway,
                [SocketAddress.Of(address.Ip), SocketAddress.LinkGateway(of.Index, Ift.Ether, 54, of.Mac)]));
    }

    /// <summary>It is removed: the event is about the host route, without an interface.</summary>
    public void AddressForgotten(Interface of, InterfaceAddress address) =>
        kernel.Events.Broadcast(RouteMessages.Route(Rt.Delete, 0,
            Rt.FlagHost | Rt.FlagStatic | Rt.FlagPinned | Rt.FlagDone, Rt.AddrDst | Rt.AddrGateway,
            [SocketAddress.Of(address.Ip), SocketAddress.LinkGateway(of.Index, of.Type, 54)]));

    /// <summary>in_ifadown(): removes routes bound to an address that is removed, or whose interface went down. There is no event. The
    /// route of the prefix has its own rules.</summary>
    public void RemoveBoundTo(InterfaceAddress address, bool staticToo) => _routes.RemoveAll(r =>
        r.Source == address && (r.Flags & Rt.FlagPinned) == 0 && (staticToo || (r.Flags & Rt.FlagStatic) == 0));

    /// <summary>Removes routes that still point to an interface that is removed.</summary>
    public void RemoveInterface(Interface leaving, int family = 0) => _routes.RemoveAll(r =>
        (family == 0 || r.Destination.Family == family) && (r.Interface == leaving || r.Link == leaving));

    private bool SingleHost(InterfaceAddress address) =>
        address.Ip.Family == Af.Inet && address.PrefixLength == 32 && !kernel.Profile.OldRadix;

    private void Announce(byte type, Route route)
    {
        var flags = (type == Rt.Add ? route.Flags : route.Flags & ~Rt.FlagUp) | Rt.FlagDone;
        var size = kernel.Profile.OldRadix ? 54 : SocketAddress.InetSize;
        var parts = new List<byte[]>
        {
            SocketAddress.Of(route.Destination),
            SocketAddress.LinkGateway(route.Link!.Index, route.LinkType, size),
        };
        var addresses = Rt.AddrDst | Rt.AddrGateway;
        if (!route.IsHost)
        {
            parts.Add(SocketAddress.Mask(route.Destination.Family, route.PrefixLength));
            addresses |= Rt.AddrNetmask;
        }
        kernel.Events.Broadcast(RouteMessages.Route(type, route.Interface.Index, flags, addresses, parts));
    }
}
