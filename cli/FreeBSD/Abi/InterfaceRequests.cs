namespace HypervVfattach.FreeBSD.Abi;

/// <summary>Interface flags (IFF_*, net/if.h). A set must write back every bit that was read, known here or not.</summary>
[Flags]
internal enum InterfaceFlags : uint
{
    None = 0,
    Up = 0x1, // IFF_UP
    Loopback = 0x8, // IFF_LOOPBACK
    PointToPoint = 0x10, // IFF_POINTOPOINT
    Running = 0x40, // IFF_DRV_RUNNING
    NoArp = 0x80, // IFF_NOARP
    Promiscuous = 0x100, // IFF_PROMISC
    AllMulticast = 0x200, // IFF_ALLMULTI
}

/// <summary>struct ifreq (net/if.h): a name, and a union of which each request uses one member.</summary>
internal readonly ref struct InterfaceRequest
{
    public const int Size = 32;

    /// <summary>Starts a request for this interface in zeroed bytes.</summary>
    public InterfaceRequest(Span<byte> bytes, string name)
    {
        Bytes = bytes[..Size];
        Bytes.Clear();
        Field.SetName(Bytes, name);
    }

    public Span<byte> Bytes { get; }

    public string Name => Field.Text(Bytes[..Field.NameSize]); // ifr_name

    /// <summary>Both halves of the flags: the low one is a signed short, which IFF_MULTICAST makes negative.</summary>
    public InterfaceFlags Flags // ifr_flags, ifr_flagshigh
    {
        get => (InterfaceFlags)(Field.UShort(Bytes, 16) | ((uint)Field.UShort(Bytes, 18) << 16));
        set
        {
            Field.Set(Bytes, 16, (ushort)value);
            Field.Set(Bytes, 18, (ushort)((uint)value >> 16));
        }
    }

    public int Number // ifr_mtu, ifr_fib
    {
        get => Field.Int(Bytes, 16);
        set => Field.Set(Bytes, 16, value);
    }

    public ulong Data // ifr_data, a pointer
    {
        set => Field.Set(Bytes, 16, value);
    }

    public Span<byte> Address => Bytes[16..]; // ifr_addr
}

/// <summary>struct if_clonereq (net/if.h): asks for the names of all cloners, 16 bytes each.</summary>
internal readonly ref struct ClonersRequest
{
    public const int Size = 16;

    public ClonersRequest(Span<byte> bytes, int count, ulong buffer)
    {
        Bytes = bytes[..Size];
        Bytes.Clear();
        Field.Set(Bytes, 4, count); // ifcr_count
        Field.Set(Bytes, 8, buffer); // ifcr_buffer
    }

    public Span<byte> Bytes { get; }

    public int Total => Field.Int(Bytes, 0); // ifcr_total
}

/// <summary>struct in_aliasreq (netinet/in_var.h): an IPv4 address to add.</summary>
internal readonly ref struct AddAddressRequest
{
    public const int Size = 68;

    public AddAddressRequest(Span<byte> bytes, string name)
    {
        Bytes = bytes[..Size];
        Bytes.Clear();
        Field.SetName(Bytes, name); // ifra_name
    }

    public Span<byte> Bytes { get; }

    public Span<byte> Address => Bytes.Slice(16, 16); // ifra_addr

    public Span<byte> Broadcast => Bytes.Slice(32, 16); // ifra_broadaddr, ifra_dstaddr

    public Span<byte> Mask => Bytes.Slice(48, 16); // ifra_mask
}

/// <summary>Flags of an IPv6 address (IN6_IFF_*, netinet6/in6_var.h).</summary>
[Flags]
internal enum Address6Flags : uint
{
    None = 0,
    Anycast = 0x01, // IN6_IFF_ANYCAST
    Tentative = 0x02, // IN6_IFF_TENTATIVE
    Duplicated = 0x04, // IN6_IFF_DUPLICATED
    Detached = 0x08, // IN6_IFF_DETACHED
    Deprecated = 0x10, // IN6_IFF_DEPRECATED
    NoDad = 0x20, // IN6_IFF_NODAD
    Autoconf = 0x40, // IN6_IFF_AUTOCONF
    Temporary = 0x80, // IN6_IFF_TEMPORARY
}

/// <summary>struct in6_aliasreq (netinet6/in6_var.h): an IPv6 address to add.</summary>
internal readonly ref struct AddAddress6Request
{
    public const int Size = 136;

    public AddAddress6Request(Span<byte> bytes, string name)
    {
        Bytes = bytes[..Size];
        Bytes.Clear();
        Field.SetName(Bytes, name); // ifra_name
    }

    public Span<byte> Bytes { get; }

    public Span<byte> Address => Bytes.Slice(16, 28); // ifra_addr

    public Span<byte> Destination => Bytes.Slice(44, 28); // ifra_dstaddr

    public Span<byte> Mask => Bytes.Slice(72, 28); // ifra_prefixmask

    public Address6Flags Flags // ifra_flags
    {
        set => Field.Set(Bytes, 100, (uint)value);
    }

    public uint ValidLifetime // ifra_lifetime.ia6t_vltime; ND6_INFINITE_LIFETIME is 0xffffffff
    {
        set => Field.Set(Bytes, 120, value);
    }

    public uint PreferredLifetime // ifra_lifetime.ia6t_pltime
    {
        set => Field.Set(Bytes, 124, value);
    }
}

/// <summary>struct in6_ifreq (netinet6/in6_var.h): names an IPv6 address of an interface; the answer overwrites that address.</summary>
internal readonly ref struct Address6Request
{
    public const int Size = 288;

    public Address6Request(Span<byte> bytes, string name)
    {
        Bytes = bytes[..Size];
        Bytes.Clear();
        Field.SetName(Bytes, name); // ifr_name
    }

    public Span<byte> Bytes { get; }

    public Span<byte> Address => Bytes.Slice(16, 28); // ifr_addr

    public Address6Flags Flags => (Address6Flags)Field.UInt(Bytes, 16); // ifr_flags6

    public ulong Expires => Field.ULong(Bytes, 16); // ifr_lifetime.ia6t_expire, in seconds of uptime; 0 for never

    public ulong Preferred => Field.ULong(Bytes, 24); // ifr_lifetime.ia6t_preferred, likewise
}

/// <summary>Per-interface IPv6 settings (ND6_IFF_*, netinet6/nd6.h).</summary>
[Flags]
internal enum Nd6Flags : uint
{
    None = 0,
    PerformNud = 0x001, // ND6_IFF_PERFORMNUD
    AcceptRouterAdvertisement = 0x002, // ND6_IFF_ACCEPT_RTADV
    Disabled = 0x008, // ND6_IFF_IFDISABLED
    AutoLinkLocal = 0x020, // ND6_IFF_AUTO_LINKLOCAL
    NoRouterAdvertisementRoute = 0x040, // ND6_IFF_NO_RADR
    NoPreferInterface = 0x080, // ND6_IFF_NO_PREFER_IFACE
    NoDad = 0x100, // ND6_IFF_NO_DAD
}

/// <summary>struct in6_ndireq (netinet6/nd6.h): a name and a struct nd_ifinfo.</summary>
internal readonly ref struct Nd6Request
{
    public const int Size = 72;

    public Nd6Request(Span<byte> bytes, string name)
    {
        Bytes = bytes[..Size];
        Bytes.Clear();
        Field.SetName(Bytes, name); // ifname
    }

    public Span<byte> Bytes { get; }

    /// <summary>A set replaces the whole word, so start from the value that a get returned.</summary>
    public Nd6Flags Flags // ndi.flags
    {
        get => (Nd6Flags)Field.UInt(Bytes, 36);
        set => Field.Set(Bytes, 36, (uint)value);
    }
}
