using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;
using static HypervVfattach.Core.PolicyWords;

namespace HypervVfattach.Pairs;

/// <summary>What is done about an event on FreeBSD: the decision table, a case a rule, safest first. The
/// rules are upstream's (hyperv_vfattach, hyperv_vfup) where it has one.</summary>
/// <remarks>The kernel joins no pair after a while, as netvsc does on Linux, so the delay decides nothing.</remarks>
internal static class FreeBsdPolicy
{
    /// <summary>What is to be done about one interface.</summary>
    public static Decision Decide(Event e, Snapshot snapshot, Settings settings)
    {
        Link? link = snapshot.Find(e.Link);
        if (link is null)
            return new NotOurs($"interface {e.Link} is gone");
        if (link.Kind is { } kind)
            return new NotOurs($"{link.Name} is a virtual interface ({kind})");
        return Pairing.Find(snapshot, settings.SyntheticDrivers).FirstOrDefault(pair => pair.Has(link.Index)) is { } pair
            ? Decide(pair, e, snapshot, settings)
            : new NotOurs($"{link.Name} is neither an hn(4) NIC nor the VF of one");
    }

    /// <summary>What is to be done about a pair.</summary>
    public static Decision Decide(Pair pair, Event e, Snapshot snapshot, Settings settings)
    {
        FreeBsdFacts facts = snapshot.FreeBsd!;
        Link hn = pair.Synthetic;
        Join? join = snapshot.Joins.FirstOrDefault(pair.IsOf);
        settings = settings.For(pair, join, snapshot);

        if (facts.VfTransparent is { } transparent and not 0)
            return pair.Vf is null
                ? new NotOurs($"{hn.Name} has no VF now")
                : new LeaveAlone($"the kernel joins {pair.Vf.Name} to {hn.Name} itself (hw.hn.vf_transparent={transparent})");
        if (settings.Join == JoinKind.None && join is null)
            return new LeaveAlone($"{hn.Name} is opted out (join = \"none\")");

        IJoin lagg = JoinModules.Of(JoinKind.Lagg);
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

    // A failover lagg with this very name may be the one of upstream's script. To take it over would need to know what
    // the NIC had before, which is not recorded.
    private static Refuse TheirLagg(Link hn, Link vf, Snapshot snapshot) => new(
        $"{hn.Name} is a port of {NameOf(hn.Master, snapshot)}, which hyperv-vfattach did not make"
            + (snapshot.Find(hn.Master) is { } master ? $" ({LaggObstacles.Describe(master, snapshot)})" : "")
            + $": the program that made it decides about {vf.Name}",
        $"add {vf.Name} there by hand, or destroy it and configure {hn.Name}, then run hyperv-vfattach {vf.Name}");
}
