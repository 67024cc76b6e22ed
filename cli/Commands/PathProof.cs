using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>Questions to neighbours that show whether a path carries anything: a VF can have a link and carry nothing.</summary>
internal sealed class PathProof(World world, HostReader host)
{
    // While the network is cut until the join, a neighbour that can answer at all does so at once.
    private static readonly TimeSpan s_whileCut = TimeSpan.FromSeconds(1);

    /// <summary>Finds out which neighbours answer before the path changes: a VF can have a link and carry nothing, and only a neighbour
    /// that answered before and no longer answers shows it. Asks the gateways, and for a family of which none answers, a few other
    /// neighbours. It changes nothing and takes up to 4 s for each of the two. Where the network is cut until the VF is used, it takes 1 s, or
    /// no time if the kernel counts a gateway as reachable.</summary>
    /// <returns>Whether it asked any, so that the host is worth another look.</returns>
    public bool Ask(Plan plan, Observation observed)
    {
        if (!plan.ChangesPath || observed.Host.Find(plan.ConfiguredLink) is not { } carrier)
            return false;
        if (plan.Goal == Goal.Detach || observed.PairOf(plan.Mac) is not { IsVfDeliveredTo: true })
            return AskPatiently(carrier, observed.Host);
        // Each second counts, and the answers may go to the VF.
        Configuration configuration = Configuration.Of(observed.Host, carrier);
        ImmutableArray<Neighbour> gateways = configuration.GatewaysToAsk(carrier.Index), others = configuration.NeighboursToAsk();
        // What the kernel counts as reachable has answered within a minute, most likely before the VF came.
        if (gateways.IsEmpty && others.IsEmpty || gateways.Any(gateway => gateway.State == NeighbourState.Reachable))
            return false;
        world.Network.Ask(carrier.Index, [.. gateways, .. others], s_whileCut);
        return true;
    }

    // Up to 4 s for the gateways, and for the others. Returns whether it asked any.
    private bool AskPatiently(Link carrier, Snapshot seen)
    {
        ImmutableArray<Neighbour> gateways = Configuration.Of(seen, carrier).GatewaysToAsk(carrier.Index);
        if (!gateways.IsEmpty)
        {
            world.Network.Ask(carrier.Index, gateways, IBackend.Asking);
            seen = world.Network.Complete(world.Network.ObserveLinks(), carrier.Index);
        }
        ImmutableArray<Neighbour> others = Configuration.Of(seen, carrier).NeighboursToAsk();
        if (!others.IsEmpty)
            world.Network.Ask(carrier.Index, others, IBackend.Asking);
        return !gateways.IsEmpty || !others.IsEmpty;
    }

    /// <summary>Whether a pair has no network, because the host delivers to its VF, which is not joined: none of its neighbours answers, so that
    /// another try cannot cut anything. Takes up to 8 s.</summary>
    /// <param name="pair">The pair.</param>
    /// <param name="isUnended">Whether the last try ended without an outcome. One that failed may fail each minute, so that it is not repeated where
    /// there is no neighbour to ask.</param>
    public bool IsCut(Pair pair, bool isUnended)
    {
        if (pair is not { IsVfDeliveredTo: true, Vf: { } vf })
            return false;
        Observation observed = host.PairOf(vf.Index);
        return observed.Decide(vf.Index, delayOver: true) is Do { Plan: var plan } && CanBeWithdrawn(plan)
            && observed.Host.Find(plan.ConfiguredLink) is { } carrier && (AskPatiently(carrier, observed.Host) || isUnended)
            && host.PairOf(vf.Index).Decide(vf.Index, delayOver: true) is Do { Plan: { ProvesPath: false } now } && CanBeWithdrawn(now);
    }

    /// <summary>Whether a plan can be undone after its end, where nothing answers: a join, or a VF that is added to a bond.</summary>
    public static bool CanBeWithdrawn(Plan plan) => plan.ChangesPath && (plan.Goal == Goal.Join || plan is { Goal: Goal.AddPort, Aggregate: not 0 });

    /// <summary>Asks after a join before which nothing could answer, because the network was cut: an answer now proves the new path. Takes up to
    /// 8 s.</summary>
    /// <param name="plan">The change of the path.</param>
    /// <param name="before">What was there before it.</param>
    /// <param name="fields">What the log has besides.</param>
    /// <returns>Null if the network was not cut before, or there is no neighbour to ask.</returns>
    public bool? AnswersNow(Plan plan, Observation before, Field[] fields)
    {
        if (plan.Goal == Goal.Detach || before.PairOf(plan.Mac) is not { IsVfDeliveredTo: true })
            return null;
        try
        {
            Observation observed = host.Links();
            if (observed.PairOf(plan.Mac) is not { } pair
                || observed.Host.Find(StatusReport.Configured(pair, PairObstacles.JoinOf(pair, observed.Host))) is not { } carrier)
                return false;
            if (!AskPatiently(carrier, world.Network.Complete(observed.Host, carrier.Index)))
                return null;
            Snapshot now = world.Network.Complete(world.Network.ObserveLinks(), carrier.Index);
            if (Configuration.Of(now, carrier).AnsweringGateways() is not { IsEmpty: false } found)
                return false;
            world.Log.Info($"verified: {new Answers(carrier.Index, found).Describe(_ => carrier.Name)}", fields);
            return true;
        }
        catch (SystemRefusal)
        {
            // The join is made all the same.
            return false;
        }
    }
}
