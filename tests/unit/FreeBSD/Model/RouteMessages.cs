using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>Messages of the routing socket as bytes (net/rtsock.c).</summary>
internal static class RouteMessages
{
    private const int IfDataSize = 152;

    /// <summary>struct if_data.</summary>
    public static void InterfaceData(Span<byte> to, Interface of)
    {
        to[0] = of.Type;
        to[2] = (byte)of.Mac.Length;
        to[3] = of.HeaderLength;
        to[4] = (byte)of.LinkState;
        Bytes.Put16(to, 6, IfDataSize);
        Bytes.Put32(to, 8, (uint)of.Mtu);
        Bytes.Put64(to, 16, of.Baudrate);
        Bytes.Put64(to, 120, of.HwAssist);
    }

    /// <summary>RTM_IFINFO as an event: struct if_msghdr without addresses.</summary>
    public static byte[] InterfaceInfo(Interface of)
    {
        var message = Start(Rt.IfInfo, 168);
        Bytes.Put32(message, 8, (uint)of.Flags);
        Bytes.Put16(message, 12, of.Index);
        InterfaceData(message.AsSpan(16), of);
        return message;
    }

    /// <summary>RTM_IFANNOUNCE: struct if_announcemsghdr.</summary>
    public static byte[] Announce(Interface of, bool departure)
    {
        var message = Start(Rt.IfAnnounce, 24);
        Bytes.Put16(message, 4, of.Index);
        Bytes.CopyName(message, 6, of.Name);
        Bytes.Put16(message, 22, departure ? 1 : 0);
        return message;
    }

    /// <summary>RTM_NEWADDR and RTM_DELADDR: struct ifa_msghdr.</summary>
    public static byte[] Address(byte type, Interface of, InterfaceAddress address)
    {
        var parts = new List<byte[]>
        {
            SocketAddress.Mask(address.Ip.Family, address.PrefixLength),
            SocketAddress.Link(of),
            SocketAddress.Of(address.Ip),
        };
        var addresses = Rt.AddrNetmask | Rt.AddrIfp | Rt.AddrIfa;
        if (address.Broadcast is { } broadcast)
        {
            parts.Add(SocketAddress.Of(broadcast));
            addresses |= Rt.AddrBrd;
        }
        var message = WithAddresses(type, 20, addresses, parts);
        Bytes.Put32(message, 8, AddressFlags(address));
        Bytes.Put16(message, 12, of.Index);
        return message;
    }

    /// <summary>ifam_flags: IFA_ROUTE, and IFA_RTSELF of IPv6.</summary>
    public static uint AddressFlags(InterfaceAddress address) =>
        (address.OwnsPrefixRoute && address.Ip.Family == Af.Inet ? 1u : 0)
        | (address.HasRouteToSelf && address.Ip.Family == Af.Inet6 ? 4u : 0);

    /// <summary>RTM_NEWMADDR and RTM_DELMADDR for a group of the network layer: struct ifma_msghdr.</summary>
    public static byte[] Group(byte type, Interface of, Ip group, byte[] mac)
    {
        var message = WithAddresses(type, 16, Rt.AddrGateway | Rt.AddrIfp | Rt.AddrIfa,
        [
            SocketAddress.LinkGateway(of.Index, Ift.Ether, 54, mac),
            SocketAddress.Link(of),
            SocketAddress.Of(group),
        ]);
        Bytes.Put16(message, 12, of.Index);
        return message;
    }

    /// <summary>A message about a route: struct rt_msghdr.</summary>
    public static byte[] Route(byte type, int index, int flags, int addresses, IEnumerable<byte[]> parts)
    {
        var message = WithAddresses(type, Rt.HeaderSize, addresses, parts);
        Bytes.Put16(message, 4, index);
        Bytes.Put32(message, 8, (uint)flags);
        Bytes.Put32(message, 12, (uint)addresses);
        return message;
    }

    /// <summary>A header and the sockaddrs after it, each aligned to eight.</summary>
    public static byte[] WithAddresses(byte type, int header, int addresses, IEnumerable<byte[]> parts, int round = 1)
    {
        var all = parts.ToList();
        var length = header + all.Sum(p => SocketAddress.Padded(p.Length));
        length = (length + round - 1) / round * round;
        var message = Start(type, length);
        if (header != Rt.HeaderSize)
            Bytes.Put32(message, 4, (uint)addresses);
        var at = header;
        foreach (var part in all)
        {
            part.CopyTo(message, at);
            at += SocketAddress.Padded(part.Length);
        }
        return message;
    }

    private static byte[] Start(byte type, int length)
    {
        var message = new byte[length];
        Bytes.Put16(message, 0, length);
        message[2] = Rt.Version;
        message[3] = type;
        return message;
    }
}
