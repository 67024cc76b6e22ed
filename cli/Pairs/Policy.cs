using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;

namespace HypervVfattach.Pairs;

/// <summary>The rules of an operating system: which interfaces are a pair, and what is done about an event of one.</summary>
internal abstract class Policy
{
    /// <summary>The ways to join a pair on that system.</summary>
    public abstract JoinModules Joins { get; }

    /// <summary>All pairs of a host, in the order of their synthetic NICs' indexes.</summary>
    public abstract ImmutableArray<Pair> Pairs(Snapshot snapshot, Settings settings);

    /// <summary>Decides about the event of one interface.</summary>
    public Decision Decide(Event e, Snapshot snapshot, Settings settings)
    {
        if (snapshot.Find(e.Link) is not { } link)
            return new NotOurs($"interface {e.Link} is gone");
        return Pairs(snapshot, settings).FirstOrDefault(pair => pair.Has(link.Index)) is { } pair
            ? Decide(pair, e, snapshot, settings) : Unpaired(link, snapshot);
    }

    /// <summary>Decides about a pair as about the event of its VF.</summary>
    public Decision Decide(Pair pair, bool delayOver, Snapshot snapshot, Settings settings) =>
        Decide(pair, new Event(pair.Vf?.Index ?? pair.Synthetic.Index, delayOver), snapshot, settings);

    /// <summary>Decides about the event of an interface of a pair: a table, one case per rule, the safest first.</summary>
    /// <remarks>A rule may rely on the rules above it: what reaches a plan has passed all of them.</remarks>
    public abstract Decision Decide(Pair pair, Event e, Snapshot snapshot, Settings settings);

    /// <summary>Whether the kernel has joined this pair, or does so as soon as it has a VF.</summary>
    public virtual bool HasKernelJoined(Pair pair, Snapshot snapshot) =>
        pair.Standby is not null || pair.Vf is { } vf && Pair.IsKernelPort(vf, pair.Synthetic);

    /// <summary>Whether the kernel joins this pair, now or soon.</summary>
    public virtual bool KernelJoins(Pair pair, Snapshot snapshot) => false;

    /// <summary>Whether the kernel could have joined this pair and did not.</summary>
    public virtual bool KernelDidNotJoin(Pair pair, Snapshot snapshot) => false;

    /// <summary>The udev properties of an interface; none where there is no udev.</summary>
    public virtual ImmutableArray<(string Key, string Value)> UdevProperties(Event e, Snapshot snapshot, Settings settings) => [];

    /// <summary>Why an interface that is part of no pair is left alone.</summary>
    protected abstract Decision Unpaired(Link link, Snapshot snapshot);
}
