using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>All that own one interface, as one: nobody, a program, or a program's two instances, one a family.</summary>
internal sealed class Owners : IHandOver
{
    private readonly List<Owner> _owners = [];
    private readonly List<IHandOver> _known = [];

    private Owners()
    {
    }

    /// <summary>The owners of an interface, as far as they were observed.</summary>
    public static Owners Of(Snapshot snapshot, Link link)
    {
        var owners = new Owners();
        foreach (Owner owner in snapshot.Owners)
        {
            if (owner.Link != link.Index)
                continue;
            owners._owners.Add(owner);
            if (For(owner, snapshot, link) is { } known)
                owners._known.Add(known);
        }
        return owners;
    }

    /// <summary>Sends away whoever took the VF without being asked: it saw the VF before there was a synthetic by which that
    /// could be known for one.</summary>
    public static ImmutableArray<Step> SendAway(Snapshot snapshot, Link vf)
    {
        foreach (Owner owner in snapshot.Owners)
        {
            if (owner.Link == vf.Index && owner.IsUninvited)
                return [new Step($"send {owner.Program} away from the VF", [new SendAway(vf.Index)], [])];
        }
        return [];
    }

    /// <summary>Whether somebody owns it.</summary>
    public bool Any => _owners.Count > 0;

    /// <summary>Whether all that own it can go along: two different programs would not agree about who does what.</summary>
    public bool GoAlong => Any && _known.Count == _owners.Count
        && _owners.TrueForAll(owner => owner.Program == _owners[0].Program);

    /// <summary>The owner's name, for the name of a step.</summary>
    public string Name => Any ? _owners[0].Program : "nobody";

    /// <summary>The owners for the administrator's eyes.</summary>
    public string Description => string.Join("; ", _owners.Select(owner => owner.Description));

    /// <inheritdoc/>
    public bool NeedsName => _known.Exists(owner => owner.NeedsName);

    /// <inheritdoc/>
    public bool ToleratesName => _known.TrueForAll(owner => owner.ToleratesName);

    /// <inheritdoc/>
    public bool HoldsPorts => _known.Exists(owner => owner.HoldsPorts);

    /// <inheritdoc/>
    public bool LeavesLifetimes => _known.Exists(owner => owner.LeavesLifetimes);

    /// <inheritdoc/>
    public bool IsWaiting => _known.Exists(owner => owner.IsWaiting);

    /// <inheritdoc/>
    public bool Renews => _known.Exists(owner => owner.Renews);

    /// <inheritdoc/>
    public ImmutableArray<Change> Announce(string aggregate) => All(owner => owner.Announce(aggregate));

    /// <inheritdoc/>
    public ImmutableArray<Change> Withdraw(string aggregate) => All(owner => owner.Withdraw(aggregate));

    /// <inheritdoc/>
    public ImmutableArray<Change> Adopt(int link) => All(owner => owner.Adopt(link));

    /// <inheritdoc/>
    public ImmutableArray<Change> Release(int link) => All(owner => owner.Release(link));

    /// <inheritdoc/>
    public ImmutableArray<Change> Released(int link) => All(owner => owner.Released(link));

    /// <inheritdoc/>
    public ImmutableArray<Change> Take(int link, string name) => All(owner => owner.Take(link, name));

    /// <inheritdoc/>
    public ImmutableArray<Change> Settle(int link, Configuration there) => All(owner => owner.Settle(link, there));

    private ImmutableArray<Change> All(Func<IHandOver, ImmutableArray<Change>> of)
    {
        ImmutableArray<Change> changes = [];
        foreach (IHandOver owner in _known)
            changes = changes.AddRange(of(owner));
        return changes;
    }

    // What is not listed here has no hand-over, and a pair in its care is refused.
    private static IHandOver? For(Owner owner, Snapshot snapshot, Link link) => owner.State switch
    {
        LeaseClient client => DhcpClientHandOver.IsSafe(client, snapshot, link)
            ? new DhcpClientHandOver(client, DhcpClientHandOver.LeaseOf(snapshot, link)) : null,
        NetworkManagerState state => new NetworkManagerHandOver(state, snapshot, link),
        NetworkdLink it => new NetworkdHandOver(it),
        IfupdownState it => new IfupdownHandOver(it),
        _ => null,
    };
}
