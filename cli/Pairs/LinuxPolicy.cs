using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;
using static HypervVfattach.Core.PairObstacles;
using static HypervVfattach.Core.PolicyWords;

namespace HypervVfattach.Pairs;

/// <summary>Linux: the addresses make a pair, and netvsc goes first.</summary>
internal sealed class LinuxPolicy : Policy
{
    /// <summary>The first kernel whose netvsc joins a VF by itself (Linux 0c195567a8f6).</summary>
    private static readonly Version TransparentSince = new(4, 14);

    /// <inheritdoc/>
    public override JoinModules Joins { get; } = new(new BondJoin(), new RedirectJoin());

    /// <inheritdoc/>
    public override ImmutableArray<Pair> Pairs(Snapshot snapshot, Settings settings) => LinuxPairs.Find(snapshot, settings.SyntheticDrivers);

    /// <summary>The udev properties that keep network managers away from a VF and tell scripts what it is; none for another
    /// interface.</summary>
    /// <remarks>If the kernel joins a pair, network managers must not touch its VF, whatever our own settings are: join = "none" does not
    /// stop the kernel. Otherwise a VF stays visible to its network manager if it is opted out (join = "none"), is a port of another
    /// program's bond, or is the NIC that the administrator configured instead of the synthetic NIC: to hide it would cut the network.</remarks>
    public override ImmutableArray<(string Key, string Value)> UdevProperties(
        Event e, Snapshot snapshot, Settings settings)
    {
        if (Pairs(snapshot, settings).FirstOrDefault(pair => pair.Has(e.Link)) is not { } pair
            || pair.IsAmbiguous
            || pair.Vf?.Index != e.Link && !pair.Spares.Any(spare => spare.Index == e.Link))
            return [];

        Link vf = snapshot.Find(e.Link)!;
        Join? join = JoinOf(pair, snapshot);
        bool keptByAdministrator = settings.For(pair, join, snapshot).Join == JoinKind.None && join is null && !KernelJoins(pair, snapshot);
        bool configured = join is null && !KernelJoins(pair, snapshot) && Configured(pair, vf, snapshot) is not null;
        bool theirs = vf.Master != 0 && vf.Master != join?.Aggregate && !Pair.IsKernelPort(vf, pair.Synthetic)
            || vf.Master == 0 && !KernelJoins(pair, snapshot) && HeldByAnother(pair, join, snapshot) is not null;
        if (keptByAdministrator || configured || theirs)
            return [];
        return
        [
            ("HYPERV_VF", "1"),
            ("HYPERV_VF_SYNTHETIC", pair.Synthetic.Name),
            ("HYPERV_VF_MAC", pair.Mac.ToString()), // for the event remove, when the VF itself can no longer be asked
            ("NM_UNMANAGED", "1"), // NetworkManager
            ("ID_NET_MANAGED_BY", "unmanaged"), // systemd-networkd 255, NetworkManager 1.46
            ("AZURE_UNMANAGED_SRIOV", "1"), // 01-azure-unmanaged-sriov.network of azure-vm-utils
        ];
    }

    /// <inheritdoc/>
    public override Decision Decide(Pair pair, Event e, Snapshot snapshot, Settings settings)
    {
        Link synthetic = pair.Synthetic;
        Join? join = JoinOf(pair, snapshot);
        settings = settings.For(pair, join, snapshot);

        if (pair.IsAmbiguous)
            return new LeaveAlone($"several synthetic NICs have the address {pair.Mac} "
                + $"({List([.. pair.Rivals.Add(synthetic).OrderBy(link => link.Index)])}), so that it cannot be told which one a VF belongs to");
        // A VF that returns to a joined pair would otherwise be a second NIC with the same address.
        if (settings.Join == JoinKind.None && join is null)
            return new LeaveAlone($"{synthetic.Name} is opted out (join = \"none\")");
        if (pair.Spares.FirstOrDefault(spare => spare.Index == e.Link) is { } spare)
            return new LeaveAlone($"{spare.Name} is a further VF of {synthetic.Name}, which has {pair.Vf!.Name} already");

        IJoin way = Joins.Of(join?.Kind ?? settings.Join);
        if (join is null && e.Link == synthetic.Index && pair.Standby is null && synthetic.Master == 0
            && (!KernelJoins(pair, snapshot) || settings.Force) && way.Prepare(pair, snapshot) is { } prepare)
            return prepare;
        if (pair.Vf is not { } vf)
            return join is null ? new NotOurs($"{synthetic.Name} has no VF now") : way.Continue(pair, join, snapshot);

        if (Pair.IsKernelPort(vf, synthetic))
            return new LeaveAlone($"the kernel has joined {vf.Name} to {synthetic.Name} "
                + (pair.Standby is null ? "(transparent VF)" : "(net_failover)"));
        if (vf.Master != 0 && vf.Master != join?.Aggregate)
            return new LeaveAlone($"{vf.Name} is already a port of {Describe(vf.Master, snapshot)}, "
                + "which another program made: it stays there");
        if (pair.Standby is not null)
            return new LeaveAlone($"the kernel joins {vf.Name} to {synthetic.Name} itself (net_failover)");
        if (vf.Master != 0)
            return way.Continue(pair, join!, snapshot);

        // The VF is free. Bonding it before netvsc has it makes netvsc fail for good ("can not register netvsc VF
        // receive handler", drivers/net/hyperv/netvsc_drv.c), so netvsc always goes first, old kernels included: RHEL 7 and
        // SLES 12 have transparent VFs in theirs.
        bool netvsc = synthetic.Device?.Driver == Device.Netvsc;
        if (netvsc && !e.DelayOver)
            return new AwaitKernel($"the kernel is about to join {vf.Name} to {synthetic.Name}");

        if (join is not null)
            return way.Continue(pair, join, snapshot);
        if (HeldByAnother(pair, join, snapshot) is { } holder)
            return new LeaveAlone($"{synthetic.Name} is a port of {Describe(holder.Index, snapshot)}, which another "
                + $"program made: that program decides about {vf.Name}");
        if (netvsc && KernelJoins(pair, snapshot) && !settings.Force)
            return new Refuse($"the kernel has not joined {vf.Name} to {synthetic.Name}, though its netvsc driver joins pairs; "
                + $"{KernelReason(vf, snapshot)}; nothing was changed, and traffic stays on the synthetic NIC",
                $"remove the VF at the host and add it again, or have this program join the pair: set join = \"redirect\" and force = true {Under(synthetic, join)}, "
                + "then hyperv-vfattach scan");
        // Since 4.14 netvsc switches the host's data path only for a VF that it joined itself (netvsc_vf_changed), so the host keeps
        // delivering to the synthetic NIC, which is the inactive port of a bond. A redirect receives through the synthetic NIC.
        if (netvsc && KernelJoins(pair, snapshot) && way.MovesConfiguration)
            return new Refuse($"a bond of {synthetic.Name} and {vf.Name} would receive nothing: the kernel's netvsc driver has the host deliver "
                + "packets to a VF only if it joined that VF itself", $"set join = \"redirect\" {Under(synthetic, join)}, or remove force");

        return way.Begin(pair, vf, snapshot, settings);
    }

    private static string KernelReason(Link vf, Snapshot snapshot) =>
        snapshot.KernelReasons.Words.TryGetValue(vf.Index, out string? words) ? $"the kernel's log says: \"{words}\""
        : "the kernel's log has no reason" + (snapshot.KernelReasons.Gap is { } gap ? $" ({gap})" : "");

    /// <summary>The bond or team of another program that has the synthetic NIC as a port.</summary>
    private static Link? HeldByAnother(Pair pair, Join? join, Snapshot snapshot) =>
        pair.Synthetic.Master != join?.Aggregate && snapshot.Find(pair.Synthetic.Master) is { Kind: "bond" or "team" } holder
            ? holder : null;

    /// <inheritdoc/>
    /// <remarks>netvsc sets IFF_SLAVE on a VF that it has seen (Linux c807d6cd089d), also where the change was back-ported. An unknown kernel
    /// counts as a new one: to leave a pair alone is always safe.</remarks>
    public override bool KernelJoins(Pair pair, Snapshot snapshot) =>
        pair.Standby is not null
        || pair.Vf is { } vf && Pair.IsKernelPort(vf, pair.Synthetic)
        || pair.Synthetic.Device?.Driver == Device.Netvsc
            && (snapshot.Kernel >= TransparentSince || snapshot.Kernel.Major == 0
                || pair.Vf is { Master: 0 } free && free.Flags.HasFlag(LinkFlags.Slave));

    /// <inheritdoc/>
    public override bool KernelDidNotJoin(Pair pair, Snapshot snapshot) =>
        pair is { Vf.Master: 0, Standby: null, Synthetic.Device.Driver: Device.Netvsc } && KernelJoins(pair, snapshot);

    /// <inheritdoc/>
    protected override Decision Unpaired(Link link, Snapshot snapshot)
    {
        if (link.Type != Link.Ethernet)
            return new NotOurs($"{link.Name} is no Ethernet NIC (hardware type {link.Type})");
        if (link.Kind is not null || link.Device is null)
            return new NotOurs($"{link.Name} is a virtual interface ({link.Kind ?? "no device behind it"})");
        if (link.Device.SwitchPort is { } port)
            return new NotOurs($"{link.Name} is a port of a switch in this machine ({port}) and no VF");
        if (!link.PairAddress.IsEmpty && snapshot.DpdkSynthetics.Contains(link.PairAddress))
            return new LeaveAlone($"the synthetic NIC of {link.Name} is bound to a user-space driver (DPDK), "
                + "which joins the pair itself");
        return new NotOurs($"{link.Name} has no synthetic NIC with its address {link.PairAddress} here");
    }
}
