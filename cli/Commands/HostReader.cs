using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;
using HypervVfattach.Report;
using static HypervVfattach.Core.PairObstacles;

namespace HypervVfattach.Commands;

/// <summary>Observes the host: everything that a command decides by comes from here.</summary>
internal sealed class HostReader(World world, Settings settings)
{
    /// <summary>Tells the joins among these interfaces; the journals do, where nothing else is given.</summary>
    public Func<Snapshot, ImmutableArray<Join>> Joins { get; init; } = _ => world.Journals.Joins();

    /// <summary>The interfaces, their addresses and our joins: enough to know the pairs and whether there is anything to do.</summary>
    public Observation Links() => WithClaims(Of(world.Network.ObserveLinks()));

    // Only a pair with a VF is decided by the configuration files that name it.
    private Observation WithClaims(Observation observed) => !observed.Pairs.Any(pair => pair.Vf is not null) ? observed
        : observed with { Host = observed.Host with { Claims = world.System.Claims(observed.Host.Links) } };

    /// <summary>The NICs of a Hyper-V guest, read without the kernel's network lock, if they are enough to decide about an event: the
    /// interface is in no pair, or in one that the kernel joins.</summary>
    /// <remarks>hv_netvsc can hold that lock for a long time, and a worker of udev that waits for it cannot be killed.</remarks>
    public Observation? Unlocked(int? link)
    {
        if (link is not { } index || !settings.Interfaces.IsEmpty || world.Network.ObserveUnlocked() is not { } seen || seen.Find(index) is null)
            return null;
        Observation observed = Of(seen);
        return observed.PairOf(index) is not { } pair || world.Policy.KernelJoins(pair, observed.Host)
            && observed.Decide(index, delayOver: false) is NotOurs or LeaveAlone or AwaitKernel ? observed : null;
    }

    /// <summary>The interfaces, and what decides about the event of one of them.</summary>
    public Observation PairOf(int link)
    {
        Observation links = Links();
        return links.PairOf(link) is { } pair ? ToDecide(links, pair, link) : links;
    }

    /// <summary>Adds everything that is configured on a pair, unless the interfaces alone show that there is nothing to do.</summary>
    public Observation ToDecide(Observation links, Pair pair, int link) =>
        links.Decide(link, delayOver: true) is Do or Refuse ? Complete(links, pair) : links;

    /// <summary>Adds everything that is configured on a pair.</summary>
    public Observation Complete(Observation links, Pair pair) => Complete(links, Members(links, pair));

    /// <summary>Adds everything that is configured on these interfaces.</summary>
    public Observation Complete(Observation links, ImmutableArray<int> members) =>
        WithOwners(links with { Host = world.Network.Complete(links.Host, members.AsSpan()) }, members);

    /// <summary>The NICs and what is on top of them; all interfaces if a join may be decided, because that depends on all.</summary>
    /// <param name="name">An interface that the observation has to have; null for none.</param>
    public Observation Nics(string? name = null)
    {
        Observation observed = WithClaims(Of(world.Network.ObserveNics()));
        return name is not null && observed.Host.Find(name) is null || !Open(observed).IsEmpty ? Links() : observed;
    }

    /// <summary>The interfaces, the owners of all pairs, and everything that is configured on the pairs that are not joined: what
    /// <c>status</c> says of these is what a join would decide.</summary>
    /// <param name="observed">What <see cref="Nics"/> returned a moment ago.</param>
    public Observation Pairs(Observation observed)
    {
        ImmutableArray<int> open = Open(observed);
        if (!open.IsEmpty)
            observed = observed with { Host = world.Network.Complete(observed.Host, open.AsSpan()) };
        ImmutableArray<int> asked =
            [.. observed.Pairs.Select(pair => StatusReport.Configured(pair, JoinOf(pair, observed.Host))).Union(open)];
        return asked.IsEmpty ? observed : WithOwners(observed, asked);
    }

    // The interfaces of the pairs that a join or a refusal waits for.
    private static ImmutableArray<int> Open(Observation observed) => [.. observed.Pairs
        .Where(pair => observed.Decide((pair.Vf ?? pair.Synthetic).Index, delayOver: true) is Do or Refuse)
        .SelectMany(pair => Members(observed, pair))];

    private Observation Of(Snapshot seen)
    {
        Snapshot host = seen with { Joins = Joins(seen) };
        return new Observation(host, world.Policy.Pairs(host, settings), settings, world.Policy);
    }

    private static ImmutableArray<int> Members(Observation links, Pair pair)
    {
        int aggregate = JoinOf(pair, links.Host)?.Aggregate ?? 0;
        return [pair.Synthetic.Index, .. pair.Vf is { } vf ? [vf.Index] : ImmutableArray<int>.Empty,
            .. aggregate > 0 ? [aggregate] : ImmutableArray<int>.Empty];
    }

    private Observation WithOwners(Observation observed, ImmutableArray<int> members)
    {
        List<PlannedBond> bonds = PlannedBonds(observed, members);
        Link[] waiting = [.. observed.Pairs
            .Where(pair => members.Contains(pair.Synthetic.Index) && world.Policy.KernelDidNotJoin(pair, observed.Host)).Select(pair => pair.Vf!)];
        return observed with
        {
            Host = observed.Host with
            {
                KernelReasons = waiting.Length == 0 ? KernelReasons.None : world.System.KernelReasons(waiting),
                Owners = world.System.Owners(observed.Host.Links, members),
                References = bonds.Count == 0 ? References.None : world.System.References(bonds),
            },
        };
    }

    // A joined pair stays joined, and a redirect leaves the traffic where rules and sockets expect it.
    private List<PlannedBond> PlannedBonds(Observation observed, ImmutableArray<int> members)
    {
        List<PlannedBond> bonds = [];
        foreach (Pair pair in observed.Pairs.Where(pair => members.Contains(pair.Synthetic.Index)))
        {
            Settings own = observed.Settings.For(pair, null, observed.Host);
            if (pair is { Vf.Master: 0, Standby: null, Synthetic.Master: 0 } && own.Join != JoinKind.None
                && world.Policy.Joins.Of(own.Join).MovesConfiguration && JoinOf(pair, observed.Host) is null)
                bonds.Add(new PlannedBond(pair.Synthetic.Index, pair.Synthetic.Name, own.AggregateNameFor(pair.Synthetic.Name)));
        }
        return bonds;
    }
}
