using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>The kind of driver of an interface.</summary>
internal enum InterfaceKind
{
    Hardware,
    Loopback,
    Lagg,
    Epair,
    Tun,
    Tap,
    Bridge,
    Vlan,
}

/// <summary>Behaviour that differs between the drivers of NICs.</summary>
internal sealed record DriverTraits
{
    /// <summary>The NIC's largest MTU.</summary>
    public int MaxMtu { get; init; } = 9000;

    /// <summary>Starting it, or setting a MAC address while it runs, restarts the link, which comes back later (em).</summary>
    public bool RestartsLink { get; init; }

    /// <summary>When stopped, it has IFF_DRV_OACTIVE set (em and other iflib drivers).</summary>
    public bool OutputActiveWhenStopped { get; init; }

    /// <summary>IFCAP bits that the NIC has and has enabled.</summary>
    public uint Capabilities { get; init; }
    public ulong HwAssist { get; init; }

    /// <summary>The errno with which it refuses a MAC address, 0 for none.</summary>
    public int MacErrno { get; init; }

    /// <summary>A paravirtual NIC without peculiarities (vtnet, hn).</summary>
    public static DriverTraits Plain { get; } = new();

    /// <summary>em(4).</summary>
    public static DriverTraits Em { get; } = new() { RestartsLink = true, OutputActiveWhenStopped = true };
}

/// <summary>One address of an interface (struct ifaddr).</summary>
internal sealed class InterfaceAddress(Ip ip, int prefixLength)
{
    public Ip Ip { get; } = ip;
    public int PrefixLength { get; } = prefixLength;

    /// <summary>IPv4: the broadcast address, or the far end of a point-to-point link.</summary>
    public Ip? Broadcast { get; init; }

    /// <summary>IFA_ROUTE: this address owns the route of its prefix.</summary>
    public bool OwnsPrefixRoute { get; set; }

    /// <summary>IFA_RTSELF and the like in ifam_flags.</summary>
    public bool HasRouteToSelf { get; set; }

    /// <summary>IPv6: IN6_IFF_*.</summary>
    public uint Flags6 { get; set; }
    public uint ValidLifetime { get; set; } = uint.MaxValue;
    public uint PreferredLifetime { get; set; } = uint.MaxValue;

    public UInt128 Prefix => Ip.Bits & Ip.Mask(Ip.Family, PrefixLength);

    public bool SamePrefix(InterfaceAddress other) =>
        Ip.Family == other.Ip.Family && PrefixLength == other.PrefixLength && Prefix == other.Prefix;
}

/// <summary>Neighbour discovery parameters (struct nd_ifinfo).</summary>
internal sealed class NeighbourInfo
{
    public uint LinkMtu { get; set; }
    public uint MaxMtu { get; set; }
    public uint BaseReachable { get; set; } = 30000;
    public uint Retransmit { get; set; } = 1000;
    public uint Flags { get; set; }
    public byte HopLimit { get; set; } = 64;
}

/// <summary>One interface (struct ifnet).</summary>
internal sealed class Interface
{
    private string _name = "";

    public required string Name
    {
        get => _name;
        set
        {
            _name = value;
            Unit ??= value;
        }
    }

    /// <summary>The driver's name and its unit, the original name (if_dname, if_dunit); never changes.</summary>
    public string? Unit { get; private set; }

    public required int Index { get; init; }
    public required InterfaceKind Kind { get; init; }

    /// <summary>if_type: changes while the interface is the port of a lagg.</summary>
    public required byte Type { get; set; }

    /// <summary>The type in the link-level address; never changes.</summary>
    public byte AddressType { get; init; } = Ift.Ether;

    public int Flags { get; set; }
    public int Mtu { get; set; } = 1500;

    /// <summary>The MAC address in use, and the permanent one.</summary>
    public byte[] Mac { get; set; } = [];
    public byte[] HardwareMac { get; init; } = [];

    public LinkState LinkState { get; set; }

    /// <summary>The cable: the link state while the NIC runs.</summary>
    public bool Carrier { get; set; } = true;

    public byte HeaderLength { get; init; } = 14;
    public ulong Baudrate { get; set; } = 10_000_000;
    public uint Capabilities { get; set; }
    public ulong HwAssist { get; set; }
    public int Fib { get; set; }
    public DriverTraits Driver { get; init; } = DriverTraits.Plain;

    /// <summary>The device's location on its bus ("slot=0 function=0 ... on pci1"); null if devd gets no event.</summary>
    public string? Location { get; init; }

    /// <summary>All addresses except the link-level one, in the order of addition.</summary>
    public List<InterfaceAddress> Addresses { get; } = [];
    public NeighbourInfo Neighbours { get; } = new();

    /// <summary>The lagg of a lagg interface, and the lagg of which this interface is a port.</summary>
    public Lagg? Lagg { get; init; }
    public Lagg? PortOf { get; set; }

    /// <summary>The other end of an epair.</summary>
    public Interface? Peer { get; set; }

    public bool IsUp => (Flags & Iff.Up) != 0;
    public bool IsEthernet => AddressType == Ift.Ether && Kind != InterfaceKind.Loopback;
    public IEnumerable<InterfaceAddress> Inet => Addresses.Where(a => a.Ip.Family == Af.Inet);
    public IEnumerable<InterfaceAddress> Inet6 => Addresses.Where(a => a.Ip.Family == Af.Inet6);
    public InterfaceAddress? LinkLocal => Inet6.FirstOrDefault(a => a.Ip.IsLinkLocal);

    public override string ToString() => Name;
}
