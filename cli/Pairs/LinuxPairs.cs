using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Pairs;

/// <summary>Finds the pairs of a host by their addresses, where the kernel has no list of them.</summary>
internal static class LinuxPairs
{
    /// <summary>All pairs, in the order of their synthetic NICs' indexes, whatever the order of the links.</summary>
    public static ImmutableArray<Pair> Find(Snapshot snapshot, ImmutableArray<string> syntheticDrivers)
    {
        // The address decides, not the PCI function: all ports of a MANA or mlx4 device share one. It is the permanent
        // address because a bond's ports may have been given another (fail_over_mac=none).
        ILookup<HardwareAddress, Link> vfs =
            snapshot.Links.Where(link => IsVf(link, syntheticDrivers) && !IsJoined(link)).ToLookup(link => link.PairAddress);
        return [.. snapshot.Links
            .Where(link => Pair.IsSynthetic(link, syntheticDrivers) || IsJoined(link))
            .GroupBy(link => link.PairAddress)
            .SelectMany(group => Make(
                [.. group.OrderBy(link => link.Index)], [.. vfs[group.Key].OrderBy(link => link.Index)]))
            .OrderBy(pair => pair.Synthetic.Index)];

        // Whatever the settings say by now, the VF of a joined pair must not become a NIC of its own when it returns.
        bool IsJoined(Link link) => Pair.IsEthernetNic(link) && snapshot.Joins.Any(join => join.Synthetic == link.Index);
    }

    private static IEnumerable<Pair> Make(ImmutableArray<Link> synthetics, ImmutableArray<Link> vfs)
    {
        // net_failover shows three interfaces with one address. Master and standby sit on the same virtio device and
        // sysfs names its driver for both. The standby's master tells them apart; neither has a port kind, because neither has
        // rtnl_link_ops (drivers/net/net_failover.c).
        ImmutableArray<Link> heads =
            [.. synthetics.Where(link => !synthetics.Any(master => master.Index != link.Index && Pair.IsKernelPort(link, master)))];
        if (heads.IsEmpty)
            heads = synthetics;

        // A VF with a master belongs to that master's synthetic NIC. A free VF belongs to the synthetic NIC that has no rival. If there
        // are rivals, it is listed with the first that has no VF, where it is left alone (Pair.IsAmbiguous).
        Dictionary<int, Link> own = [];
        foreach (Link head in heads)
        {
            // The VF in use stays the VF when another arrives (netvsc_register_vf ignores a second one as well).
            Link? vf = vfs.FirstOrDefault(link => Pair.IsKernelPort(link, head))
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
                Standby = synthetics.FirstOrDefault(link => Pair.IsKernelPort(link, head)),
                Rivals = heads.Remove(head),
                Spares = vf is null ? [] : others.Remove(vf),
            };
        }
    }

    // Never by driver: lists of VF drivers were wrong three times in the wild (coreos/fedora-coreos-config #121, Flatcar
    // #550 and #554). virtio is a bus of its own above PCI.
    private static bool IsVf(Link link, ImmutableArray<string> syntheticDrivers) =>
        Pair.IsEthernetNic(link) && link.Device is { Bus: "pci" or "virtio", SwitchPort: null } && !Pair.IsSynthetic(link, syntheticDrivers);
}
