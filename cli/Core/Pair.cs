using System.Collections.Immutable;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core;

/// <summary>A synthetic NIC and the VF with the same MAC address, if one is there.</summary>
/// <param name="Synthetic">The synthetic NIC; of a net_failover group its master, which holds the configuration.</param>
/// <param name="Vf">The VF; null while it is away.</param>
internal sealed record Pair(Link Synthetic, Link? Vf)
{
    /// <summary>The standby port of a net_failover group, which the kernel itself joins; null for any other pair.</summary>
    public Link? Standby { get; init; }

    /// <summary>Further synthetic NICs with the same address; each is a pair of its own.</summary>
    public ImmutableArray<Link> Rivals { get; init; } = [];

    /// <summary>Whether several synthetic NICs have the VF's address and nothing shows which one it belongs to. If the kernel has joined
    /// them, the VF's master shows it.</summary>
    public bool IsAmbiguous => Rivals.Length > 0 && Standby is null && (Vf is null || !IsKernelPort(Vf, Synthetic));

    /// <summary>Further VFs with the same address: a synthetic NIC has one at a time.</summary>
    public ImmutableArray<Link> Spares { get; init; } = [];

    /// <summary>Whether the host delivers to the VF, joined or not. Hyper-V delivers to the synthetic NIC until the guest uses the VF; others deliver to a
    /// VF from its arrival, and the network is cut until the join.</summary>
    public bool IsVfDeliveredTo => Vf is not null && Synthetic.Device is not { IsHyperVSynthetic: true };

    /// <summary>The address that makes them a pair, and its key.</summary>
    public HardwareAddress Mac => Synthetic.PairAddress;

    /// <summary>Whether the interface with this index is part of the pair, in any role.</summary>
    public bool Has(int link) =>
        Synthetic.Index == link || Vf?.Index == link || Standby?.Index == link || Spares.Any(spare => spare.Index == link);

    /// <summary>Whether a join has joined this pair. The address decides; of several synthetic NICs with one address, only the one that was
    /// joined counts.</summary>
    public bool IsOf(Join join) => join.Mac == Mac
        && (Rivals.IsEmpty || join.Synthetic == Synthetic.Index || join.Aggregate != 0 && join.Aggregate == Synthetic.Master);

    /// <summary>Whether the kernel itself joined a port to a NIC: netvsc and net_failover are masters without a kind,
    /// so their ports have no port kind (IFLA_INFO_SLAVE_KIND), whereas a bond's or bridge's have.</summary>
    public static bool IsKernelPort(Link port, Link nic) => port.Master == nic.Index && port.PortKind is null;

    /// <summary>Whether an interface is a synthetic NIC of one of these drivers.</summary>
    public static bool IsSynthetic(Link link, ImmutableArray<string> drivers) =>
        IsEthernetNic(link) && link.Device?.Driver is { } driver && drivers.Contains(driver);

    /// <summary>Whether an interface is hardware that can be part of a pair. A VLAN, macvlan, bond or bridge has the MAC address of its
    /// port but is no hardware; the address of an InfiniBand VF can look like an Ethernet one (cloud-init #3660).</summary>
    public static bool IsEthernetNic(Link link) =>
        link.Type == Link.Ethernet && link is { Kind: null, Device: not null } && !link.PairAddress.IsEmpty;
}
