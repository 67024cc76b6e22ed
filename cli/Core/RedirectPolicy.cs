using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Core;

/// <summary>The part of the decision table that a redirect has for itself: whoever owns the synthetic and whatever stands
/// on it, nothing of that moves, so only filters and the use of the VF are in the way.</summary>
internal static class RedirectPolicy
{
    /// <summary>The oldest kernel whose verifier is known to accept the programs.</summary>
    private static readonly Version s_since = new(5, 8);

    /// <summary>Whether to advise a redirect. An older kernel may have what it takes back-ported, so that the setting is obeyed there;
    /// whose version is not known counts as a new one.</summary>
    public static bool IsOffered(Snapshot snapshot) => snapshot.Kernel >= s_since || snapshot.Kernel.Major == 0;

    /// <summary>What is to be done about a pair that is not joined yet.</summary>
    public static Decision Begin(Pair pair, Link vf, Snapshot snapshot, IEnumerable<Refuse> vfObstacles) =>
        Obstacle(pair, vf, snapshot, vfObstacles) is { } obstacle ? obstacle
        : new Do(RedirectJoin.Join(snapshot, pair.Synthetic, vf),
            $"redirecting the traffic of {pair.Synthetic.Name} through {vf.Name}");

    /// <summary>What is to be done about a synthetic that only just came, and may get a VF.</summary>
    /// <returns>Null when it is too late, or something is in the way, which is said when the VF is there.</returns>
    public static Decision? Arm(Pair pair, Snapshot snapshot) =>
        pair.Synthetic.IsUp || Policy.AddressObstacle(pair) is not null || FilterObstacles(pair, null, snapshot).Any() ? null
        : new Do(RedirectJoin.Arm(snapshot, pair.Synthetic),
            $"{pair.Synthetic.Name} is made ready to be redirected while it is off") { AtOnce = true };

    /// <summary>What is to be done about one that is joined and has a VF.</summary>
    public static Decision Complete(Pair pair, Link vf, Snapshot snapshot, Join join, IEnumerable<Refuse> vfObstacles)
    {
        Link synthetic = pair.Synthetic;
        if (RedirectState.IsComplete(snapshot, synthetic, vf))
            return new LeaveAlone($"the traffic of {synthetic.Name} is already redirected through {vf.Name}");
        return Obstacle(pair, vf, snapshot, vfObstacles) is { } obstacle ? obstacle
            : new Do(RedirectJoin.AddVf(snapshot, synthetic, vf, join), join.Vf == 0
                ? $"redirecting the traffic of {synthetic.Name} through {vf.Name}"
                : join.Vf == vf.Index
                ? $"the redirect of {synthetic.Name} through {vf.Name} is not complete: completing it"
                : $"{vf.Name} is back: redirecting the traffic of {synthetic.Name} through it");
    }

    private static Refuse? Obstacle(Pair pair, Link vf, Snapshot snapshot, IEnumerable<Refuse> vfObstacles) =>
        Policy.AddressObstacle(pair) ?? vfObstacles.Concat(FilterObstacles(pair, vf, snapshot)).FirstOrDefault();

    /// <summary>Filters that would see too little or let us see too little.</summary>
    /// <remarks>What the VF receives passes the synthetic's ingress filters like anything else, so those are welcome.
    /// </remarks>
    private static IEnumerable<Refuse> FilterObstacles(Pair pair, Link? vf, Snapshot snapshot)
    {
        foreach (Classifier other in snapshot.Classifiers)
        {
            string? name = other.Link == pair.Synthetic.Index ? pair.Synthetic.Name : other.Link == vf?.Index ? vf.Name : null;
            if (name is null || other.IsOurs)
                continue;
            if (other.Unseen is { } why)
                yield return new Refuse($"whether another program has attached a filter to {name} cannot be seen ({why})",
                    $"run it as root, outside a container, or {Bond(pair)}");
            else if (other.Hook == Hook.Discipline && other.Kind != "clsact")
                yield return new Refuse($"{name} has the queueing discipline {other.Kind}, which has no place for what goes out",
                    $"have its filters on clsact, which takes its place (tc qdisc replace dev {name} clsact), or "
                    + Bond(pair));
            // A final verdict of a filter before ours ends the chain, and ours before theirs would carry frames past it.
            else if (other.Hook == Hook.Egress || other.Hook == Hook.Ingress && other.Link == vf?.Index)
                yield return new Refuse($"on {name} is another program's {Direction(other)} filter "
                    + $"{other.Name ?? "without a name"} ({other.Kind}, priority {other.Priority}), whose verdict would come "
                    + "before the redirect", $"remove it (tc filter show dev {name} {Direction(other)}), or {Bond(pair)}");
        }
    }

    private static string Direction(Classifier filter) => filter.Hook == Hook.Egress ? "egress" : "ingress";

    private static string Bond(Pair pair) => $"set join = \"bond\" for {pair.Synthetic.Name}";
}
