using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Joins;

/// <summary>A join that moves the configuration to an aggregate, of which synthetic NIC and VF become ports.</summary>
internal abstract class AggregateJoin : IJoin
{
    /// <inheritdoc/>
    public abstract JoinKind Kind { get; }

    /// <inheritdoc/>
    public bool MovesConfiguration => true;

    // Also the kind of its interface (Link.Kind).
    private string Name => JoinKinds.NameOf(Kind);

    /// <inheritdoc/>
    public bool IsIntact(Pair pair, Join join, Snapshot snapshot) => join.Synthetic == pair.Synthetic.Index
        && pair.Synthetic.Master == join.Aggregate && snapshot.Find(join.Aggregate)?.Kind == Name;

    /// <inheritdoc/>
    public bool LooksJoined(Pair pair, Snapshot snapshot) => pair.Synthetic.Master != 0 && snapshot.Find(pair.Synthetic.Master)?.Kind == Name;

    /// <inheritdoc/>
    public int? ActivePath(Pair pair, Snapshot snapshot) => snapshot.Find(pair.Synthetic.Master)?.Bond?.ActivePort ?? 0;

    /// <inheritdoc/>
    public abstract Decision Begin(Pair pair, Link vf, Snapshot snapshot, Settings settings);

    /// <inheritdoc/>
    public abstract Decision Continue(Pair pair, Join join, Snapshot snapshot);

    /// <inheritdoc/>
    public Plan? Detach(Snapshot snapshot, Link synthetic, Join join) =>
        snapshot.Find(join.Aggregate) is { } aggregate && synthetic.Master == aggregate.Index
            ? Detach(snapshot, synthetic, aggregate, join) : null;

    /// <inheritdoc/>
    public virtual Refuse? DetachObstacle(Snapshot snapshot, Join join, Plan? plan) => null;

    /// <inheritdoc/>
    public string Doing(Plan plan) => plan.Goal switch
    {
        Goal.Join => $"joining {plan.SyntheticName} and {plan.VfName}",
        Goal.AddPort => $"adding {plan.VfName} to {plan.AggregateName}",
        _ => $"detaching {plan.SyntheticName}",
    };

    /// <inheritdoc/>
    public string Done(Plan plan) => plan.Goal switch
    {
        Goal.Join => $"{plan.SyntheticName} and {plan.VfName} are joined in {plan.AggregateName}",
        Goal.AddPort => $"{plan.VfName} is a port of {plan.AggregateName} again",
        _ => $"{plan.SyntheticName} has its configuration back; {plan.AggregateName} is removed",
    };

    /// <inheritdoc/>
    public string Detaching(Plan plan) =>
        $"detaching {plan.SyntheticName}{(plan.VfName is null ? "" : $" and {plan.VfName}")} from {plan.AggregateName}";

    /// <inheritdoc/>
    public string Describe(string? aggregate, bool hasVf) => $"joined in {aggregate}";

    /// <summary>The refusal of a join that was taken apart: with the aggregate the synthetic NIC lost its configuration, or it got
    /// another one since. A new join would undo the administrator's decision, and to forget the join would lose the recorded
    /// configuration; detach settles both.</summary>
    protected Refuse TakenApart(Pair pair, Join join) => new(
        $"the {Name} that joined {pair.Synthetic.Name} is gone or no longer holds it: another program took the join apart, and "
            + "nothing is changed",
        $"run hyperv-vfattach detach {pair.Synthetic.Name} to put the recorded configuration of {join.SyntheticName} "
            + "back and forget the join; then it can be joined again");

    /// <summary>Plans the move of the aggregate's configuration to the synthetic NIC.</summary>
    protected abstract Plan Detach(Snapshot snapshot, Link synthetic, Link aggregate, Join join);
}
