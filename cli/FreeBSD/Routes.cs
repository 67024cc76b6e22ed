using System.Buffers.Binary;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.FreeBSD.Abi;

namespace HypervVfattach.FreeBSD;

/// <summary>Adds and removes routes through a routing socket (route(4)).</summary>
internal sealed class Routes(Sockets sockets, int processId, int firstSequence = 1)
{
    // Less common flags that a moved route keeps.
    private const RouteFlags Kept =
        RouteFlags.Reject | RouteFlags.Blackhole | RouteFlags.Protocol1 | RouteFlags.Protocol2 | RouteFlags.Protocol3
        | RouteFlags.Sticky;

    private int _sequence = firstSequence;

    /// <summary>Converts a route of the kernel's table to the model.</summary>
    /// <param name="table">Number of the FIB from which it was read.</param>
    /// <param name="linkMtu">MTU of its interface: the route has its own MTU only if that differs.</param>
    public static Route ToModel(RouteEntry entry, uint table, uint linkMtu) => new()
    {
        Destination = entry.Destination,
        DestinationLength = entry.PrefixLength,
        Table = table,
        Protocol = Origin(entry),
        Type = entry.Flags.HasFlag(RouteFlags.Blackhole) ? RouteKind.Blackhole
            : entry.Flags.HasFlag(RouteFlags.Reject) ? RouteKind.Unreachable
            : RouteKind.Unicast,
        Legs = [new RouteLeg(entry.Index, entry.Gateway)],
        Extra = Pack(entry.Flags & Kept, entry.Mtu == linkMtu ? 0 : entry.Mtu, entry.Weight <= 1 ? 0 : entry.Weight),
    };

    /// <summary>Adds a route.</summary>
    /// <param name="place"><see cref="RoutePlace.Instead"/> changes an existing route. The other two leave the placement to the kernel,
    /// which accepts several routes to one destination since 14 and returns EEXIST before.</param>
    /// <returns>False if the route already exists.</returns>
    public bool Add(Route route, RoutePlace place)
    {
        int answer = Send(RoutingMessageType.Add, route);
        if (answer == -Errno.EEXIST && place == RoutePlace.Instead)
            answer = Send(RoutingMessageType.Change, route);
        if (answer == -Errno.EEXIST)
            return false;
        if (answer < 0)
            throw Refused.By(answer, Text(route), "add route", -answer switch
            {
                Errno.ENETUNREACH => "no interface has an address that reaches the router",
                Errno.ESRCH => "several routes lead there, and none of them is the one to change",
                _ => null,
            });
        return true;
    }

    /// <summary>Removes a route.</summary>
    /// <returns>False if it is gone.</returns>
    public bool Remove(Route route)
    {
        int answer = Send(RoutingMessageType.Delete, route);
        // EADDRNOTAVAIL: the kernel found only another route to the destination.
        if (-answer is Errno.ESRCH or Errno.EADDRNOTAVAIL)
            return false;
        if (answer < 0)
            throw Refused.By(answer, Text(route), "remove route");
        return true;
    }

    private int Send(RoutingMessageType type, Route route)
    {
        RouteLeg leg = route.Legs[0]; // FreeBSD lists each leg of a multipath route as a separate route
        (RouteFlags flags, ulong mtu, ulong weight) = Unpack(route.Extra);
        if (leg.Gateway is not null)
            flags |= RouteFlags.Gateway;
        if (route.DestinationLength == (route.IsIPv6 ? 128 : 32))
            flags |= RouteFlags.Host;
        // As in route(8), a request to delete has none of the purely descriptive flags.
        if (type != RoutingMessageType.Delete)
        {
            flags |= RouteFlags.Up;
            if (route.Protocol == RouteOrigin.Static)
                flags |= RouteFlags.Static;
        }
        return sockets.WriteRoute(RouteMessage.Build(
            type, flags, route.Destination, route.DestinationLength, leg.Gateway, Identity.IndexOf(leg.Link), processId, _sequence++,
            mtu, weight));
    }

    // The kernel itself creates routes for addresses (pinned) and, for IPv6, from router advertisements.
    private static byte Origin(RouteEntry entry)
    {
        if ((entry.Flags & (RouteFlags.Pinned | RouteFlags.Local | RouteFlags.Broadcast | RouteFlags.Multicast)) != 0)
            return RouteProtocol.Kernel;
        if (entry.Flags.HasFlag(RouteFlags.Dynamic))
            return RouteOrigin.Redirect;
        if (entry.Flags.HasFlag(RouteFlags.Static))
            return RouteOrigin.Static;
        return entry.Gateway is { IsIPv6LinkLocal: true } && entry.PrefixLength == 0
            ? RouteProtocol.RouterAdvertisement
            : entry.Gateway is null ? RouteProtocol.Kernel : RouteOrigin.Static;
    }

    // Route.Extra on FreeBSD: the unusual properties of a route as three little-endian numbers; empty if there are none.
    private static string Pack(RouteFlags flags, ulong mtu, ulong weight)
    {
        if (flags == 0 && mtu == 0 && weight == 0)
            return "";
        Span<byte> bytes = stackalloc byte[20];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)flags);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[4..], mtu);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[12..], weight);
        return Convert.ToHexStringLower(bytes);
    }

    private static (RouteFlags Flags, ulong Mtu, ulong Weight) Unpack(string extra)
    {
        if (extra.Length != 40)
            return default;
        byte[] bytes = Convert.FromHexString(extra);
        return ((RouteFlags)Field.UInt(bytes, 0), Field.ULong(bytes, 4), Field.ULong(bytes, 12));
    }

    private static string Text(Route route) =>
        $"{route.Destination}/{route.DestinationLength} via {route.Legs[0].Gateway?.ToString() ?? "its interface"}";
}

/// <summary>Origin of a route (RTPROT_* of linux/rtnetlink.h, which the model uses), beyond <see cref="RouteProtocol"/>.</summary>
internal static class RouteOrigin
{
    public const byte Redirect = 1;
    public const byte Static = 4;
}

/// <summary>Kinds of routes (RTN_* of linux/rtnetlink.h, which the model uses).</summary>
internal static class RouteKind
{
    public const byte Unicast = 1;
    public const byte Blackhole = 6;
    public const byte Unreachable = 7;
}
