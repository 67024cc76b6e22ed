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
    /// no time if the kernel knows a reachable one.</summary>
    /// <returns>Whether it asked any, so that the host is worth another look.</returns>
    public bool Ask(Plan plan, Observation observed)
    {
        // Each second counts, and the answers may go to the VF.
        if (plan.Goal == Goal.Detach || observed.PairOf(plan.Mac) is not { IsVfDeliveredTo: true })
            return AskPatiently(plan, observed);
        if (!plan.ChangesPath || observed.Host.Find(plan.ConfiguredLink) is not { } carrier)
            return false;
        Configuration configuration = Configuration.Of(observed.Host, carrier);
        ImmutableArray<Neighbour> open = [.. configuration.GatewaysToAsk(carrier.Index), .. configuration.NeighboursToAsk()];
        // What the kernel counts as reachable has answered within a minute, most likely before the VF came.
        if (open.IsEmpty || !configuration.AnsweringGateways().IsEmpty)
            return false;
        world.Network.Ask(carrier.Index, open, s_whileCut);
        return true;
    }

    private bool AskPatiently(Plan plan, Observation observed) =>
        plan.ChangesPath && observed.Host.Find(plan.ConfiguredLink) is { } carrier && AskPatiently(carrier, observed.Host);

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

    /// <summary>Whether a pair has no network because the host delivers to its VF, which is not joined: no neighbour answers, so that another try
    /// cannot cut anything. To ask them takes up to 8 s.</summary>
    public bool IsCut(Pair pair)
    {
        if (pair is not { IsVfDeliveredTo: true, Vf: { } vf })
            return false;
        Observation observed = host.PairOf(vf.Index);
        if (observed.Decide(vf.Index, delayOver: true) is Do { Plan: var plan } && AskPatiently(plan, observed))
            observed = host.PairOf(vf.Index);
        return observed.Decide(vf.Index, delayOver: true) is Do { Plan: { ChangesPath: true, ProvesPath: false } };
    }

    /// <summary>Asks after a change of the path before which nothing answered, because the network was cut: an answer now proves the new path. Logs
    /// what it found. Takes up to 8 s.</summary>
    /// <param name="plan">The change.</param>
    /// <param name="configured">Name of the interface that had the configuration before, for messages.</param>
    /// <param name="fields">What the log has besides.</param>
    public void AskAgain(Plan plan, string configured, Field[] fields)
    {
        Observation observed = host.Links();
        if (observed.PairOf(plan.Mac) is { } pair
            && observed.Host.Find(StatusReport.Configured(pair, PairObstacles.JoinOf(pair, observed.Host))) is { } carrier)
        {
            AskPatiently(carrier, world.Network.Complete(observed.Host, carrier.Index));
            Snapshot now = world.Network.Complete(world.Network.ObserveLinks(), carrier.Index);
            if (Configuration.Of(now, carrier).AnsweringGateways() is { IsEmpty: false } found)
            {
                world.Log.Info($"verified: {new Answers(carrier.Index, found).Describe(_ => carrier.Name)}", fields);
                return;
            }
        }
        world.Log.Warning($"not verified: nothing answers: neither a gateway of {configured} nor a neighbour answered before, or answers now", fields);
    }
}
