using System.Collections.Immutable;
using System.Net;

namespace HypervVfattach.Core.Model;

/// <summary>Interface flags that decide anything here (IFF_*, linux/if.h).</summary>
[Flags]
internal enum LinkFlags : uint
{
    None = 0,
    Up = 0x1,
    Loopback = 0x8,
    Running = 0x40,
    NoArp = 0x80,
    Promiscuous = 0x100,
    AllMulticast = 0x200,

    /// <summary>A bond has it.</summary>
    Master = 0x400,

    /// <summary>A bond's port has it, and a transparent VF from its very first moment (Linux c807d6cd089d).</summary>
    Slave = 0x800,
    LowerUp = 0x10000,
}

/// <summary>One network interface as the kernel shows it.</summary>
internal sealed record Link
{
    /// <summary>Stands in a plan for the index of the aggregate that the plan itself creates.</summary>
    public const int OfAggregate = -1;

    /// <summary>ARPHRD_ETHER, the type of every NIC that can be part of a pair.</summary>
    public const ushort Ethernet = 1;

    /// <summary>Interface index: with the permanent address the identity of an interface, never reused while it lives.</summary>
    public required int Index { get; init; }

    /// <summary>Its name now; names change under us.</summary>
    public required string Name { get; init; }

    /// <summary>Its alternative names (IFLA_PROP_LIST).</summary>
    public ImmutableArray<string> AltNames { get; init; } = [];

    /// <summary>Its link-layer address now.</summary>
    public HardwareAddress Address { get; init; }

    /// <summary>The address burnt in (IFLA_PERM_ADDRESS, ETHTOOL_GPERMADDR); empty where the driver has none.</summary>
    public HardwareAddress PermanentAddress { get; init; }

    /// <summary>ARPHRD_* hardware type.</summary>
    public ushort Type { get; init; } = Ethernet;

    /// <summary>IFF_* flags.</summary>
    public LinkFlags Flags { get; init; }

    /// <summary>Whether the lower layer has a carrier (IFLA_CARRIER).</summary>
    public bool Carrier { get; init; }

    /// <summary>Largest packet in bytes.</summary>
    public uint Mtu { get; init; }

    /// <summary>Transmit queue length in packets.</summary>
    public uint TxQueueLength { get; init; }

    /// <summary>Interface group (IFLA_GROUP); 0 is the default one.</summary>
    public uint Group { get; init; }

    /// <summary>Index of the master it is a port of; 0 for none.</summary>
    public int Master { get; init; }

    /// <summary>Index of the interface below it (IFLA_LINK: a VLAN's or macvlan's parent); 0 for none.</summary>
    public int Lower { get; init; }

    /// <summary>Whether <see cref="Lower"/> and <see cref="Underlays"/> are indices of another network namespace.</summary>
    public bool LowerElsewhere { get; init; }

    /// <summary>Indices of interfaces below it that it names in its kind's own data (IFLA_VXLAN_LINK) or that sysfs shows;
    /// a VXLAN or an HSR ring has no IFLA_LINK.</summary>
    public ImmutableArray<int> Underlays { get; init; } = [];

    /// <summary>Link-layer multicast addresses that an administrator has added (<c>ip maddr add</c>).</summary>
    public ImmutableArray<HardwareAddress> MulticastAddresses { get; init; } = [];

    /// <summary>Description of the interface (IFLA_IFALIAS); null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>The interface identifier that the kernel puts behind an advertised prefix (IFLA_INET6_TOKEN); null for none.</summary>
    public IPAddress? Token { get; init; }

    /// <summary>Kind of a virtual interface (IFLA_INFO_KIND: bond, vlan, team); null for hardware.</summary>
    public string? Kind { get; init; }

    /// <summary>Kind of the master it is a port of (IFLA_INFO_SLAVE_KIND); null for netvsc's and net_failover's ports.</summary>
    public string? PortKind { get; init; }

    /// <summary>Name of its root queueing discipline.</summary>
    public string? Qdisc { get; init; }

    /// <summary>Whether an XDP program is attached.</summary>
    public bool HasXdp { get; init; }

    /// <summary>Whether systemd-resolved was given name servers for it, which it keeps under the interface's index.</summary>
    public bool HasNameServers { get; init; }

    /// <summary>Packets received and sent since it exists (IFLA_STATS64).</summary>
    public ulong ReceivedPackets { get; init; }

    /// <inheritdoc cref="ReceivedPackets"/>
    public ulong SentPackets { get; init; }

    /// <summary>What a bond says of itself; null for anything else.</summary>
    public BondState? Bond { get; init; }

    /// <summary>The device behind it; null for a virtual interface.</summary>
    public Device? Device { get; init; }

    /// <summary>The address that pairs it with its twin: the permanent one, else the present one.</summary>
    public HardwareAddress PairAddress => PermanentAddress.IsEmpty ? Address : PermanentAddress;

    /// <summary>Whether it sends through another interface of this network namespace, or stands on it. What these kinds say in
    /// IFLA_LINK is their other end.</summary>
    public bool IsOn(int lower) => !LowerElsewhere && Index != lower && Kind is not ("veth" or "vxcan" or "netkit")
        && (Lower == lower || Underlays.Contains(lower));

    /// <summary>Whether the administrator or a program has switched it on.</summary>
    public bool IsUp => Flags.HasFlag(LinkFlags.Up);
}

/// <summary>A bond's own settings and state (IFLA_BOND_*).</summary>
/// <param name="Mode">0 balance-rr, 1 active-backup, ... (linux/if_bonding.h).</param>
/// <param name="ActivePort">Index of the port that carries traffic; 0 for none.</param>
/// <param name="Primary">Index of the preferred port; 0 for none present.</param>
internal sealed record BondState(byte Mode, int ActivePort, int Primary);

/// <summary>The device behind an interface, from sysfs.</summary>
/// <param name="Driver">Name of the bound driver; null where none is.</param>
/// <param name="Bus">Bus it sits on: pci, vmbus, virtio.</param>
/// <param name="Path">Its path below <c>/sys/devices</c>, which shows its parents (a Hyper-V VF has a vmbus one).</param>
/// <param name="Port">Port number of a device with several interfaces (dev_port: MANA, mlx4).</param>
internal sealed record Device(string? Driver, string? Bus, string Path, uint Port)
{
    /// <summary>What shows that it is a port of a switch that this machine controls: a VF's representor, or the uplink or PF that the
    /// switch sits on (Documentation/networking/representors.rst); null for any other, a VF among them.</summary>
    public string? SwitchPort { get; init; }
}
