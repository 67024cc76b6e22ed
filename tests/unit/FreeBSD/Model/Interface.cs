using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>What kind of driver stands behind an interface.</summary>
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

/// <summary>What one NIC's driver does its own way.</summary>
internal sealed record DriverTraits
{
    /// <summary>The largest MTU the NIC takes.</summary>
    public int MaxMtu { get; init; } = 9000;

    /// <summary>Starting it, or giving it a MAC while it runs, restarts the link, which comes back later (em).</summary>
    public bool RestartsLink { get; init; }

    /// <summary>Stopped, it shows IFF_DRV_OACTIVE (em and other iflib drivers).</summary>
    public bool OutputActiveWhenStopped { get; init; }

    /// <summary>IFCAP bits the NIC has and has switched on.</summary>
    public uint Capabilities { get; init; }
    public ulong HwAssist { get; init; }

    /// <summary>The errno with which it refuses a MAC, 0 for none.</summary>
    public int MacErrno { get; init; }

    /// <summary>A paravirtual NIC that just works (vtnet, hn).</summary>
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

    /// <summary>The driver and its unit, the name that it came with (if_dname, if_dunit): stays.</summary>
    public string? Unit { get; private set; }

    public required int Index { get; init; }
    public required InterfaceKind Kind { get; init; }

    /// <summary>if_type: changes while the interface is the port of a lagg.</summary>
    public required byte Type { get; set; }

    /// <summary>The type inside the link-level address: stays.</summary>
    public byte AddressType { get; init; } = Ift.Ether;

    public int Flags { get; set; }
    public int Mtu { get; set; } = 1500;

    /// <summary>The MAC in use, and the one the NIC was made with.</summary>
    public byte[] Mac { get; set; } = [];
    public byte[] HardwareMac { get; init; } = [];

    public LinkState LinkState { get; set; }

    /// <summary>The cable: what the link state will be while the NIC runs.</summary>
    public bool Carrier { get; set; } = true;

    public byte HeaderLength { get; init; } = 14;
    public ulong Baudrate { get; set; } = 10_000_000;
    public uint Capabilities { get; set; }
    public ulong HwAssist { get; set; }
    public int Fib { get; set; }
    public DriverTraits Driver { get; init; } = DriverTraits.Plain;

    /// <summary>Where the bus says the device is ("slot=0 function=0 ... on pci1"); null where devd is not told.</summary>
    public string? Location { get; init; }

    /// <summary>All addresses but the link-level one, in the order they were added.</summary>
    public List<InterfaceAddress> Addresses { get; } = [];
    public NeighbourInfo Neighbours { get; } = new();

    /// <summary>The lagg behind a lagg interface, and the lagg this interface is a port of.</summary>
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
