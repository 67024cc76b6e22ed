namespace HypervVfattach.FreeBSD.Abi;

/// <summary>Types of routing messages (RTM_*, net/route.h).</summary>
internal enum RoutingMessageType : byte
{
    Add = 1, // RTM_ADD
    Delete = 2, // RTM_DELETE
    Change = 3, // RTM_CHANGE
    Get = 4, // RTM_GET, also the type of NET_RT_DUMP's messages
    NewAddress = 12, // RTM_NEWADDR
    DeleteAddress = 13, // RTM_DELADDR
    InterfaceInfo = 14, // RTM_IFINFO
    InterfaceAnnounce = 17, // RTM_IFANNOUNCE
}

/// <summary>Flags of a route (RTF_*, net/route.h).</summary>
[Flags]
internal enum RouteFlags : uint
{
    None = 0,
    Up = 0x1, // RTF_UP
    Gateway = 0x2, // RTF_GATEWAY
    Host = 0x4, // RTF_HOST
    Reject = 0x8, // RTF_REJECT
    Dynamic = 0x10, // RTF_DYNAMIC, by a redirect
    Done = 0x40, // RTF_DONE, of answers
    Static = 0x800, // RTF_STATIC
    Blackhole = 0x1000, // RTF_BLACKHOLE
    Protocol2 = 0x4000, // RTF_PROTO2
    Protocol1 = 0x8000, // RTF_PROTO1
    Protocol3 = 0x40000, // RTF_PROTO3
    Pinned = 0x100000, // RTF_PINNED, by an address
    Local = 0x200000, // RTF_LOCAL
    Broadcast = 0x400000, // RTF_BROADCAST
    Multicast = 0x800000, // RTF_MULTICAST
    Sticky = 0x10000000, // RTF_STICKY
}

/// <summary>Positions of the sockaddrs after a routing message (RTAX_*, net/route.h).</summary>
internal enum RoutingAddress
{
    Destination = 0, // RTAX_DST
    Gateway = 1, // RTAX_GATEWAY
    Netmask = 2, // RTAX_NETMASK
    Interface = 4, // RTAX_IFP
    InterfaceAddress = 5, // RTAX_IFA
    Broadcast = 7, // RTAX_BRD
}

/// <summary>Reads a buffer of routing messages, each of which starts with its length, version and type.</summary>
internal ref struct RoutingMessages(ReadOnlySpan<byte> buffer)
{
    /// <summary>RTM_VERSION.</summary>
    public const byte Version = 5;

    private const int SmallestHeader = 4;
    private ReadOnlySpan<byte> _rest = buffer;

    /// <summary>The next message, or false at the end.</summary>
    public bool Next(out RoutingMessageType type, out ReadOnlySpan<byte> message)
    {
        type = 0;
        message = default;
        if (_rest.IsEmpty)
            return false;
        if (_rest.Length < SmallestHeader)
            throw Garbage.Found("the start of a routing message", _rest);
        int length = Field.UShort(_rest, 0); // rtm_msglen
        if (length < SmallestHeader || length > _rest.Length)
            throw Garbage.Found($"a routing message of {length} bytes in {_rest.Length}", _rest);
        if (_rest[2] != Version) // rtm_version
            throw Garbage.Found($"a routing message of version {_rest[2]}, not {Version}", _rest);
        type = (RoutingMessageType)_rest[3]; // rtm_type
        message = _rest[..length];
        _rest = _rest[length..];
        return true;
    }
}

/// <summary>The sockaddrs after a routing message: those whose bit is set in rtm_addrs, each rounded up to a long.</summary>
internal readonly ref struct RoutingAddresses(ReadOnlySpan<byte> bytes, int present)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The sockaddr at this position, with its padding; empty if there is none.</summary>
    public ReadOnlySpan<byte> this[RoutingAddress wanted]
    {
        get
        {
            ReadOnlySpan<byte> rest = _bytes;
            for (int place = 0; place < 8; place++)
            {
                if ((present & (1 << place)) == 0)
                {
                    if (place == (int)wanted)
                        return default;
                    continue;
                }
                int size = rest.IsEmpty ? 0 : Sockaddr.Rounded(rest[0]);
                if (size == 0 || size > rest.Length)
                    throw Garbage.Found("sockaddrs longer than their message", _bytes);
                if (place == (int)wanted)
                    return rest[..size];
                rest = rest[size..];
            }
            return default;
        }
    }
}

/// <summary>One interface as NET_RT_IFLISTL shows it.</summary>
internal sealed record InterfaceEntry(
    int Index, string Name, byte[] Address, InterfaceFlags Flags, byte Type, byte LinkState, uint Mtu,
    ulong ReceivedPackets, ulong SentPackets)
{
    public const byte Ethernet = 6; // IFT_ETHER
    public const byte Loopback = 24; // IFT_LOOP
    public const byte Vlan = 135; // IFT_L2VLAN
    public const byte LaggPort = 161; // IFT_IEEE8023ADLAG: an Ethernet while it is a port of a lagg
    public const byte InfiniBand = 199; // IFT_INFINIBAND
    public const byte LinkUp = 2; // LINK_STATE_UP
}

/// <summary>One address as NET_RT_IFLISTL shows it.</summary>
/// <param name="Other">Broadcast address, or the other end of a point-to-point one.</param>
/// <param name="Vhid">Its CARP group; 0 for none.</param>
internal sealed record AddressEntry(
    int Index, System.Net.IPAddress Local, byte PrefixLength, System.Net.IPAddress? Other, byte Vhid);

/// <summary>Decodes the answer of sysctl net.route NET_RT_IFLISTL: if_msghdrl and ifa_msghdrl (net/if.h).</summary>
internal static class InterfaceList
{
    // The fields that are read here are the same in both headers. Each header has its own length and the offset of its struct if_data, so
    // that either can grow.
    private const int HeaderSize = 24;
    private const int DataSize = 120; // the part that is read here; 152 in all

    public static (List<InterfaceEntry> Interfaces, List<AddressEntry> Addresses) Read(ReadOnlySpan<byte> buffer)
    {
        List<InterfaceEntry> interfaces = [];
        List<AddressEntry> addresses = [];
        var messages = new RoutingMessages(buffer);
        while (messages.Next(out RoutingMessageType type, out ReadOnlySpan<byte> message))
        {
            if (type is not (RoutingMessageType.InterfaceInfo or RoutingMessageType.NewAddress))
                continue;
            if (message.Length < HeaderSize)
                throw Garbage.Found("a short interface message", message);
            int present = Field.Int(message, 4); // ifm_addrs, ifam_addrs
            int index = Field.UShort(message, 12); // ifm_index, ifam_index
            int length = Field.UShort(message, 16); // ifm_len, ifam_len
            int offset = Field.UShort(message, 18); // ifm_data_off, ifam_data_off
            if (length > message.Length || offset + DataSize > length)
                throw Garbage.Found("an interface message that points past its end", message);
            ReadOnlySpan<byte> data = message[offset..length];
            var behind = new RoutingAddresses(message[length..], present);
            if (type == RoutingMessageType.InterfaceInfo)
                interfaces.Add(ReadInterface(message, index, data, behind));
            else if (ReadAddress(index, data, behind) is { } address)
                addresses.Add(address);
        }
        return (interfaces, addresses);
    }

    private static InterfaceEntry ReadInterface(
        ReadOnlySpan<byte> message, int index, ReadOnlySpan<byte> data, RoutingAddresses behind)
    {
        if (Sockaddr.ReadLink(behind[RoutingAddress.Interface]) is not { } link || index == 0)
            throw Garbage.Found("an interface without a name", message);
        return new InterfaceEntry(
            index, link.Name, link.Address,
            (InterfaceFlags)Field.UInt(message, 8), // ifm_flags
            data[0], // ifi_type
            data[4], // ifi_link_state
            Field.UInt(data, 8), // ifi_mtu
            Field.ULong(data, 24), // ifi_ipackets
            Field.ULong(data, 40)); // ifi_opackets
    }

    private static AddressEntry? ReadAddress(int index, ReadOnlySpan<byte> data, RoutingAddresses behind)
    {
        ReadOnlySpan<byte> local = behind[RoutingAddress.InterfaceAddress];
        if (Sockaddr.Read(local) is not { } address)
            return null; // link-level and other protocols
        bool six = local[1] == Family.IPv6;
        return new AddressEntry(
            index, address, Sockaddr.ReadMask(behind[RoutingAddress.Netmask], six),
            Sockaddr.Read(behind[RoutingAddress.Broadcast]),
            data[5]); // ifi_vhid
    }
}

/// <summary>One route as NET_RT_DUMP shows it.</summary>
/// <param name="Gateway">The router's address; null if the gateway is an interface.</param>
internal sealed record RouteEntry(
    int Index, RouteFlags Flags, System.Net.IPAddress Destination, byte PrefixLength, System.Net.IPAddress? Gateway,
    ulong Mtu, ulong Weight);

/// <summary>struct rt_msghdr (net/route.h) with its sockaddrs.</summary>
internal static class RouteMessage
{
    public const int HeaderSize = 152;

    private const uint InitMtu = 0x1; // RTV_MTU
    private const uint InitWeight = 0x100; // RTV_WEIGHT

    /// <summary>Decodes the answer of NET_RT_DUMP; routes of other families are left out.</summary>
    public static List<RouteEntry> ReadDump(ReadOnlySpan<byte> buffer)
    {
        List<RouteEntry> routes = [];
        var messages = new RoutingMessages(buffer);
        while (messages.Next(out RoutingMessageType type, out ReadOnlySpan<byte> message))
            if (type == RoutingMessageType.Get && Read(message) is { } route)
                routes.Add(route);
        return routes;
    }

    private static RouteEntry? Read(ReadOnlySpan<byte> message)
    {
        if (message.Length < HeaderSize)
            throw Garbage.Found("a short route message", message);
        var behind = new RoutingAddresses(message[HeaderSize..], Field.Int(message, 12)); // rtm_addrs
        ReadOnlySpan<byte> destination = behind[RoutingAddress.Destination];
        if (Sockaddr.Read(destination) is not { } address)
            return null;
        bool six = destination[1] == Family.IPv6;
        var flags = (RouteFlags)Field.UInt(message, 8); // rtm_flags
        byte length = flags.HasFlag(RouteFlags.Host)
            ? (byte)(six ? 128 : 32)
            : Sockaddr.ReadMask(behind[RoutingAddress.Netmask], six);
        return new RouteEntry(
            Field.UShort(message, 4), // rtm_index
            flags, address, length, Sockaddr.Read(behind[RoutingAddress.Gateway]),
            Field.ULong(message, 48), // rtm_rmx.rmx_mtu
            Field.ULong(message, 120)); // rtm_rmx.rmx_weight
    }

    /// <summary>Builds a request about one route, as route(8) sends it.</summary>
    /// <param name="gateway">The router's address; null to name the interface itself.</param>
    /// <param name="link">Index of the interface: the scope of a link-local gateway, or the gateway itself.</param>
    /// <param name="mtu">The route's own MTU; 0 for the interface's.</param>
    /// <param name="weight">Its share among several routes to the same destination; 0 for the kernel's choice.</param>
    public static byte[] Build(
        RoutingMessageType type, RouteFlags flags, System.Net.IPAddress destination, int prefixLength,
        System.Net.IPAddress? gateway, int link, int processId, int sequence, ulong mtu = 0, ulong weight = 0)
    {
        bool six = Sockaddr.SizeOf(destination) == Sockaddr.SizeIPv6;
        bool host = flags.HasFlag(RouteFlags.Host);
        int destinationSize = Sockaddr.Rounded(Sockaddr.SizeOf(destination));
        int gatewaySize = Sockaddr.Rounded(
            gateway is null ? Sockaddr.SizeLink : Sockaddr.SizeOf(gateway));
        byte[] message = new byte[HeaderSize + destinationSize + gatewaySize + (host ? 0 : destinationSize)];
        int present = (1 << (int)RoutingAddress.Destination) | (1 << (int)RoutingAddress.Gateway);
        Span<byte> behind = message.AsSpan(HeaderSize);
        Sockaddr.Write(behind, destination, Scope(destination));
        if (gateway is null)
            Sockaddr.WriteLink(behind[destinationSize..], link);
        else
            Sockaddr.Write(behind[destinationSize..], gateway, Scope(gateway));
        if (!host)
        {
            Sockaddr.WriteMask(behind[(destinationSize + gatewaySize)..], prefixLength, six);
            present |= 1 << (int)RoutingAddress.Netmask;
        }
        Field.Set(message, 0, (ushort)message.Length); // rtm_msglen
        message[2] = RoutingMessages.Version; // rtm_version
        message[3] = (byte)type; // rtm_type
        Field.Set(message, 8, (uint)flags); // rtm_flags
        Field.Set(message, 12, present); // rtm_addrs
        Field.Set(message, 16, processId); // rtm_pid, which the kernel sets itself
        Field.Set(message, 20, sequence); // rtm_seq
        ulong inits = (mtu != 0 ? InitMtu : 0) | (weight != 0 ? InitWeight : 0);
        Field.Set(message, 32, inits); // rtm_inits
        Field.Set(message, 48, mtu); // rtm_rmx.rmx_mtu
        Field.Set(message, 120, weight); // rtm_rmx.rmx_weight
        return message;

        uint Scope(System.Net.IPAddress address) => address.IsIPv6LinkLocal ? (uint)link : 0;
    }
}
