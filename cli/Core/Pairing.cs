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
    public bool IsAmbiguous => Rivals.Length > 0 && Standby is null && (Vf is null || !Pairing.IsKernelPort(Vf, Synthetic));

    /// <summary>Further VFs with the same address: a synthetic NIC has one at a time.</summary>
    public ImmutableArray<Link> Spares { get; init; } = [];

    /// <summary>The address that makes them a pair, and its key.</summary>
    public HardwareAddress Mac => Synthetic.PairAddress;

    /// <summary>Whether the interface with this index is part of the pair, in any role.</summary>
    public bool Has(int link) =>
        Synthetic.Index == link || Vf?.Index == link || Standby?.Index == link || Spares.Any(spare => spare.Index == link);

    /// <summary>Whether a join has joined this pair. The address decides; of several synthetic NICs with one address, only the one that was
    /// joined counts.</summary>
    public bool IsOf(Join join) => join.Mac == Mac
        && (Rivals.IsEmpty || join.Synthetic == Synthetic.Index || join.Aggregate != 0 && join.Aggregate == Synthetic.Master);
}

/// <summary>Finds the pairs of a host by their addresses, where the kernel has no list of them.</summary>
internal static class Pairing
{
    /// <summary>All pairs, in the order of their synthetic NICs' indexes, whatever the order of the links.</summary>
    public static ImmutableArray<Pair> Find(Snapshot snapshot, ImmutableArray<string> syntheticDrivers)
    {
        // The address decides, not the PCI function: all ports of a MANA or mlx4 device share one. It is the permanent
        // address because a bond's ports may have been given another (fail_over_mac=none).
        ILookup<HardwareAddress, Link> vfs =
            snapshot.Links.Where(link => IsVf(link, syntheticDrivers) && !IsJoined(link)).ToLookup(link => link.PairAddress);
        return [.. snapshot.Links
            .Where(link => IsSynthetic(link, syntheticDrivers) || IsJoined(link))
            .GroupBy(link => link.PairAddress)
            .SelectMany(group => Make(
                [.. group.OrderBy(link => link.Index)], [.. vfs[group.Key].OrderBy(link => link.Index)]))
            .OrderBy(pair => pair.Synthetic.Index)];

        // Whatever the settings say by now, the VF of a joined pair must not become a NIC of its own when it returns.
        bool IsJoined(Link link) => IsEthernetNic(link) && snapshot.Joins.Any(join => join.Synthetic == link.Index);
    }

    private static IEnumerable<Pair> Make(ImmutableArray<Link> synthetics, ImmutableArray<Link> vfs)
    {
        // net_failover shows three interfaces with one address. Master and standby sit on the same virtio device and
        // sysfs names its driver for both. The standby's master tells them apart; neither has a port kind, because neither has
        // rtnl_link_ops (drivers/net/net_failover.c).
        ImmutableArray<Link> heads =
            [.. synthetics.Where(link => !synthetics.Any(master => master.Index != link.Index && IsKernelPort(link, master)))];
        if (heads.IsEmpty)
            heads = synthetics;

        // A VF with a master belongs to that master's synthetic NIC. A free VF belongs to the synthetic NIC that has no rival. If there
        // are rivals, it is listed with the first that has no VF, where it is left alone (Pair.IsAmbiguous).
        Dictionary<int, Link> own = [];
        foreach (Link head in heads)
        {
            // The VF in use stays the VF when another arrives (netvsc_register_vf ignores a second one as well).
            Link? vf = vfs.FirstOrDefault(link => IsKernelPort(link, head))
                ?? vfs.FirstOrDefault(link => link.Master != 0 && link.Master == head.Master);
            if (vf is not null && !own.Values.Any(taken => taken.Index == vf.Index))
                own.Add(head.Index, vf);
        }
        ImmutableArray<Link> free = [.. vfs.Where(link => !own.Values.Any(taken => taken.Index == link.Index))];
        Link first = heads.FirstOrDefault(head => !own.ContainsKey(head.Index)) ?? heads[0];
        foreach (Link head in heads)
        {
            ImmutableArray<Link> others = head == first ? free : [];
            Link? vf = own.GetValueOrDefault(head.Index) ?? others.FirstOrDefault();
            yield return new Pair(head, vf)
            {
                Standby = synthetics.FirstOrDefault(link => IsKernelPort(link, head)),
                Rivals = heads.Remove(head),
                Spares = vf is null ? [] : others.Remove(vf),
            };
        }
    }

    /// <summary>Whether the kernel itself joined a port to a NIC: netvsc and net_failover are masters without a kind,
    /// so their ports have no port kind (IFLA_INFO_SLAVE_KIND), whereas a bond's or bridge's have.</summary>
    public static bool IsKernelPort(Link port, Link nic) => port.Master == nic.Index && port.PortKind is null;

    /// <summary>Whether an interface is a synthetic NIC of one of these drivers.</summary>
    public static bool IsSynthetic(Link link, ImmutableArray<string> drivers) =>
        IsEthernetNic(link) && link.Device?.Driver is { } driver && drivers.Contains(driver);

    // Never by driver: lists of VF drivers were wrong three times in the wild (coreos/fedora-coreos-config #121, Flatcar
    // #550 and #554). virtio is a bus of its own above PCI.
    private static bool IsVf(Link link, ImmutableArray<string> syntheticDrivers) =>
        IsEthernetNic(link) && link.Device is { Bus: "pci" or "virtio", SwitchPort: null } && !IsSynthetic(link, syntheticDrivers);

    /// <summary>Whether an interface is hardware that can be part of a pair. A VLAN, macvlan, bond or bridge has the MAC address of its
    /// port but is no hardware; the address of an InfiniBand VF can look like an Ethernet one (cloud-init #3660).</summary>
    private static bool IsEthernetNic(Link link) =>
        link.Type == Link.Ethernet && link is { Kind: null, Device: not null } && !link.PairAddress.IsEmpty;
}
