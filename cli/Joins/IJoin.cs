using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Joins;

/// <summary>One way to join a pair: what is in its way, its plans, what becomes of it, and its words.</summary>
internal interface IJoin
{
    /// <summary>Which way it is.</summary>
    JoinKind Kind { get; }

    /// <summary>Whether the synthetic's configuration moves to another interface, so that rules and sockets that name the synthetic no
    /// longer match.</summary>
    bool MovesConfiguration { get; }

    /// <summary>Whether a join is as it was made.</summary>
    bool Stands(Pair pair, Join join, Snapshot snapshot);

    /// <summary>Whether a pair seems to be joined in this way, as far as the kernel shows it to everybody.</summary>
    bool Seems(Pair pair, Snapshot snapshot);

    /// <summary>Index of the interface that a joined pair sends through; 0 for none, null where only root may see it.</summary>
    int? ActivePath(Pair pair, Snapshot snapshot);

    /// <summary>What is to be done about a pair that is not joined and whose VF is there, a port of nothing.</summary>
    /// <param name="pair">The pair.</param>
    /// <param name="vf">Its VF.</param>
    /// <param name="snapshot">Holds everything of both.</param>
    /// <param name="settings">The settings that hold for this pair.</param>
    Decision Begin(Pair pair, Link vf, Snapshot snapshot, Settings settings);

    /// <summary>What can be done before a VF is there, about a synthetic that only just came; null for nothing.</summary>
    Decision? Prepare(Pair pair, Snapshot snapshot) => null;

    /// <summary>What is to be done about a pair that is joined in this way, whose VF is away, a port of the join's aggregate, or a port of
    /// nothing.</summary>
    Decision Continue(Pair pair, Join join, Snapshot snapshot);

    /// <summary>Plans how a join is taken away again.</summary>
    /// <returns>Null when another program took it apart, so that only the journal knows what the synthetic had.</returns>
    Plan? Detach(Snapshot snapshot, Link synthetic, Join join);

    /// <summary>What forbids to take it away now; null where nothing does.</summary>
    /// <param name="snapshot">Holds everything of the join.</param>
    /// <param name="join">The join.</param>
    /// <param name="plan">How it would be taken away; null when another program took it apart.</param>
    Refuse? DetachObstacle(Snapshot snapshot, Join join, Plan? plan) => null;

    /// <summary>What a plan does: <c>joining eth0 and eth1</c>.</summary>
    string Doing(Plan plan);

    /// <summary>What is so once a plan was made, a sentence without its full stop.</summary>
    string Done(Plan plan);

    /// <summary>What a plan of <see cref="Detach"/> does, with all that takes part in it.</summary>
    string Detaching(Plan plan);

    /// <summary>The state of a joined pair, for people.</summary>
    /// <param name="aggregate">Name of the bond or lagg, if there is one.</param>
    /// <param name="hasVf">Whether the VF is there.</param>
    string Describe(string? aggregate, bool hasVf);
}
