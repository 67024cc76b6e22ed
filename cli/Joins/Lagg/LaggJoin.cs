using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Joins;

/// <summary>The join with a failover lagg, which takes over the synthetic NIC's configuration (FreeBSD).</summary>
internal sealed class LaggJoin : AggregateJoin
{
    /// <inheritdoc/>
    public override JoinKind Kind => JoinKind.Lagg;

    /// <summary>Repairs that a join needs with or without a VF; null for none.</summary>
    public static Do? Mend(Pair pair, Join join, Snapshot snapshot)
    {
        Link hn = pair.Synthetic;
        if (OurLagg(join, snapshot) is not { } lagg)
            return null;
        // The host removed the NIC and added it again (weakness 11 of the scripts, install/freebsd/README.md). What the system has
        // configured on it since then equals the lagg's configuration; if another program took it out of the lagg for another use,
        // it has something else.
        if (hn.Master == 0 && HasOnlyWhatLaggHas(hn, lagg, snapshot))
            return new Do(LaggPlans.TakeBack(snapshot, hn, join),
                $"{hn.Name} is back: putting it into {lagg.Name} again, which cannot send otherwise without a VF");
        if (hn.Master == lagg.Index && !hn.IsUp)
            return new Do(LaggPlans.SwitchOn(hn, join),
                $"{hn.Name} is switched off: {lagg.Name} cannot send otherwise without a VF, so it is switched on");
        return null;
    }

    /// <inheritdoc/>
    public override Decision Begin(Pair pair, Link vf, Snapshot snapshot, Settings settings)
    {
        Link hn = pair.Synthetic;
        // rc.conf does not configure it, and an administrator who switched it off wants no lagg with it either.
        if (!hn.IsUp && FreeBsdFacts.Of(snapshot).RcConfOf(hn.Index) is { Fault: null, Configures: false })
            return new LeaveAlone($"{hn.Name} is switched off and rc.conf does not configure it: its pair is joined at the next "
                + "event or scan after it was switched on");

        return LaggObstacles.OfJoin(pair, vf, snapshot, settings).FirstOrDefault() is { } obstacle
            ? obstacle
            : new Do(LaggPlans.Join(snapshot, hn, vf, LaggObstacles.LaggName(hn, settings)!),
                $"joining {hn.Name} and {vf.Name} in the new failover lagg {LaggObstacles.LaggName(hn, settings)}");
    }

    /// <inheritdoc/>
    /// <remarks>The caller has tried <see cref="Mend"/> before.</remarks>
    public override Decision Continue(Pair pair, Join join, Snapshot snapshot)
    {
        Link hn = pair.Synthetic;
        if (OurLagg(join, snapshot) is not { } lagg || hn.Master != lagg.Index)
            return TakenApart(pair, join);
        if (pair.Vf is not { } vf)
            return new LeaveAlone($"{hn.Name} is joined in {lagg.Name}; its VF is away now");
        if (vf.Master == lagg.Index)
            return vf.IsUp
                ? new LeaveAlone($"{vf.Name} and {hn.Name} are already joined in {lagg.Name}")
                : new Do(LaggPlans.SwitchOn(vf, join), $"{vf.Name} is a port of {lagg.Name} and switched off: switching it on");
        return LaggObstacles.OfVf(pair, vf, snapshot).Concat(LaggObstacles.TooManyPorts(lagg, snapshot)).FirstOrDefault() is { } inUse
            ? inUse
            : new Do(LaggPlans.AddPort(snapshot, vf, join), $"{vf.Name} is back: putting it into {lagg.Name} beside {hn.Name}");
    }

    /// <inheritdoc/>
    protected override Plan Detach(Snapshot snapshot, Link synthetic, Link aggregate, Join join) =>
        LaggPlans.Detach(snapshot, synthetic, aggregate, join);

    private static Link? OurLagg(Join join, Snapshot snapshot) =>
        snapshot.Find(join.Aggregate) is { Kind: "lagg", Bond.Mode: LaggObstacles.Failover } lagg ? lagg : null;

    private static bool HasOnlyWhatLaggHas(Link hn, Link lagg, Snapshot snapshot) => snapshot.Addresses
        .Where(address => address.Link == hn.Index && !address.Local.IsIPv6LinkLocal)
        .All(address => snapshot.Addresses.Any(other => other.Link == lagg.Index && other.Local.Equals(address.Local)));
}
