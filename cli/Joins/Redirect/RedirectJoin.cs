using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Joins;

/// <summary>The join with BPF programs that redirect the synthetic NIC's traffic through the VF (Linux). Nothing moves, so only
/// filters and other uses of the VF are obstacles, whatever configures the synthetic NIC or is on top of it.</summary>
internal sealed class RedirectJoin : IJoin
{
    /// <summary>The oldest kernel whose verifier is known to accept the programs.</summary>
    private static readonly Version s_since = new(5, 8);

    /// <summary>Whether to suggest a redirect. An older kernel may have the needed features backported, so the setting is obeyed
    /// there. A kernel of unknown version counts as new.</summary>
    public static bool IsOffered(Snapshot snapshot) => snapshot.Kernel >= s_since || snapshot.Kernel.Major == 0;

    /// <inheritdoc/>
    public JoinKind Kind => JoinKind.Redirect;

    /// <inheritdoc/>
    public bool MovesConfiguration => false;

    /// <inheritdoc/>
    public bool IsIntact(Pair pair, Join join, Snapshot snapshot) => LooksJoined(pair, snapshot);

    /// <inheritdoc/>
    public bool LooksJoined(Pair pair, Snapshot snapshot) => RedirectState.HasProgram(snapshot, pair.Synthetic);

    /// <inheritdoc/>
    /// <remarks>Frames that the VF refuses, because it is down or without a carrier, leave through the synthetic NIC.</remarks>
    public int? ActivePath(Pair pair, Snapshot snapshot)
    {
        Redirect? redirect = snapshot.Redirects.FirstOrDefault(redirect => redirect.Synthetic == pair.Synthetic.Index);
        return redirect is { Vf: null } ? null
            : pair.Vf is { IsUp: true, Carrier: true } vf && redirect?.Vf == vf.Index ? vf.Index
            : pair.Synthetic is { IsUp: true, Carrier: true } synthetic ? synthetic.Index : 0;
    }

    /// <inheritdoc/>
    public Decision Begin(Pair pair, Link vf, Snapshot snapshot, Settings settings) =>
        Obstacle(pair, vf, snapshot) is { } obstacle ? obstacle
        : new Do(RedirectPlans.Join(snapshot, pair.Synthetic, vf),
            $"redirecting the traffic of {pair.Synthetic.Name} through {vf.Name}");

    /// <inheritdoc/>
    /// <remarks>Null if it is too late, or if there is an obstacle, which is reported when the VF is present.</remarks>
    public Decision? Prepare(Pair pair, Snapshot snapshot) =>
        pair.Synthetic.IsUp || PairObstacles.OfAddresses(pair) is not null || FilterObstacles(pair, null, snapshot).Any() ? null
        : new Do(RedirectPlans.Arm(snapshot, pair.Synthetic),
            $"{pair.Synthetic.Name} is made ready to be redirected while it is off") { AtOnce = true };

    /// <inheritdoc/>
    public Decision Continue(Pair pair, Join join, Snapshot snapshot)
    {
        Link synthetic = pair.Synthetic;
        if (pair.Vf is not { } vf)
            return new LeaveAlone($"{synthetic.Name} is joined; its VF is away now");
        if (RedirectState.IsComplete(snapshot, synthetic, vf))
            return new LeaveAlone($"the traffic of {synthetic.Name} is already redirected through {vf.Name}");
        return Obstacle(pair, vf, snapshot) is { } obstacle ? obstacle
            : new Do(RedirectPlans.AddVf(snapshot, synthetic, vf, join), join.Vf == 0
                ? $"redirecting the traffic of {synthetic.Name} through {vf.Name}"
                : join.Vf == vf.Index
                ? $"the redirect of {synthetic.Name} through {vf.Name} is not complete: completing it"
                : $"{vf.Name} is back: redirecting the traffic of {synthetic.Name} through it");
    }

    /// <inheritdoc/>
    public Plan? Detach(Snapshot snapshot, Link synthetic, Join join) =>
        RedirectPlans.Detach(snapshot, synthetic, snapshot.Find(join.Vf), join);

    /// <inheritdoc/>
    public string Doing(Plan plan) => plan.Goal switch
    {
        Goal.Detach => $"detaching {plan.SyntheticName}",
        _ when plan.Vf == 0 => $"making {plan.SyntheticName} ready to be redirected",
        _ => $"redirecting {plan.SyntheticName} through {plan.VfName}",
    };

    /// <inheritdoc/>
    public string Done(Plan plan) => plan.Goal switch
    {
        Goal.Detach => $"the traffic of {plan.SyntheticName} is not redirected any more",
        _ when plan.Vf == 0 => $"{plan.SyntheticName} is ready to be redirected through its VF",
        _ => $"the traffic of {plan.SyntheticName} is redirected through {plan.VfName}",
    };

    /// <inheritdoc/>
    public string Detaching(Plan plan) =>
        $"ending the redirect of {plan.SyntheticName}{(plan.VfName is null ? "" : $" through {plan.VfName}")}";

    /// <inheritdoc/>
    public string Describe(string? aggregate, bool hasVf) =>
        hasVf ? "redirected through its VF" : "has no VF now; its traffic is redirected when the VF is back";

    private static Refuse? Obstacle(Pair pair, Link vf, Snapshot snapshot) =>
        PairObstacles.OfAddresses(pair) ?? PairObstacles.OfVf(pair, vf, snapshot)
        .Concat(FilterObstacles(pair, vf, snapshot).Select(filter => filter with { IsByUse = true })).FirstOrDefault();

    /// <summary>Filters that redirected frames would bypass, or that would keep frames from the redirect.</summary>
    /// <remarks>Ingress filters on the synthetic NIC are no obstacle: what the VF receives passes them like everything else.</remarks>
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
                yield return new Refuse($"{name} has the queueing discipline {other.Kind}, which has no egress hook",
                    $"move its filters to clsact, which replaces it (tc qdisc replace dev {name} clsact), or "
                    + Bond(pair));
            // The final verdict of a filter before ours ends the chain; with ours first, redirected frames would bypass the other filter.
            else if (other.Hook == Hook.Egress || other.Hook == Hook.Ingress && other.Link == vf?.Index)
                yield return new Refuse($"on {name} is another program's {Direction(other)} filter "
                    + $"{other.Name ?? "without a name"} ({other.Kind}, priority {other.Priority}), whose verdict would come "
                    + "before the redirect", $"remove it (tc filter show dev {name} {Direction(other)}), or {Bond(pair)}");
        }
    }

    private static string Direction(Classifier filter) => filter.Hook == Hook.Egress ? "egress" : "ingress";

    private static string Bond(Pair pair) => $"set join = \"bond\" for {pair.Synthetic.Name}";
}
