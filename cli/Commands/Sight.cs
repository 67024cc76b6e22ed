using System.Collections.Immutable;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;
using HypervVfattach.Pairs;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>Looks at the system as closely as a question needs.</summary>
internal sealed class Sight(World world, Settings settings)
{
    /// <summary>The settings by which it decides.</summary>
    public Settings Settings => settings;

    /// <summary>Interfaces, addresses and what we remember: enough to know the pairs.</summary>
    public Snapshot Links() => WithPairs(world.Backend.ObserveLinks());

    // Whose files are meant for a NIC matters only where there is a VF.
    private Snapshot WithPairs(Snapshot snapshot) => snapshot with
    {
        Joins = world.Journals.Joins(),
        Claims = Pairing.Find(snapshot, settings.SyntheticDrivers).Any(pair => pair.Vf is not null) ? world.Claims(snapshot.Links) : [],
    };

    /// <summary>The same with those who configure the pairs.</summary>
    public Snapshot LinksWithOwners()
    {
        Snapshot snapshot = Links();
        List<int> asked = [];
        foreach (Pair pair in Pairing.Find(snapshot, settings.SyntheticDrivers))
            asked.Add(StatusReport.Configured(pair, snapshot.Joins.FirstOrDefault(pair.IsOf)));
        return asked.Count == 0 ? snapshot : WithOwners(snapshot, [.. asked]);
    }

    /// <summary>The pair of an interface, or null.</summary>
    public Pair? PairOf(Snapshot snapshot, int link) => PairWith(snapshot, pair => pair.Has(link));

    /// <summary>The pair with this address, if there is one.</summary>
    public Pair? PairOf(Snapshot snapshot, HardwareAddress mac) => PairWith(snapshot, pair => pair.Mac == mac);

    /// <summary>Everything that hangs on these interfaces.</summary>
    public Snapshot Whole(params ReadOnlySpan<int> links)
    {
        return WithOwners(WithPairs(world.Backend.ObserveAll(links)), [.. links]);
    }

    private Snapshot WithOwners(Snapshot snapshot, ImmutableArray<int> links) => snapshot with
    {
        Owners = world.Owners(snapshot.Links, links),
        References = PlannedBonds(snapshot, links) is { Count: > 0 } bonds ? world.References(bonds) : References.None,
    };

    // A pair that is joined stays so, and a redirect leaves the traffic where rules and sockets expect it.
    private List<PlannedBond> PlannedBonds(Snapshot snapshot, ImmutableArray<int> asked)
    {
        List<PlannedBond> bonds = [];
        foreach (Pair pair in Pairing.Find(snapshot, settings.SyntheticDrivers))
        {
            Link synthetic = pair.Synthetic;
            if (!asked.Contains(synthetic.Index))
                continue;
            Settings own = settings.For(pair, null, snapshot);
            if (pair is { Vf.Master: 0, Standby: null, Synthetic.Master: 0 } && own.Join != JoinKind.None
                && JoinModules.Of(own.Join).MovesConfiguration
                && !snapshot.Joins.Any(pair.IsOf))
                bonds.Add(new PlannedBond(synthetic.Index, synthetic.Name, own.AggregateNameFor(synthetic.Name)));
        }
        return bonds;
    }

    /// <summary>What is to be done about an interface. A plan is only made of a look at everything it moves.</summary>
    public (Decision Decision, Snapshot Snapshot) Decide(int link, bool delayOver)
    {
        Snapshot snapshot = Links();
        Decision decision = Policy.Decide(new Event(link, delayOver), snapshot, settings);
        if (decision is not (Do or Refuse) || PairOf(snapshot, link) is not { } pair)
            return (decision, snapshot);
        List<int> links = [pair.Synthetic.Index];
        if (pair.Vf is { } vf)
            links.Add(vf.Index);
        foreach (Join join in snapshot.Joins)
        {
            if (pair.IsOf(join) && join.Aggregate > 0)
                links.Add(join.Aggregate);
        }
        snapshot = Whole([.. links]);
        return (Policy.Decide(new Event(link, delayOver), snapshot, settings), snapshot);
    }

    /// <summary>What an interrupted run, or one that is at work right now, left of a pair; null when there is nothing.</summary>
    /// <exception cref="JournalDamaged">Nobody knows: then nothing may be done about the pair.</exception>
    public Plan? Unfinished(Pair pair)
    {
        try
        {
            return world.Journals.Read(pair.Mac) is { } file && world.Journals.IsOurs(file) ? file.State.Open?.Plan : null;
        }
        catch (SystemRefusal e) when (e.IsForbidden && world.MissingPrivilege() is not null)
        {
            // Without the privilege to change the network the run only looks.
            return null;
        }
    }

    /// <summary>The delay that holds for a pair when the command line names none.</summary>
    public TimeSpan DelayOf(Pair pair, Snapshot snapshot) =>
        settings.For(pair, snapshot.Joins.FirstOrDefault(pair.IsOf), snapshot).Delay;

    private Pair? PairWith(Snapshot snapshot, Func<Pair, bool> isIt) =>
        Pairing.Find(snapshot, settings.SyntheticDrivers).FirstOrDefault(isIt);
}
