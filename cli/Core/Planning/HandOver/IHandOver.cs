using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>How the program that configures an interface goes along when the configuration moves to another: one
/// implementation an owner, made from what was seen of it.</summary>
/// <remarks>
/// The move itself carries addresses and routes over with their remaining lifetimes; what is asked for here is that the
/// owner stops caring for one interface without taking anything away or releasing a lease, and cares for the other with
/// the same identity. In which order a join asks, and its way back from the end to the beginning:
/// <code>
/// Announce   before the aggregate exists             Withdraw
/// Adopt      when it exists and has nothing yet
/// Release    right before the move                   (the move back)
/// Released   right after it, in the same batch       Release, Released for the aggregate, Take for the synthetic
/// Take       when all that was moved is verified     Release for the aggregate
/// Settle     when the VF is there, too
/// </code>
/// Every change must be safe to repeat, and to make for an owner that never let go. A link of
/// <see cref="Link.OfAggregate"/> is allowed everywhere.
/// </remarks>
internal interface IHandOver
{
    /// <summary>Whether the owner knows its interface by name only, so that the aggregate must get the synthetic's.</summary>
    bool NeedsName { get; }

    /// <summary>Whether the aggregate may get the synthetic's name.</summary>
    bool ToleratesName => true;

    /// <summary>Whether the owner leaves the lifetimes of the addresses that it finds as they are for now, so that they
    /// must not end before it puts them right.</summary>
    bool LeavesLifetimes => false;

    /// <summary>Whether a program is there that renews what is leased.</summary>
    bool Renews => true;

    /// <summary>Whether it waits for a server's answer about the address that it has, and on another interface would give up.</summary>
    bool IsWaiting => false;

    /// <summary>Whether it manages the aggregate's ports, too, so that <see cref="Take"/> puts back one that it took
    /// out.</summary>
    bool HoldsPorts => false;

    /// <summary>Prepares the owner for an aggregate of this name, so that it does not take it for a new interface.</summary>
    ImmutableArray<Change> Announce(string aggregate) => [];

    /// <summary>Takes <see cref="Announce"/> back, when the aggregate is gone.</summary>
    ImmutableArray<Change> Withdraw(string aggregate) => [];

    /// <summary>Right after the aggregate was made, while there is nothing on it to be disturbed. Taken back by
    /// <see cref="Release"/>.</summary>
    ImmutableArray<Change> Adopt(int link) => [];

    /// <summary>Right before the configuration leaves the interface: the owner lets go, without releasing a lease.</summary>
    ImmutableArray<Change> Release(int link) => [];

    /// <summary>Right after the configuration has left the interface.</summary>
    ImmutableArray<Change> Released(int link) => [];

    /// <summary>The owner cares for the interface, which has its configuration, from now on: asks it, and ends with an
    /// <see cref="OwnerCheck"/> where an owner renews anything.</summary>
    ImmutableArray<Change> Take(int link, string name);

    /// <summary>When all is done: awaits the owner, and removes what it, the kernel and the move have each added of the
    /// same routes.</summary>
    ImmutableArray<Change> Settle(int link, Configuration there) => [];
}
