using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Encodes and decodes routes: <see cref="Route"/> to and from RTM_NEWROUTE.</summary>
internal static class RouteCodec
{
    // rta_expires counts in USER_HZ, which is 100 on every architecture that .NET runs on.
    private const int TicksPerSecond = 100;

    /// <summary>Writes the request for all routes of a family.</summary>
    public static void WriteDump(ref MessageWriter writer, byte family)
    {
        int message = writer.Begin(RTM_GETROUTE, 0);
        writer.Append(new RouteHeader { Family = family });
        writer.End(message);
    }

    /// <summary>Writes the request to add a route.</summary>
    public static void WriteAdd(ref MessageWriter writer, Route route, RoutePlace place)
    {
        int message = writer.Begin(RTM_NEWROUTE, (ushort)(NLM_F_CREATE | place switch
        {
            RoutePlace.Alone => NLM_F_EXCL,
            RoutePlace.Behind => NLM_F_APPEND,
            _ => NLM_F_REPLACE,
        }));
        Write(ref writer, route);
        if (route.Expires != 0)
            writer.Put(RTA_EXPIRES, route.Expires);
        writer.End(message);
    }

    /// <summary>Writes the request to remove a route: exactly this one, since every detail has to match.</summary>
    public static void WriteRemove(ref MessageWriter writer, Route route)
    {
        int message = writer.Begin(RTM_DELROUTE, 0);
        Write(ref writer, route);
        writer.End(message);
    }

    /// <summary>Decodes a route.</summary>
    /// <param name="message">The message.</param>
    /// <param name="filter">Which routes are wanted; null for all.</param>
    /// <param name="value">Null for a message to be skipped.</param>
    /// <returns>False for a malformed message.</returns>
    public static bool TryDecode(in Message message, RouteFilter? filter, out Route? value)
    {
        value = null;
        if (message.Header.Type != RTM_NEWROUTE)
            return true;
        if (!message.TryRead(out RouteHeader head, out AttributeReader attributes))
            return false;
        // Cloned routes belong to the kernel's cache.
        if (head.Family is not (AF_INET or AF_INET6) || (head.Flags & RTM_F_CLONED) != 0)
            return true;
        // Before anything is decoded: of 100,000 routes, most do not use the interfaces in question.
        if (filter is not null && !filter.Wants(attributes, out bool malformed))
            return !malformed;

        IPAddress? destination = null, source = null, preferred = null;
        uint table = head.Table, metric = 0, nextHop = 0, expires = 0;
        var single = new LegBuilder();
        ImmutableArray<RouteLeg> legs = [];
        var extra = new VerbatimAttributes();
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case RTA_DST:
                    destination = attributes.Ip();
                    break;
                case RTA_SRC:
                    source = attributes.Ip();
                    break;
                case RTA_PREFSRC:
                    preferred = attributes.Ip();
                    break;
                case RTA_TABLE:
                    table = attributes.Read<uint>();
                    break;
                case RTA_PRIORITY:
                    metric = attributes.Read<uint>();
                    break;
                case RTA_NH_ID:
                    nextHop = attributes.Read<uint>();
                    break;
                case RTA_OIF:
                    single.Link = attributes.Read<int>();
                    break;
                case RTA_MULTIPATH:
                    if (!TryReadLegs(attributes.Value, out legs))
                        attributes.Reject();
                    break;
                case RTA_CACHEINFO:
                    expires = Seconds(attributes.Read<RouteCacheInfo>().Expires);
                    break;
                case RTA_PREF when attributes.Value is [0]:
                    // Every IPv6 route has one; medium is the default.
                    break;
                default:
                    if (!single.TryTake(ref attributes))
                        extra.Add(attributes);
                    break;
            }
        }
        if (attributes.IsMalformed)
            return false;

        if (legs.IsEmpty && (single.Link != 0 || single.Gateway is not null))
            legs = [single.Build(0, (head.Flags & RTNH_F_ONLINK) != 0)];
        value = new Route
        {
            Destination = destination ?? (head.Family == AF_INET6 ? IPAddress.IPv6Any : IPAddress.Any),
            DestinationLength = head.DestinationLength,
            Source = source,
            SourceLength = head.SourceLength,
            Tos = head.Tos,
            Table = table,
            Protocol = head.Protocol,
            Scope = head.Scope,
            Type = head.Type,
            Metric = metric,
            PreferredSource = preferred,
            Expires = expires,
            NextHopId = nextHop,
            // In compatibility mode (net.ipv4.nexthop_compat_mode) the kernel repeats the legs of the object; a request must not.
            Legs = nextHop != 0 ? [] : legs,
            Extra = extra.ToString(),
        };
        return true;
    }

    private static void Write(ref MessageWriter writer, Route route)
    {
        byte family = route.IsIPv6 ? AF_INET6 : AF_INET;
        RouteLeg? single = route.Legs is [RouteLeg only] ? only : null;
        writer.Append(new RouteHeader(
            family, route.DestinationLength, route.SourceLength, route.Tos, (byte)(route.Table < 256 ? route.Table : 0),
            route.Protocol, route.Scope, route.Type, single is { OnLink: true } ? RTNH_F_ONLINK : 0));
        if (route.DestinationLength != 0)
            writer.Put(RTA_DST, route.Destination);
        if (route.SourceLength != 0 && route.Source is not null)
            writer.Put(RTA_SRC, route.Source);
        writer.Put(RTA_TABLE, route.Table);
        if (route.Metric != 0)
            writer.Put(RTA_PRIORITY, route.Metric);
        if (route.PreferredSource is not null)
            writer.Put(RTA_PREFSRC, route.PreferredSource);
        if (route.NextHopId != 0)
            writer.Put(RTA_NH_ID, route.NextHopId);
        if (single is not null)
        {
            if (single.Link != 0)
                writer.Put(RTA_OIF, single.Link);
            WriteWay(ref writer, single, family);
        }
        else if (!route.Legs.IsEmpty)
            WriteLegs(ref writer, route.Legs, family);
        writer.AppendHex(route.Extra);
    }

    private static void WriteLegs(ref MessageWriter writer, ImmutableArray<RouteLeg> legs, byte family)
    {
        int multipath = writer.BeginNested(RTA_MULTIPATH);
        foreach (RouteLeg leg in legs)
        {
            int start = writer.Written.Length;
            writer.Append(new LegHeader(0, (byte)(leg.OnLink ? RTNH_F_ONLINK : 0), leg.Hops, leg.Link));
            WriteWay(ref writer, leg, family);
            writer.EndNested(start);
        }
        writer.EndNested(multipath);
    }

    private static void WriteWay(ref MessageWriter writer, RouteLeg leg, byte family)
    {
        if (leg.Gateway is not null)
        {
            Span<byte> via = stackalloc byte[2 + 16];
            leg.Gateway.TryWriteBytes(via[2..], out int length);
            ushort gatewayFamily = length == 16 ? AF_INET6 : AF_INET;
            if (gatewayFamily == family)
                writer.Put(RTA_GATEWAY, leg.Gateway);
            else
            {
                // struct rtvia: the family, then the address.
                MemoryMarshal.Write(via, gatewayFamily);
                writer.Put(RTA_VIA, via[..(2 + length)]);
            }
        }
        writer.AppendHex(leg.Extra);
    }

    private static bool TryReadLegs(ReadOnlySpan<byte> bytes, out ImmutableArray<RouteLeg> legs)
    {
        legs = [];
        var found = ImmutableArray.CreateBuilder<RouteLeg>();
        while (bytes.Length >= Unsafe.SizeOf<LegHeader>())
        {
            LegHeader head = MemoryMarshal.Read<LegHeader>(bytes);
            if (head.Length < Unsafe.SizeOf<LegHeader>() || head.Length > bytes.Length)
                return false;
            var leg = new LegBuilder { Link = head.Index };
            var attributes = new AttributeReader(bytes[Unsafe.SizeOf<LegHeader>()..head.Length]);
            while (attributes.Next())
            {
                if (!leg.TryTake(ref attributes))
                    leg.Extra.Add(attributes);
            }
            if (attributes.IsMalformed)
                return false;
            found.Add(leg.Build(head.Hops, (head.Flags & RTNH_F_ONLINK) != 0));
            bytes = bytes[Math.Min((head.Length + 3) & ~3, bytes.Length)..];
        }
        legs = found.ToImmutable();
        return true;
    }

    private static uint Seconds(int ticks) =>
        ticks > 0 ? (uint)((ticks - 1) / TicksPerSecond + 1) : ticks < 0 ? 1 : 0u;

    /// <summary>A leg that is being decoded.</summary>
    private ref struct LegBuilder
    {
        public int Link;
        public IPAddress? Gateway;
        public VerbatimAttributes Extra;

        /// <summary>Reads an attribute of a leg, whether it is the only one or one of several.</summary>
        public bool TryTake(ref AttributeReader attribute)
        {
            switch (attribute.Type)
            {
                case RTA_GATEWAY:
                    Gateway = attribute.Ip();
                    return true;
                case RTA_VIA:
                    // struct rtvia: the family, then the address.
                    if (attribute.Value.Length is 6 or 18)
                        Gateway = new IPAddress(attribute.Value[2..]);
                    else
                        attribute.Reject();
                    return true;
                case RTA_FLOW or RTA_NEWDST or RTA_ENCAP or RTA_ENCAP_TYPE:
                    Extra.Add(attribute);
                    return true;
                default:
                    return false;
            }
        }

        public readonly RouteLeg Build(byte hops, bool onLink) => new(Link, Gateway, hops, onLink, Extra.ToString());
    }
}
