using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace HypervVfattach.Core.Model;

/// <summary>Who installed a route (RTPROT_*, linux/rtnetlink.h), where it decides something.</summary>
internal static class RouteProtocol
{
    /// <summary>The kernel itself, with an address.</summary>
    public const byte Kernel = 2;

    /// <summary>A router advertisement.</summary>
    public const byte RouterAdvertisement = 9;

    /// <summary>A DHCP client.</summary>
    public const byte Dhcp = 16;
}

/// <summary>One route of any table.</summary>
internal sealed record Route
{
    /// <summary>RT_TABLE_LOCAL, which the kernel keeps by itself.</summary>
    public const uint LocalTable = 255;

    /// <summary>RT_TABLE_MAIN.</summary>
    public const uint MainTable = 254;

    /// <summary>Destination's address; all zero with length 0 for the default route.</summary>
    public required IPAddress Destination { get; init; }

    /// <summary>Length of the destination's prefix in bits.</summary>
    public required byte DestinationLength { get; init; }

    /// <summary>Source prefix that it is restricted to (IPv6 subtrees).</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Length of the source's prefix in bits.</summary>
    public byte SourceLength { get; init; }

    /// <summary>Type of service it is restricted to; 0 for any.</summary>
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

    /// <summary>Source address it gives to packets.</summary>
    public IPAddress? PreferredSource { get; init; }

    /// <summary>Seconds until it expires (RTA_EXPIRES, IPv6); 0 for never.</summary>
    public uint Expires { get; init; }

    /// <summary>Id of the next-hop object it uses; 0 for none.</summary>
    public uint NextHopId { get; init; }

    /// <summary>Its next hops: several for a multipath route, none for blackholes and next-hop objects.</summary>
    public ImmutableArray<RouteLeg> Legs { get; init; } = [];

    /// <summary>All its other attributes (metrics, encapsulation, preference, ...) as they came: hexadecimal bytes of
    /// netlink attributes in this machine's byte order, sent back verbatim.</summary>
    public string Extra { get; init; } = "";

    /// <summary>Whether it is an IPv6 route.</summary>
    public bool IsIPv6 => Destination.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>Whether it is an IPv6 route by a router: a second one beside it would make both one multipath
    /// route.</summary>
    public bool HasIPv6Gateway => IsIPv6 && NextHopId == 0 && Legs.Any(leg => leg.Gateway is not null);

    /// <summary>What the kernel finds an IPv6 route by that is to be replaced, whatever its interface
    /// (fib6_add_rt2node, net/ipv6/ip6_fib.c).</summary>
    public object ReplaceKey => (Table, Metric, Destination, DestinationLength, Source, SourceLength);

    /// <summary>Whether one of its legs leaves by this interface.</summary>
    public bool Uses(int link) => Legs.Any(leg => leg.Link == link);

    /// <summary>The same route with every leg by <paramref name="from"/> changed to <paramref name="to"/>.</summary>
    public Route Moved(int from, int to) =>
        this with { Legs = [.. Legs.Select(leg => leg.Link == from ? leg with { Link = to } : leg)] };

    /// <summary>The same route through other interfaces.</summary>
    /// <param name="index">Gives the new index for that of each leg.</param>
    public Route WithIndexes(Func<int, int> index) => this with { Legs = [.. Legs.Select(leg => leg with { Link = index(leg.Link) })] };

    /// <summary>Compares by value, legs included; the time left until it expires does not count.</summary>
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
/// <param name="Link">Index of the interface it leaves by; 0 for none.</param>
/// <param name="Gateway">Router's address, of either family (RTA_GATEWAY, RTA_VIA); null for an on-link leg.</param>
/// <param name="Hops">Weight less one (rtnh_hops).</param>
/// <param name="OnLink">Whether the gateway counts as on-link without a route to it (RTNH_F_ONLINK).</param>
/// <param name="Extra">Other attributes of the leg (encapsulation), as in <see cref="Route.Extra"/>.</param>
internal sealed record RouteLeg(int Link, IPAddress? Gateway, byte Hops = 0, bool OnLink = false, string Extra = "");
