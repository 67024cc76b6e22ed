using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.HandOver;
using static HypervVfattach.Core.PairObstacles;
using static HypervVfattach.Core.PolicyWords;

namespace HypervVfattach.Joins;

/// <summary>The join with an active-backup bond, which takes over the synthetic NIC's configuration (Linux).</summary>
internal sealed class BondJoin : AggregateJoin
{
    /// <inheritdoc/>
    public override JoinKind Kind => JoinKind.Bond;

    /// <inheritdoc/>
    public override Decision Begin(Pair pair, Link vf, Snapshot snapshot, Settings settings)
    {
        Link synthetic = pair.Synthetic;
        // A NIC that is down has nothing to lose. But it is down because the administrator wants that or, at boot, because its
        // owner has not configured it yet, and would then configure a port of a bond.
        if (!synthetic.IsUp)
            return new LeaveAlone($"{synthetic.Name} is switched off: its pair is joined at the next event or scan after "
                + "it was switched on");

        InterfaceOwners owners = InterfaceOwners.Of(snapshot, synthetic);
        settings = settings with { TakeName = settings.TakeName || owners.NeedsName };
        return BondObstacles.OfJoin(pair, vf, snapshot, settings).FirstOrDefault() is { } obstacle
            ? obstacle
            : new Do(WithUnread(BondPlans.Join(snapshot, synthetic, vf, settings), snapshot),
                $"joining {synthetic.Name} and {vf.Name} in the new bond "
                + settings.AggregateNameFor(synthetic.Name) + (settings.TakeName ? $", which becomes {synthetic.Name}" : "")
                + (owners.Any ? $"; its owner is handed over: {owners.Description}" : ""));
    }

    /// <inheritdoc/>
    public override Decision Continue(Pair pair, Join join, Snapshot snapshot)
    {
        Link synthetic = pair.Synthetic;
        if (!IsIntact(pair, join, snapshot))
            return Resume(pair, join, snapshot);
        string bond = NameOf(join.Aggregate, snapshot);
        if (pair.Vf is not { } vf)
            return new LeaveAlone($"{synthetic.Name} is joined in {bond}; its VF is away now");
        if (vf.Master != 0)
            return new LeaveAlone($"{vf.Name} and {synthetic.Name} are already joined in {bond}");
        return (PairObstacles.OfAddresses(pair) ?? PairObstacles.OfVf(pair, vf, snapshot).FirstOrDefault()) is { } inUse
            ? inUse
            : new Do(BondPlans.AddPort(snapshot, synthetic, vf, snapshot.Find(join.Aggregate)!, join),
                $"{vf.Name} is back: putting it into {bond} beside {synthetic.Name}");
    }

    /// <inheritdoc/>
    public override Refuse? DetachObstacle(Snapshot snapshot, Join join, Plan? plan) => BondObstacles.OfDetach(snapshot, join, plan);

    /// <inheritdoc/>
    protected override Plan Detach(Snapshot snapshot, Link synthetic, Link aggregate, Join join) =>
        BondPlans.Detach(snapshot, synthetic, aggregate, join);

    /// <summary>Repairs a join that is not intact. An owner that also manages the ports removes the synthetic NIC from the bond
    /// when a person activates its profile, without knowledge of the pair. Or the host removed the NIC and added it
    /// again.</summary>
    private Decision Resume(Pair pair, Join join, Snapshot snapshot)
    {
        Link synthetic = pair.Synthetic;
        Link? bond = snapshot.Find(join.Aggregate) is { Kind: "bond" } ours ? ours : null;
        InterfaceOwners? holder = bond is not null && InterfaceOwners.Of(snapshot, bond) is { GoAlong: true, HoldsPorts: true } it ? it : null;
        if (bond is not null && synthetic.Index != join.JoinedWith && snapshot.Find(join.JoinedWith) is null)
            return Returned(synthetic, bond, holder, join, snapshot);
        if (synthetic.Index != join.Synthetic || synthetic.Master != 0)
            return TakenApart(pair, join);
        if (holder is not null)
            return new Do(BondPlans.TakeAgain(snapshot, synthetic, bond!, join),
                $"{holder.Name} has taken {synthetic.Name} out of {bond!.Name}: it is made a port again");
        // The bond still has the configuration: a manager of ports took the NIC by itself, under the name that it has behind its bond.
        if (bond is not null && HasMore(bond, synthetic, snapshot))
            return InterfaceOwners.IsUninvited(snapshot, synthetic)
                ? new Do(BondPlans.TakeBack(snapshot, synthetic, bond, join),
                    $"another program has taken {synthetic.Name} out of {bond.Name}: putting it back")
                : TakenApart(pair, join);
        return InterfaceOwners.Of(snapshot, synthetic) is { GoAlong: true, HoldsPorts: true } owner
            ? new Do(BondPlans.ClearAway(snapshot, pair.Vf, join), $"{owner.Name} configures {synthetic.Name} itself again: what "
                + $"is left of {join.AggregateName} is removed, so that the pair can be joined again")
            : TakenApart(pair, join);
    }

    // The host removed the NIC and added it again, as another interface.
    private static Decision Returned(Link synthetic, Link bond, InterfaceOwners? holder, Join join, Snapshot snapshot)
    {
        if (synthetic.Master == bond.Index || holder is null && synthetic.Master == 0 && !IsUsed(synthetic, snapshot))
            return new Do(BondPlans.TakeBack(snapshot, synthetic, bond, join),
                $"{synthetic.Name} is back: putting it into {bond.Name} again, which cannot send otherwise without a VF");
        if (holder is not null && synthetic.Master == 0 && Uppers(synthetic, snapshot).Length == 0)
            return new Do(BondPlans.TakeAgain(snapshot, synthetic, bond, join),
                $"{synthetic.Name} is back: {holder.Name} puts it into {bond.Name} again, which cannot send otherwise without a VF");
        return new Refuse($"{synthetic.Name} is not the interface that was joined, whose configuration {bond.Name} has, and is in use already",
            AtStart("leave it unconfigured"));
    }

    private static bool IsUsed(Link link, Snapshot snapshot) => Uppers(link, snapshot).Length > 0 || InterfaceOwners.Of(snapshot, link).Any
        || snapshot.Addresses.Any(address => address.Link == link.Index && !IsLinkLocal(address));

    private static bool HasMore(Link bond, Link synthetic, Snapshot snapshot) => InterfaceOwners.Of(snapshot, bond).Any
        || snapshot.Addresses.Where(address => address.Link == bond.Index && !IsLinkLocal(address))
            .Any(address => !snapshot.Addresses.Any(own => own.Link == synthetic.Index && own.Local.Equals(address.Local)));

    private static Plan WithUnread(Plan plan, Snapshot snapshot) => plan with
    {
        Notes = [.. plan.Notes, .. snapshot.References.Unread.Select(unread =>
            $"{unread}: whether rules or sockets there depend on {plan.SyntheticName} and would not follow to the bond is not known")],
    };
}
