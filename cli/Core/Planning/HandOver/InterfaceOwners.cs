using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>All owners of one interface as one: none, one program, or two instances of one program, one for each address family.</summary>
internal sealed class InterfaceOwners : IHandOver
{
    private readonly List<Owner> _owners = [];
    private readonly List<IHandOver> _known = [];

    private InterfaceOwners()
    {
    }

    /// <summary>The observed owners of an interface.</summary>
    public static InterfaceOwners Of(Snapshot snapshot, Link link)
    {
        var owners = new InterfaceOwners();
        foreach (Owner owner in snapshot.Owners)
        {
            if (owner.Link != link.Index)
                continue;
            owners._owners.Add(owner);
            if ((owner.State as IHandOverState)?.HandOver(snapshot, link) is { } known)
                owners._known.Add(known);
        }
        return owners;
    }

    /// <summary>Whether all owners of an interface took it by themselves, and it has one.</summary>
    public static bool IsUninvited(Snapshot snapshot, Link link)
    {
        Owner[] owners = [.. snapshot.Owners.Where(owner => owner.Link == link.Index)];
        return owners.Length > 0 && Array.TrueForAll(owners, owner => owner.IsUninvited);
    }

    /// <summary>Makes an owner that took an interface by itself release it: a VF that it saw before the synthetic NIC existed, without
    /// which a VF cannot be recognised, or a synthetic NIC under the name that it has behind its bond.</summary>
    public static ImmutableArray<Step> ReleaseUninvited(Snapshot snapshot, Link link)
    {
        foreach (Owner owner in snapshot.Owners)
        {
            if (owner.Link == link.Index && owner is { IsUninvited: true, State: IUninvitedState state })
                return [new Step($"have {owner.Program} release {link.Name}", [state.Leave(link.Index)], [])];
        }
        return [];
    }

    /// <summary>Whether the interface has an owner.</summary>
    public bool Any => _owners.Count > 0;

    /// <summary>Whether all owners can be handed over. Two different programs cannot: they would not agree on which of them
    /// configures what.</summary>
    public bool GoAlong => Any && _known.Count == _owners.Count
        && _owners.TrueForAll(owner => owner.Program == _owners[0].Program);

    /// <summary>Name of the owner, for the name of a step.</summary>
    public string Name => Any ? _owners[0].Program : "no owner";

    /// <summary>The owners in words, for messages.</summary>
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
    public (string Reason, string Advice)? JoinObstacle =>
        _known.Select(owner => owner.JoinObstacle).FirstOrDefault(obstacle => obstacle is not null);

    /// <inheritdoc/>
    public (string Reason, string Advice)? DetachObstacle(string aggregate, string synthetic) =>
        _known.Select(owner => owner.DetachObstacle(aggregate, synthetic)).FirstOrDefault(obstacle => obstacle is not null);

    /// <inheritdoc/>
    public string? AddressesByName => _known.Select(owner => owner.AddressesByName).FirstOrDefault(reason => reason is not null);

    /// <inheritdoc/>
    public string? RuleByName(string name) => _known.Select(owner => owner.RuleByName(name)).FirstOrDefault(file => file is not null);

    /// <inheritdoc/>
    public bool BringsSecret => _known.Exists(owner => owner.BringsSecret);

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
}
