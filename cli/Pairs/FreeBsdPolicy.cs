using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;
using static HypervVfattach.Core.PairObstacles;
using static HypervVfattach.Core.PolicyWords;

namespace HypervVfattach.Pairs;

/// <summary>FreeBSD: hn(4) knows its VFs. Where the stock scripts hyperv_vfattach and hyperv_vfup have a rule, it is theirs.</summary>
/// <remarks>The kernel joins a pair at once or never, so the delay decides nothing.</remarks>
internal sealed class FreeBsdPolicy : Policy
{
    private static readonly ImmutableArray<string> s_drivers = ["hn"];

    /// <inheritdoc/>
    public override JoinModules Joins { get; } = new(new LaggJoin());

    /// <inheritdoc/>
    /// <remarks>hn(4) itself matches the addresses and takes one VF of several, so its own list decides (hw.hn.vfmap).</remarks>
    public override ImmutableArray<Pair> Pairs(Snapshot snapshot, Settings settings) =>
        [.. snapshot.Links
            .Where(link => Pair.IsSynthetic(link, s_drivers))
            .OrderBy(link => link.Index)
            .Select(hn => new Pair(hn, FreeBsdFacts.Of(snapshot).VfOf(hn.Name) is { } vf ? snapshot.Find(vf) : null))];

    /// <inheritdoc/>
    public override Decision Decide(Pair pair, Event e, Snapshot snapshot, Settings settings)
    {
        FreeBsdFacts facts = FreeBsdFacts.Of(snapshot);
        Link hn = pair.Synthetic;
        Join? join = JoinOf(pair, snapshot);
        settings = settings.For(pair, join, snapshot);

        if (facts.VfTransparent is { } transparent and not 0)
            return pair.Vf is null
                ? new NotOurs($"{hn.Name} has no VF now")
                : new LeaveAlone($"the kernel joins {pair.Vf.Name} to {hn.Name} itself (hw.hn.vf_transparent={transparent})");
        if (settings.Join == JoinKind.None && join is null)
            return new LeaveAlone($"{hn.Name} is opted out (join = \"none\")");

        IJoin lagg = Joins.Of(JoinKind.Lagg);
        // Before all the rest: what the join needs to stay whole.
        if (join is not null && LaggJoin.Mend(pair, join, snapshot) is { } mend)
            return mend;
        if (pair.Vf is not { } vf)
            return join is null ? new NotOurs($"{hn.Name} has no VF now") : lagg.Continue(pair, join, snapshot);

        // Upstream's attach action on a kernel of before it. Its VF_UP action asks dev.hn.N.vf instead.
        if (facts.VfList is null && e.Link == vf.Index)
            return new LeaveAlone($"this kernel does not list VFs (hw.hn.vflist): {vf.Name} is joined when a program switches it on");
        if (vf.Master != 0 && vf.Master != join?.Aggregate)
            return new LeaveAlone($"{vf.Name} is already a port of {NameOf(vf.Master, snapshot)}, which another program made: "
                + "it stays there");
        if (hn.Master != 0 && hn.Master != join?.Aggregate)
            return TheirLagg(hn, vf, snapshot);
        return join is null ? lagg.Begin(pair, vf, snapshot, settings) : lagg.Continue(pair, join, snapshot);
    }

    /// <inheritdoc/>
    public override bool HasKernelJoined(Pair pair, Snapshot snapshot) =>
        pair.Vf is not null && FreeBsdFacts.Of(snapshot).VfTransparent is not (null or 0);

    /// <inheritdoc/>
    protected override Decision Unpaired(Link link, Snapshot snapshot) => new NotOurs(link.Kind is { } kind
        ? $"{link.Name} is a virtual interface ({kind})"
        : $"{link.Name} is neither an hn(4) NIC nor the VF of one");

    // A failover lagg with this very name may be the one of upstream's script. To take it over would need to know what
    // the NIC had before, which is not recorded.
    private static Refuse TheirLagg(Link hn, Link vf, Snapshot snapshot) => new(
        $"{hn.Name} is a port of {NameOf(hn.Master, snapshot)}, which hyperv-vfattach did not make"
            + (snapshot.Find(hn.Master) is { } master ? $" ({LaggObstacles.Describe(master, snapshot)})" : "")
            + $": the program that made it decides about {vf.Name}",
        $"add {vf.Name} there by hand, or destroy it and configure {hn.Name}, then run hyperv-vfattach {vf.Name}");
}
