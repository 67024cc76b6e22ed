using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;
using HypervVfattach.Pairs;

namespace HypervVfattach.Report;

/// <summary>What a report is made from.</summary>
/// <param name="host">The host: links, addresses and owners, and of the pairs that are not joined everything.</param>
/// <param name="journals">The journals' status by pair; pairs without a journal may be missing.</param>
/// <param name="policy">The rules of the system.</param>
/// <param name="settings">The settings.</param>
/// <param name="samples">What passes through the paths of pairs, by the index of the synthetic NIC; some may be missing.</param>
/// <param name="facts">What the driver of a NIC tells of it.</param>
/// <param name="failure">The failure for which the timer leaves a pair with its VF alone; null if it does not.</param>
/// <param name="history">What happened to a pair until now; null if nothing is recorded or the record cannot be read.</param>
/// <param name="path">The state of a pair's path check; null if it does not run.</param>
internal sealed class StatusSources(
    Snapshot host, IReadOnlyDictionary<string, JournalStatus> journals, Policy policy, Settings settings,
    IReadOnlyDictionary<int, PathSample> samples, Func<Link, NicFacts> facts, Func<Pair, string?> failure,
    Func<Pair, PairHistory?> history, Func<Pair, string?> path)
{
    public Snapshot Host => host;
    public IReadOnlyDictionary<string, JournalStatus> Journals => journals;
    public Policy Policy => policy;
    public Settings Settings => settings;
    public IReadOnlyDictionary<int, PathSample> Samples => samples;
    public Func<Link, NicFacts> Facts => facts;
    public Func<Pair, string?> Failure => failure;
    public Func<Pair, PairHistory?> History => history;
    public Func<Pair, string?> Path => path;
}

/// <summary>The present pairs of a host, for the three output formats.</summary>
internal static class StatusReport
{
    /// <summary>The status of pairs.</summary>
    public static ImmutableArray<PairStatus> Of(IEnumerable<Pair> pairs, StatusSources sources) =>
        [.. pairs.Select(pair => Of(pair, sources))];

    /// <summary>The VFs that Hyper-V passes through without a synthetic NIC of their address, as on some sizes with MANA.</summary>
    public static ImmutableArray<LoneVf> LoneVfs(IReadOnlyCollection<Pair> pairs, StatusSources sources) =>
        [.. sources.Host.Links.Where(link => link.Device is { IsFromHyperV: true } && Pair.IsEthernetNic(link) && !pairs.Any(pair => pair.Has(link.Index)))
            .Select(link => new LoneVf(link.PairAddress, Port(link, new VfTraffic(link.ReceivedPackets, link.SentPackets), sources)))];

    private static PairStatus Of(Pair pair, StatusSources sources)
    {
        Snapshot host = sources.Host;
        Join? join = PairObstacles.JoinOf(pair, host);
        JournalStatus journal = sources.Journals.GetValueOrDefault(pair.Mac.ToString(), JournalStatus.None);
        PathSample? sample = sources.Samples.GetValueOrDefault(pair.Synthetic.Index);
        Link? master = Master(pair, host);
        IJoin? way = WayOf(pair, join, journal, host, sources.Policy.Joins);
        bool isKernels = sources.Policy.HasKernelJoined(pair, host);
        PairState state = journal.State == "unfinished" ? PairState.Unfinished : journal.State == "damaged" ? PairState.Damaged
            : isKernels ? PairState.Transparent : StateOf(pair, join, way, master, host);
        IJoin? joined = state == PairState.Joined ? way : null;
        PathUse? use = state == PairState.Transparent ? sample?.Use : null;
        PathTraffic all = PathTraffic.Of(pair);
        bool isSampled = sample is { Passed: var passed } && passed.VfPackets + passed.OwnPackets > 0;
        // netvsc sends nothing through a VF that is switched off (netvsc_vf_changed).
        Carrier carrier = use is { IsIdle: true } && pair.Vf is { IsUp: false } ? Carrier.Synthetic : use is { } used ? CarrierOf(pair, used)
            : joined is null ? CarrierOf(pair, master, isKernels) : CarrierOf(pair, joined.ActivePath(pair, host));
        // Also a bond of ours whose run was interrupted.
        bool isPort = master is not null && pair.Synthetic.Master == master.Index;
        bool isJoined = state == PairState.Transparent
            || pair.Vf is { } vf && (isPort && vf.Master == master!.Index || joined is { MovesConfiguration: false });
        bool isByKernel = isKernels || sources.Policy.KernelJoins(pair, host);
        return new PairStatus
        {
            Mac = pair.Mac,
            Synthetic = Port(pair.Standby is { } standby ? pair.Synthetic with { Carrier = standby.Carrier } : pair.Synthetic, all.Own, sources),
            Vf = pair.Vf is null ? null : Port(pair.Vf, new VfTraffic(pair.Vf.ReceivedPackets, pair.Vf.SentPackets), sources),
            State = state,
            Idle = pair.Vf is null ? host.IdleNics.FirstOrDefault(IsUndriven) ?? host.IdleNics.FirstOrDefault(nic => !nic.IsForUserSpace) : null,
            IsKernels = isByKernel,
            Join = joined,
            Aggregate = master?.Name,
            Interface = isPort && state != PairState.Transparent && joined?.MovesConfiguration != false ? master! : pair.Synthetic,
            IsJoined = isJoined,
            Carrier = carrier,
            IsIdle = use is { IsIdle: true },
            IsSplit = use is { Sent: UsedPath.Vf, Received: UsedPath.Synthetic } or { Sent: UsedPath.Synthetic, Received: UsedPath.Vf },
            IsOptedOut = state == PairState.NotJoined && !sources.Policy.KernelDidNotJoin(pair, host)
                && sources.Settings.For(pair, join, host).Join == JoinKind.None,
            Packets = isSampled ? sample!.Passed : all,
            Sampled = isSampled ? sample!.Time : null,
            Mtu = (master ?? pair.Synthetic).Mtu,
            VfAddresses = [.. host.Addresses
                .Where(address => address.Link == pair.Vf?.Index && !PairObstacles.IsLinkLocal(address))
                .Select(ObjectText.Of)],
            Owners = [.. host.Owners.Where(owner => owner.Link == Configured(pair, join))],
            Journal = journal,
            Note = new StatusNotes(pair, host, state, master, carrier, use, isJoined, isByKernel).Of(
                sources.Policy.Decide(pair, delayOver: true, host, sources.Settings), journal, sources.Failure(pair),
                PathOf(pair, join, sources), sources.Settings.ObserveOnly),
            History = sources.History(pair),
        };
    }

    // A service that was stopped says nothing.
    private static string? PathOf(Pair pair, Join? join, StatusSources sources) =>
        join is null || pair.Vf is null || !sources.Settings.For(pair, join, sources.Host).PathCheck.IsOn ? null
            : sources.Path(pair) ?? $"path check: it does not run: see systemctl status hyperv-vfattach-path@{pair.Mac}";

    private static bool IsUndriven(IdleNic nic) => nic.Driver is null;

    private static PortStatus Port(Link link, VfTraffic packets, StatusSources sources) => new(link, sources.Facts(link), packets);

    /// <summary>Of a pair without a VF, on a host other than Hyper-V: a VF with an address of its own that nothing uses, since it is off.</summary>
    public static Link? VfOfAnotherAddress(Pair pair, Snapshot host) => pair is not { Vf: null, Synthetic.Device: not { IsHyperVSynthetic: true } } ? null
        : host.Links.FirstOrDefault(link => link is { Master: 0, IsUp: false, Device: { IsOnlyForVfs: true, IsFromHyperV: false } }
            && !host.Links.Any(other => other.Index != link.Index && other.PairAddress == link.PairAddress));

    /// <summary>Index of the interface that has a pair's configuration.</summary>
    public static int Configured(Pair pair, Join? join) =>
        join is { Aggregate: not 0 } && pair.Synthetic.Master == join.Aggregate ? join.Aggregate : pair.Synthetic.Index;

    // The synthetic NIC's master, or the VF's if only that has one. netvsc, which is its VF's master, is no aggregate.
    private static Link? Master(Pair pair, Snapshot snapshot) =>
        pair.Synthetic.Master != 0 ? snapshot.Find(pair.Synthetic.Master)
        : pair.Vf is { } vf && vf.Master != pair.Synthetic.Index ? snapshot.Find(vf.Master)
        : null;

    // Only a joined pair, or one with a run in progress, has a journal.
    private static IJoin? WayOf(Pair pair, Join? join, JournalStatus journal, Snapshot snapshot, JoinModules joins) =>
        join is not null ? joins.Of(join.Kind)
        : journal == JournalStatus.Unreadable ? joins.Seen(pair, snapshot) : null;

    private static PairState StateOf(Pair pair, Join? join, IJoin? way, Link? master, Snapshot snapshot) =>
        way is not null ? join is null || way.IsIntact(pair, join, snapshot) ? PairState.Joined : PairState.TakenApart
        : master is not null ? PairState.OtherProgram
        : pair.Vf is null ? snapshot.IdleNics.Any(IsUndriven) ? PairState.NoDriver : PairState.NoVf
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

    private static Carrier CarrierOf(Pair pair, Link? master, bool isKernels)
    {
        if (master?.Bond is { } bond && (pair.Synthetic.Master == master.Index || bond.ActivePort == pair.Vf?.Index))
            // Only active-backup has an active port; a bond of another mode uses all.
            return bond.ActivePort == 0 && master.Carrier ? Carrier.Unknown : CarrierOf(pair, bond.ActivePort);
        // Which of its ports a team or a bridge uses is not shown.
        if (pair.Synthetic.Master != 0 && pair.Vf?.Master == pair.Synthetic.Master)
            return Carrier.Unknown;
        // net_failover uses a VF that is up and has a carrier (net_failover_xmit). hv_netvsc does not look at the carrier (netvsc_xmit).
        Link synthetic = pair.Standby ?? pair.Synthetic;
        if (isKernels && pair.Vf is { IsUp: true } vf && (vf.Carrier || pair.Standby is null))
            return Carrier.Vf;
        return synthetic is { IsUp: true, Carrier: true } ? Carrier.Synthetic : Carrier.Nothing;
    }
}
