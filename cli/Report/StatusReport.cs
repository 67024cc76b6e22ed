using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;
using HypervVfattach.Pairs;

namespace HypervVfattach.Report;

/// <summary>How a pair is joined.</summary>
internal enum PairState
{
    /// <summary>Joined by the kernel: netvsc's transparent VF, or net_failover.</summary>
    Transparent,

    /// <summary>Joined by this program, in the way of <see cref="PairStatus.Join"/>.</summary>
    Joined,

    /// <summary>There is nothing to join: the synthetic NIC has no VF.</summary>
    NoVf,

    /// <summary>The same, but there is a PCI NIC without a driver, which may be its VF.</summary>
    NoDriver,

    /// <summary>Not joined: traffic goes through the synthetic NIC only.</summary>
    NotJoined,

    /// <summary>In a bond, team or bridge of another program.</summary>
    OtherProgram,

    /// <summary>Joined by this program and then taken apart by another one.</summary>
    TakenApart,

    /// <summary>A run of this program was interrupted: <c>scan</c> or the next event finishes or undoes it.</summary>
    Unfinished,

    /// <summary>Unknown: the journal is damaged.</summary>
    Damaged,
}

/// <summary>The interface through which a pair's traffic leaves.</summary>
internal enum Carrier
{
    Nothing,
    Synthetic,
    Vf,

    /// <summary>Unknown: only root may read a redirect's map.</summary>
    Unknown,
}

/// <summary>The content of a pair's journal, as far as status shows it.</summary>
/// <param name="State">none, joined, unfinished, damaged or unreadable.</param>
/// <param name="Detail">The progress of an unfinished plan, or the error of a damaged file; else null.</param>
internal sealed record JournalStatus(string State, string? Detail = null)
{
    /// <summary>There is no journal.</summary>
    public static readonly JournalStatus None = new("none");

    /// <summary>The journal of a finished join.</summary>
    public static readonly JournalStatus Joined = new("joined");

    /// <summary>A journal that only root may read.</summary>
    public static readonly JournalStatus Unreadable = new("unreadable");
}

/// <summary>One interface of a pair.</summary>
internal sealed record PortStatus(string Name, int Index, string? Driver, ulong ReceivedPackets, ulong SentPackets)
{
    /// <summary>The status of an interface.</summary>
    public static PortStatus Of(Link link) =>
        new(link.Name, link.Index, link.Device?.Driver, link.ReceivedPackets, link.SentPackets);

    /// <summary>The status of a synthetic NIC, with what went through itself only.</summary>
    public static PortStatus OfSynthetic(Pair pair) => PathTraffic.Of(pair.Synthetic) is { Own: var own }
        ? Of(pair.Synthetic) with { ReceivedPackets = own.Received, SentPackets = own.Sent }
        // net_failover's own counters are those of both its ports.
        : pair.Standby is { } standby
            ? Of(pair.Synthetic) with { ReceivedPackets = standby.ReceivedPackets, SentPackets = standby.SentPackets } : Of(pair.Synthetic);
}

/// <summary>One pair as it is now.</summary>
internal sealed record PairStatus
{
    public required HardwareAddress Mac { get; init; }
    public required PortStatus Synthetic { get; init; }

    /// <summary>Null while the VF is away.</summary>
    public PortStatus? Vf { get; init; }
    public required PairState State { get; init; }

    /// <summary>The way of our join; null if we did not join the pair.</summary>
    public IJoin? Join { get; init; }

    /// <summary>Name of the bond, team or bridge, of any program, or null.</summary>
    public string? Aggregate { get; init; }
    public required Carrier Carrier { get; init; }

    /// <summary>Whether nothing is sent or received now, so that <see cref="Carrier"/> is the path that was used last.</summary>
    public bool IsIdle { get; init; }
    public required uint Mtu { get; init; }

    /// <summary>Addresses on the VF except link-local ones, given by a program that took it for an ordinary NIC.</summary>
    public ImmutableArray<string> VfAddresses { get; init; } = [];
    /// <summary>The programs that configure the synthetic NIC, or the aggregate instead.</summary>
    public ImmutableArray<Owner> Owners { get; init; } = [];
    public required JournalStatus Journal { get; init; }

    /// <summary>The reason for the state, or the obstacle to a join; a sentence without full stop.</summary>
    public string? Note { get; init; }
}

/// <summary>A VF without a synthetic NIC: when it leaves, nothing takes over.</summary>
internal sealed record LoneVf(HardwareAddress Mac, PortStatus Vf);

/// <summary>The present pairs of a host, for the three output formats.</summary>
internal static class StatusReport
{
    /// <summary>The status of all pairs.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="snapshot">The host: links, addresses and owners, and of the pairs that are not joined everything.</param>
    /// <param name="journals">The journals' status by pair; pairs without a journal may be missing.</param>
    /// <param name="policy">The rules of the system.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="paths">The use of the paths of pairs that the kernel joined, by the index of the synthetic NIC; some may be missing.</param>
    /// <param name="failure">The failure for which the timer leaves a pair with its VF alone; null if it does not.</param>
    public static ImmutableArray<PairStatus> Of(
        IEnumerable<Pair> pairs, Snapshot snapshot, IReadOnlyDictionary<string, JournalStatus> journals, Policy policy, Settings settings,
        IReadOnlyDictionary<int, PathUse> paths, Func<Pair, string?> failure) =>
        [.. pairs.Select(pair => Of(
            pair, snapshot, journals.GetValueOrDefault(pair.Mac.ToString(), JournalStatus.None), policy, settings,
            paths.TryGetValue(pair.Synthetic.Index, out PathUse use) ? use : null, failure(pair)))];

    /// <summary>The VFs that Hyper-V passes through without a synthetic NIC of their address, as on some sizes with MANA.</summary>
    public static ImmutableArray<LoneVf> LoneVfs(IReadOnlyCollection<Pair> pairs, Snapshot snapshot) =>
        [.. snapshot.Links.Where(link => link.Device is { IsFromHyperV: true } && Pair.IsEthernetNic(link) && !pairs.Any(pair => pair.Has(link.Index)))
            .Select(link => new LoneVf(link.PairAddress, PortStatus.Of(link)))];

    private static PairStatus Of(
        Pair pair, Snapshot snapshot, JournalStatus journal, Policy policy, Settings settings, PathUse? use, string? failure)
    {
        Decision decision = policy.Decide(pair, delayOver: true, snapshot, settings);
        Join? join = PairObstacles.JoinOf(pair, snapshot);
        Link? master = Master(pair, snapshot);
        IJoin? way = WayOf(pair, join, journal, snapshot, policy.Joins);
        PairState state = StateOf(pair, join, way, master, journal, snapshot);
        IJoin? joined = state == PairState.Joined ? way : null;
        return new PairStatus
        {
            Mac = pair.Mac,
            Synthetic = PortStatus.OfSynthetic(pair),
            Vf = pair.Vf is null ? null : PortStatus.Of(pair.Vf),
            State = state,
            Join = joined,
            Aggregate = master?.Name,
            Carrier = state == PairState.Transparent && use is { } used ? CarrierOf(pair, used)
                : joined is null ? CarrierOf(pair, master) : CarrierOf(pair, joined.ActivePath(pair, snapshot)),
            IsIdle = state == PairState.Transparent && use is { IsIdle: true },
            Mtu = (master ?? pair.Synthetic).Mtu,
            VfAddresses = [.. snapshot.Addresses
                .Where(address => address.Link == pair.Vf?.Index && !address.Local.IsIPv6LinkLocal)
                .Select(ObjectText.Of)],
            Owners = [.. snapshot.Owners.Where(owner => owner.Link == Configured(pair, join))],
            Journal = journal,
            Note = decision switch
            {
                // A half-finished join of ours looks like a foreign bond.
                _ when journal.Detail is not null => null,
                _ when journal == JournalStatus.Unreadable => "only root may read the journal, which tells whether the join is complete",
                // Everything is right, and the other fields show it.
                NotOurs or LeaveAlone when state is PairState.Transparent or PairState.Joined =>
                    WhyNoVf(pair, snapshot) ?? WhyNotVf(pair, state, use) ?? (state == PairState.Transparent && master is not null ? Above(pair, master) : null),
                NotOurs or Do when state is PairState.NoVf or PairState.NoDriver => WhyNoVf(pair, snapshot),
                Do when failure is not null =>
                    $"{failure}; the timer leaves the pair alone until its VF comes again or you run hyperv-vfattach scan",
                Do => "not joined yet: the next event or scan joins it",
                Refuse refuse => $"{refuse.Reason}; {refuse.Advice}",
                _ => decision.Reason,
            },
        };
    }

    /// <summary>A possible reason why a pair has no VF: a NIC with the pair's address that is not a VF, or PCI NICs without an
    /// interface, whose address the kernel does not know.</summary>
    private static string? WhyNoVf(Pair pair, Snapshot snapshot)
    {
        if (pair.Vf is not null)
            return null;
        if (snapshot.Links.FirstOrDefault(link => link.Device?.SwitchPort is not null && link.PairAddress == pair.Mac) is { } port)
            return $"{port.Name} has the address {pair.Mac}, but is a port of a switch in this machine ({port.Device!.SwitchPort}) and no VF";
        return snapshot.IdleNics.IsEmpty ? null : string.Join("; ", snapshot.IdleNics.Select(nic => Describe(nic, pair.Synthetic.Name)));
    }

    private static string Describe(IdleNic nic, string synthetic)
    {
        string who = $"the PCI NIC {nic.Slot} ({nic.Id}), which may be the VF of {synthetic},";
        return nic switch
        {
            { Driver: { } driver } => $"{who} has the driver {driver}, but no interface here: see dmesg for the driver's reason",
            { Module: { } module, HasModule: true } => $"{who} has no driver: load the module {module} (modprobe {module}), and look why that was not "
                + "done at boot (blacklist in /etc/modprobe.d, initramfs)",
            { Module: { } module } => $"{who} has no driver, and this kernel lacks the module {module}: install the package that has it (such as "
                + "linux-modules-extra)",
            _ => $"{who} has no driver, and this kernel has no module for it",
        };
    }

    // Only after the host has switched the data path does it deliver packets to the VF, and does hv_netvsc send them there.
    private static string? WhyNotVf(Pair pair, PairState state, PathUse? use) => (use?.Sent, use?.Received, use?.Active) switch
    {
        // netvsc_vf_changed looks at IFF_UP only.
        _ when state == PairState.Transparent && pair is { Standby: null, Vf: { IsUp: true, Carrier: false } vf } =>
            $"{vf.Name} has no carrier, and hv_netvsc goes on sending through it: to send through {pair.Synthetic.Name} meanwhile, set {vf.Name} down",
        (UsedPath.Vf, UsedPath.Synthetic, _) =>
            $"packets are sent through {pair.Vf!.Name} but received through {pair.Synthetic.Name}: the host has not switched the data path to "
            + $"the VF, or the kernel did not ask again after a change of the MTU; to make it ask, set {pair.Vf.Name} down and up",
        (_, _, UsedPath.Synthetic) =>
            $"the kernel has joined {pair.Vf!.Name}, but the traffic goes through {pair.Synthetic.Name}: the host has not switched the data path "
            + $"to the VF (dmesg then has no line \"Data path switched to VF: {pair.Vf.Name}\")",
        _ => null,
    };

    private static string Above(Pair pair, Link master) =>
        $"{pair.Synthetic.Name} is a port of {master.Name}, which another program made; the kernel joins the pair below it, so that {master.Name} is not needed";

    /// <summary>Index of the interface that has a pair's configuration.</summary>
    public static int Configured(Pair pair, Join? join) =>
        join is not null && pair.Synthetic.Master == join.Aggregate ? join.Aggregate : pair.Synthetic.Index;

    // The synthetic NIC's master, or the VF's if only that has one. netvsc, which is its VF's master, is no aggregate.
    private static Link? Master(Pair pair, Snapshot snapshot) =>
        pair.Synthetic.Master != 0 ? snapshot.Find(pair.Synthetic.Master)
        : pair.Vf is { } vf && vf.Master != pair.Synthetic.Index ? snapshot.Find(vf.Master)
        : null;

    // Only a joined pair, or one with a run in progress, has a journal.
    private static IJoin? WayOf(Pair pair, Join? join, JournalStatus journal, Snapshot snapshot, JoinModules joins) =>
        join is not null ? joins.Of(join.Kind)
        : journal == JournalStatus.Unreadable ? joins.Seen(pair, snapshot) : null;

    private static PairState StateOf(
        Pair pair, Join? join, IJoin? way, Link? master, JournalStatus journal, Snapshot snapshot) =>
        journal.State == "damaged" ? PairState.Damaged
        : journal.State == "unfinished" ? PairState.Unfinished
        : pair.Standby is not null || pair.Vf is { } vf && Pair.IsKernelPort(vf, pair.Synthetic) ? PairState.Transparent
        : way is not null ? join is null || way.IsIntact(pair, join, snapshot) ? PairState.Joined : PairState.TakenApart
        : master is not null ? PairState.OtherProgram
        : pair.Vf is null ? snapshot.IdleNics.Any(nic => nic.Driver is null) ? PairState.NoDriver : PairState.NoVf
        : PairState.NotJoined;

    private static Carrier CarrierOf(Pair pair, int? path) =>
        path is not { } index ? Carrier.Unknown
        : index == 0 ? Carrier.Nothing
        : index == pair.Vf?.Index ? Carrier.Vf : Carrier.Synthetic;

    private static Carrier CarrierOf(Pair pair, PathUse use) => use.Active switch
    {
        UsedPath.Vf => Carrier.Vf,
        UsedPath.Synthetic => Carrier.Synthetic,
        _ => pair.Synthetic is { IsUp: true, Carrier: true } ? Carrier.Unknown : Carrier.Nothing,
    };

    private static Carrier CarrierOf(Pair pair, Link? master)
    {
        if (master?.Bond is { } bond)
            return CarrierOf(pair, bond.ActivePort);
        // Both kernel drivers use a VF that is up and has a carrier (netvsc_xmit, net_failover_xmit).
        Link synthetic = pair.Standby ?? pair.Synthetic;
        if (pair.Vf is { Carrier: true, IsUp: true } vf && Pair.IsKernelPort(vf, pair.Synthetic))
            return Carrier.Vf;
        return synthetic is { IsUp: true, Carrier: true } ? Carrier.Synthetic : Carrier.Nothing;
    }
}
