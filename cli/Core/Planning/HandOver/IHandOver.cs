using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>How the program that configures an interface (its owner) is handed over when the configuration moves to another
/// interface. One implementation per owner, created from its observed state.</summary>
/// <remarks>
/// The move itself copies addresses and routes with their remaining lifetimes. These changes make the owner stop managing one
/// interface without removing anything or releasing a lease, and manage the other one under the same identity. The order in
/// which a join uses them, and their counterparts, in reverse order, in its undo:
/// <code>
/// Announce   before the aggregate exists             Withdraw
/// Adopt      when it exists and is still empty
/// Release    right before the move                   (the move back)
/// Released   right after it, in the same batch       Release, Released for the aggregate, Take for the synthetic NIC
/// Take       when the move is verified               Release for the aggregate
/// Settle     when the VF is a port, too
/// </code>
/// Every change must be safe to repeat, and safe for an owner that still manages the interface.
/// <see cref="Link.OfAggregate"/> is allowed as a link everywhere.
/// </remarks>
internal interface IHandOver
{
    /// <summary>Whether the owner knows its interface by name only, so that the aggregate must take the synthetic NIC's name.</summary>
    bool NeedsName { get; }

    /// <summary>Whether the aggregate may take the synthetic NIC's name.</summary>
    bool ToleratesName => true;

    /// <summary>Whether the owner does not at once renew the lifetimes of addresses that it finds, so that they must not end before
    /// it does.</summary>
    bool LeavesLifetimes => false;

    /// <summary>Whether the owner renews leases.</summary>
    bool Renews => true;

    /// <summary>Whether it waits for a server's answer about its present address, and would give the address up on another
    /// interface.</summary>
    bool IsWaiting => false;

    /// <summary>Whether it also manages the aggregate's ports, so that <see cref="Take"/> adds a port again that it removed.</summary>
    bool HoldsPorts => false;

    /// <summary>Why this owner cannot be handed over to an aggregate, and what to do; null if it can.</summary>
    (string Reason, string Advice)? JoinObstacle => null;

    /// <summary>Why this owner cannot be handed back from an aggregate to its synthetic NIC, and what to do; null if it can.</summary>
    /// <param name="aggregate">Name of the aggregate.</param>
    /// <param name="synthetic">Name of the synthetic NIC.</param>
    (string Reason, string Advice)? DetachObstacle(string aggregate, string synthetic) => null;

    /// <summary>Why the IPv6 addresses depend on the interface's name, so that another interface would get others; null if they do
    /// not.</summary>
    string? AddressesByName => null;

    /// <summary>The file in which the owner has a rule for the interface by this name; null if it has none.</summary>
    string? RuleByName(string name) => null;

    /// <summary>Whether the owner sets the secret from which the kernel makes IPv6 addresses on the other interface as well.</summary>
    bool BringsSecret => false;

    /// <summary>Prepares the owner for an aggregate with this name, so that it does not manage it as a new interface.</summary>
    ImmutableArray<Change> Announce(string aggregate) => [];

    /// <summary>Undoes <see cref="Announce"/>, when the aggregate is gone.</summary>
    ImmutableArray<Change> Withdraw(string aggregate) => [];

    /// <summary>Right after the aggregate was created, while there is nothing on it to disturb. Undone by <see cref="Release"/>.</summary>
    ImmutableArray<Change> Adopt(int link) => [];

    /// <summary>Right before the configuration leaves the interface: the owner stops managing it, without releasing a lease.</summary>
    ImmutableArray<Change> Release(int link) => [];

    /// <summary>Right after the configuration has left the interface.</summary>
    ImmutableArray<Change> Released(int link) => [];

    /// <summary>From now on the owner manages the interface, which has its configuration. Ends with an <see cref="OwnerCheck"/> if
    /// the owner renews anything.</summary>
    ImmutableArray<Change> Take(int link, string name);

    /// <summary>At the end: waits for the owner, and removes the duplicates of routes that the owner, the kernel and the move
    /// added.</summary>
    ImmutableArray<Change> Settle(int link, Configuration there) => [];
}
