namespace HypervVfattach.FreeBSD.Abi;

/// <summary>How a lagg distributes traffic (LAGG_PROTO_*, net/if_lagg.h). ETHERCHANNEL was 5 and BROADCAST 6 up to 11.0.</summary>
internal enum LaggProtocol : uint
{
    None = 0, // LAGG_PROTO_NONE
    RoundRobin = 1, // LAGG_PROTO_ROUNDROBIN
    Failover = 2, // LAGG_PROTO_FAILOVER
    LoadBalance = 3, // LAGG_PROTO_LOADBALANCE
    Lacp = 4, // LAGG_PROTO_LACP
    Broadcast = 5, // LAGG_PROTO_BROADCAST
}

/// <summary>State of a port (LAGG_PORT_*, net/if_lagg.h).</summary>
[Flags]
internal enum LaggPortFlags : uint
{
    None = 0,
    Master = 0x01, // LAGG_PORT_MASTER: the first port that joined, which failover prefers
    Stack = 0x02, // LAGG_PORT_STACK
    Active = 0x04, // LAGG_PORT_ACTIVE
    Collecting = 0x08, // LAGG_PORT_COLLECTING
    Distributing = 0x10, // LAGG_PORT_DISTRIBUTING
}

/// <summary>struct lagg_reqport (net/if_lagg.h).</summary>
internal readonly ref struct LaggPortRequest
{
    public const int Size = 72;

    public LaggPortRequest(Span<byte> bytes, string lagg, string port)
    {
        Bytes = bytes[..Size];
        Bytes.Clear();
        Field.SetName(Bytes, lagg); // rp_ifname
        Field.SetName(Bytes.Slice(16, Field.NameSize), port); // rp_portname
    }

    private LaggPortRequest(Span<byte> bytes) => Bytes = bytes[..Size];

    /// <summary>An entry of SIOCGLAGG's answer.</summary>
    public static LaggPortRequest Read(Span<byte> bytes) => new(bytes);

    public Span<byte> Bytes { get; }

    public string Port => Field.Text(Bytes.Slice(16, Field.NameSize)); // rp_portname

    public LaggPortFlags Flags => (LaggPortFlags)Field.UInt(Bytes, 36); // rp_flags
}

/// <summary>struct lagg_reqall (net/if_lagg.h): a lagg with a pointer to its ports.</summary>
internal readonly ref struct LaggRequest
{
    public const int Size = 80;

    public LaggRequest(Span<byte> bytes, string lagg)
    {
        Bytes = bytes[..Size];
        Bytes.Clear();
        Field.SetName(Bytes, lagg); // ra_ifname
    }

    public Span<byte> Bytes { get; }

    public LaggProtocol Protocol // ra_proto
    {
        get => (LaggProtocol)Field.UInt(Bytes, 16);
        set => Field.Set(Bytes, 16, (uint)value);
    }

    public ulong BufferSize // ra_size, in bytes
    {
        get => Field.ULong(Bytes, 24);
        set => Field.Set(Bytes, 24, value);
    }

    public ulong Buffer // ra_port
    {
        set => Field.Set(Bytes, 32, value);
    }

    public int Ports => Field.Int(Bytes, 40); // ra_ports
}
