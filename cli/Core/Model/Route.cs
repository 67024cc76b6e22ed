using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace HypervVfattach.Core.Model;

/// <summary>The origins of a route that this program distinguishes (RTPROT_*, linux/rtnetlink.h).</summary>
internal static class RouteProtocol
{
    /// <summary>The kernel, for the prefix of an address.</summary>
    public const byte Kernel = 2;

    /// <summary>A router advertisement.</summary>
    public const byte RouterAdvertisement = 9;

    /// <summary>A DHCP client.</summary>
    public const byte Dhcp = 16;

    /// <summary>The name of the routing daemon that adds routes of this origin, as in /etc/iproute2/rt_protos; null if no daemon
    /// does.</summary>
    public static string? Daemon(byte protocol) => protocol switch
    {
        8 => "gated",
        11 => "zebra",
        12 => "bird",
        14 => "xorp",
        18 => "keepalived",
        42 => "babel",
        99 => "openr",
        186 => "bgp",
        187 => "isis",
        188 => "ospf",
        189 => "rip",
        192 => "eigrp",
        _ => null,
    };
}

/// <summary>One route of any table.</summary>
internal sealed record Route
{
    /// <summary>RT_TABLE_LOCAL, which the kernel maintains.</summary>
    public const uint LocalTable = 255;

    /// <summary>RT_TABLE_MAIN.</summary>
    public const uint MainTable = 254;

    /// <summary>Destination address; all zero with length 0 for the default route.</summary>
    public required IPAddress Destination { get; init; }

    /// <summary>Length of the destination's prefix in bits.</summary>
    public required byte DestinationLength { get; init; }

    /// <summary>Source prefix to which the route is restricted (IPv6 subtrees).</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Length of the source's prefix in bits.</summary>
    public byte SourceLength { get; init; }

    /// <summary>Type of service to which the route is restricted; 0 for any.</summary>
    public byte Tos { get; init; }

    /// <summary>Routing table: 254 main, 253 default, 255 local.</summary>
    public required uint Table { get; init; }

    /// <summary>RTPROT_*.</summary>
    public byte Protocol { get; init; }

    /// <summary>RT_SCOPE_*: 0 global, 253 link.</summary>
    public byte Scope { get; init; }

    /// <summary>RTN_*: 1 unicast.</summary>
    public byte Type { get; init; } = 1;

    /// <summary>Metric (RTA_PRIORITY).</summary>
    public uint Metric { get; init; }

    /// <summary>Source address for packets that use the route (RTA_PREFSRC).</summary>
    public IPAddress? PreferredSource { get; init; }

    /// <summary>Seconds until it expires (RTA_EXPIRES, IPv6); 0 for never.</summary>
    public uint Expires { get; init; }

    /// <summary>Id of its next-hop object; 0 for none.</summary>
    public uint NextHopId { get; init; }

    /// <summary>Its next hops: several for a multipath route, none for a blackhole or a route with a next-hop object.</summary>
    public ImmutableArray<RouteLeg> Legs { get; init; } = [];

    /// <summary>All other attributes (metrics, encapsulation, preference, ...) unchanged: netlink attributes in this machine's byte
    /// order, as hexadecimal digits.</summary>
    public string Extra { get; init; } = "";

    public bool IsIPv6 => Destination.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>Whether it is an IPv6 route with a gateway: the kernel would combine a second one of the same key with it to a
    /// multipath route.</summary>
    public bool HasIPv6Gateway => IsIPv6 && NextHopId == 0 && Legs.Any(leg => leg.Gateway is not null);

    /// <summary>The key with which the kernel looks up the IPv6 route to replace; the interface is no part of it (fib6_add_rt2node,
    /// net/ipv6/ip6_fib.c).</summary>
    public object ReplaceKey => (Table, Metric, Destination, DestinationLength, Source, SourceLength);

    /// <summary>Whether one of its legs leaves through this interface.</summary>
    public bool Uses(int link) => Legs.Any(leg => leg.Link == link);

    /// <summary>The same route with <paramref name="to"/> as the interface of every leg that had <paramref name="from"/>.</summary>
    public Route Moved(int from, int to) =>
        this with { Legs = [.. Legs.Select(leg => leg.Link == from ? leg with { Link = to } : leg)] };

    /// <summary>The same route with other interface indexes.</summary>
    /// <param name="index">Maps an index to the new one.</param>
    public Route WithIndexes(Func<int, int> index) => this with { Legs = [.. Legs.Select(leg => leg with { Link = index(leg.Link) })] };

    /// <summary>Compares by value, legs included, without the remaining lifetime.</summary>
    public bool Equals(Route? other) =>
        other is not null && Key.Equals(other.Key) && NextHopId == other.NextHopId && Extra == other.Extra
        && Legs.SequenceEqual(other.Legs);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode();

    private (IPAddress, byte, IPAddress?, byte, byte, uint, byte, byte, byte, uint, IPAddress?) Key =>
        (Destination, DestinationLength, Source, SourceLength, Tos, Table, Protocol, Scope, Type, Metric,
            PreferredSource);
}

/// <summary>One next hop of a route.</summary>
/// <param name="Link">Index of the outgoing interface; 0 for none.</param>
/// <param name="Gateway">The router's address, of either family (RTA_GATEWAY, RTA_VIA); null for an on-link leg.</param>
/// <param name="Hops">Weight minus one (rtnh_hops).</param>
/// <param name="OnLink">Whether the gateway counts as on-link without a route to it (RTNH_F_ONLINK).</param>
/// <param name="Extra">Other attributes of the leg (encapsulation), as in <see cref="Route.Extra"/>.</param>
internal sealed record RouteLeg(int Link, IPAddress? Gateway, byte Hops = 0, bool OnLink = false, string Extra = "");
