using System.Collections.Immutable;
using System.Net;

namespace HypervVfattach.Core.Model;

/// <summary>The interface flags that this program uses (IFF_*, linux/if.h).</summary>
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

    /// <summary>Set on a bond.</summary>
    Master = 0x400,

    /// <summary>Set on a bond's port, and on a transparent VF from its first moment (Linux c807d6cd089d).</summary>
    Slave = 0x800,
    LowerUp = 0x10000,
}

/// <summary>One network interface, as the kernel reports it.</summary>
internal sealed record Link
{
    /// <summary>Placeholder in a plan for the index of the aggregate that the plan creates.</summary>
    public const int OfAggregate = -1;

    /// <summary>ARPHRD_ETHER, the type of every NIC that can be part of a pair.</summary>
    public const ushort Ethernet = 1;

    /// <summary>Interface index. Together with the permanent address it identifies an interface; not reused while the interface
    /// exists.</summary>
    public required int Index { get; init; }

    /// <summary>Its present name; another program may rename it at any time.</summary>
    public required string Name { get; init; }

    /// <summary>Its alternative names (IFLA_PROP_LIST).</summary>
    public ImmutableArray<string> AltNames { get; init; } = [];

    /// <summary>Its present link-layer address.</summary>
    public HardwareAddress Address { get; init; }

    /// <summary>The permanent address (IFLA_PERM_ADDRESS, ETHTOOL_GPERMADDR); empty if the driver has none.</summary>
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

    /// <summary>Index of the master that it is a port of; 0 for none.</summary>
    public int Master { get; init; }

    /// <summary>Index of the lower interface (IFLA_LINK: the parent of a VLAN or macvlan); 0 for none.</summary>
    public int Lower { get; init; }

    /// <summary>Whether <see cref="Lower"/> and <see cref="Underlays"/> are indexes in another network namespace.</summary>
    public bool LowerElsewhere { get; init; }

    /// <summary>Indexes of lower interfaces from the data of its kind (IFLA_VXLAN_LINK) or from sysfs: a VXLAN or an HSR ring has
    /// no IFLA_LINK.</summary>
    public ImmutableArray<int> Underlays { get; init; } = [];

    /// <summary>Link-layer multicast addresses that an administrator or a redirect has added (<c>ip maddr add</c>), as <c>ip</c> prints
    /// them.</summary>
    public ImmutableArray<string> MulticastAddresses { get; init; } = [];

    /// <summary>All link-layer multicast addresses that it receives, those of IP included. Of hardware only.</summary>
    public ImmutableArray<string> Groups { get; init; } = [];

    /// <summary>Which of the offloads that a redirect looks at are on (<c>ethtool -k</c>). Only in a complete observation, and only of the
    /// interfaces that it is of.</summary>
    public ImmutableArray<string> Offloads { get; init; } = [];

    /// <summary>The unicast addresses that it receives besides its own, such as that of a macvlan. Only in a complete observation, and only
    /// of the interfaces that it is of.</summary>
    public ImmutableArray<string> UnicastAddresses { get; init; } = [];

    /// <summary>Description of the interface (IFLA_IFALIAS), or null.</summary>
    public string? Alias { get; init; }

    /// <summary>The interface identifier that the kernel combines with an advertised prefix (IFLA_INET6_TOKEN), or null.</summary>
    public IPAddress? Token { get; init; }

    /// <summary>Kind of a virtual interface (IFLA_INFO_KIND: bond, vlan, team); null for hardware.</summary>
    public string? Kind { get; init; }

    /// <summary>Kind of its master, for a port (IFLA_INFO_SLAVE_KIND); null for ports of netvsc and net_failover.</summary>
    public string? PortKind { get; init; }

    /// <summary>Name of its root queueing discipline.</summary>
    public string? Qdisc { get; init; }

    /// <summary>Whether an XDP program is attached.</summary>
    public bool HasXdp { get; init; }

    /// <summary>Whether systemd-resolved has name servers for it, which it stores by interface index.</summary>
    public bool HasNameServers { get; init; }

    /// <summary>Packets received since it was created (IFLA_STATS64).</summary>
    public ulong ReceivedPackets { get; init; }

    /// <summary>Packets sent since it was created (IFLA_STATS64).</summary>
    public ulong SentPackets { get; init; }

    /// <summary>The share of its VF in these packets; null if its driver (hv_netvsc) does not count it.</summary>
    public VfTraffic? VfTraffic { get; init; }

    /// <summary>A bond's settings and state; null for other interfaces.</summary>
    public BondState? Bond { get; init; }

    /// <summary>The device behind it; null for a virtual interface.</summary>
    public Device? Device { get; init; }

    /// <summary>The address that it shares with the other NIC of its pair: the permanent one, else the present one.</summary>
    public HardwareAddress PairAddress => PermanentAddress.IsEmpty ? Address : PermanentAddress;

    /// <summary>Whether it is on top of another interface of this network namespace, or sends through it. The IFLA_LINK of these
    /// three kinds is their peer.</summary>
    public bool IsOn(int lower) => !LowerElsewhere && Index != lower && Kind is not ("veth" or "vxcan" or "netkit")
        && (Lower == lower || Underlays.Contains(lower));

    /// <summary>Whether it is administratively up.</summary>
    public bool IsUp => Flags.HasFlag(LinkFlags.Up);
}

/// <summary>A bond's own settings and state (IFLA_BOND_*).</summary>
/// <param name="Mode">0 balance-rr, 1 active-backup, ... (linux/if_bonding.h).</param>
/// <param name="ActivePort">Index of the port that sends; 0 for none.</param>
/// <param name="Primary">Index of the preferred port; 0 if there is none.</param>
internal sealed record BondState(byte Mode, int ActivePort, int Primary);

/// <summary>The device behind an interface, from sysfs.</summary>
/// <param name="Driver">Name of the bound driver; null for none.</param>
/// <param name="Bus">Bus of the device: pci, vmbus, virtio.</param>
/// <param name="Path">Its path below <c>/sys/devices</c>, which shows its parents (a VF of Hyper-V has a vmbus parent).</param>
/// <param name="Port">Port number on a device with several interfaces (dev_port: MANA, mlx4).</param>
internal sealed record Device(string? Driver, string? Bus, string Path, uint Port)
{
    /// <summary>The driver of Hyper-V's synthetic NIC on Linux.</summary>
    public const string Netvsc = "hv_netvsc";

    /// <summary>Whether it is Hyper-V's synthetic NIC, on Linux or FreeBSD.</summary>
    public bool IsHyperVSynthetic => Driver is Netvsc or "hn";

    /// <summary>Whether it is a PCI function that Hyper-V passes through: pci-hyperv's bus is below a VMBus device, whose name is a
    /// GUID.</summary>
    public bool IsFromHyperV => Bus == "pci" && Path.Split('/').Any(part => Guid.TryParse(part, out _));

    /// <summary>Whether its driver drives nothing but VFs: those of Intel's cards. The drivers of other makers drive whole cards, too.</summary>
    public bool IsOnlyForVfs => Driver is "iavf" or "igbvf" or "ixgbevf";

    /// <summary>The evidence that it is a port of a switch that this machine controls: a VF's representor, or the uplink or PF of
    /// the switch (Documentation/networking/representors.rst). Null for all others, VFs included.</summary>
    public string? SwitchPort { get; init; }
}
