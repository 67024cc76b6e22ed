using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Joins;

/// <summary>One way to join a pair: its obstacles, its plans, its states, and its phrases in messages.</summary>
internal interface IJoin
{
    JoinKind Kind { get; }

    /// <summary>Whether the configuration moves to another interface, so that rules and sockets that refer to the synthetic NIC no
    /// longer match.</summary>
    bool MovesConfiguration { get; }

    /// <summary>Whether the join is intact.</summary>
    bool IsIntact(Pair pair, Join join, Snapshot snapshot);

    /// <summary>Whether a pair seems to be joined in this way, judged by what an unprivileged process can see.</summary>
    bool LooksJoined(Pair pair, Snapshot snapshot);

    /// <summary>Index of the interface that a joined pair sends through; 0 for none, null if it is visible to root only.</summary>
    int? ActivePath(Pair pair, Snapshot snapshot);

    /// <summary>Decides about a pair that is not joined and whose VF is present and not a port.</summary>
    /// <param name="pair">The pair.</param>
    /// <param name="vf">Its VF.</param>
    /// <param name="snapshot">Has everything of both.</param>
    /// <param name="settings">The settings of this pair.</param>
    Decision Begin(Pair pair, Link vf, Snapshot snapshot, Settings settings);

    /// <summary>Decides what can be done without a VF for a synthetic NIC that has just appeared; null for nothing.</summary>
    Decision? Prepare(Pair pair, Snapshot snapshot) => null;

    /// <summary>Decides about a pair that is joined in this way. Its VF is away, a port of the join's aggregate, or not a port.</summary>
    Decision Continue(Pair pair, Join join, Snapshot snapshot);

    /// <summary>Plans the detach of a join.</summary>
    /// <returns>Null if another program took the join apart, so that only the journal has the synthetic NIC's configuration.</returns>
    Plan? Detach(Snapshot snapshot, Link synthetic, Join join);

    /// <summary>Why the join cannot be detached now; null if it can.</summary>
    /// <param name="snapshot">Has everything of the join.</param>
    /// <param name="join">The join.</param>
    /// <param name="plan">The plan of the detach; null if another program took the join apart.</param>
    Refuse? DetachObstacle(Snapshot snapshot, Join join, Plan? plan) => null;

    /// <summary>What a plan does, such as <c>joining eth0 and eth1</c>.</summary>
    string Doing(Plan plan);

    /// <summary>The result of a plan, as a sentence without full stop.</summary>
    string Done(Plan plan);

    /// <summary>What a plan of <see cref="Detach"/> does, with all interfaces that take part.</summary>
    string Detaching(Plan plan);

    /// <summary>The state of a joined pair, for people.</summary>
    /// <param name="aggregate">Name of the bond or lagg; null if there is none.</param>
    /// <param name="hasVf">Whether the VF is present.</param>
    string Describe(string? aggregate, bool hasVf);
}
