using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>The changes that take a configuration from one interface to another: the pieces of which the steps of a
/// join and of a detach are made.</summary>
internal static class Move
{
    /// <summary>What can stand on the target beforehand without disturbing the source: the same IPv4 address may be on
    /// two interfaces, and a second route behind the first is not used.</summary>
    /// <remarks>An IPv6 route with a gateway cannot: the kernel would make the two one multipath route and really send
    /// by the dead leg. <see cref="RoutesInstead"/> has those.</remarks>
    public static ImmutableArray<Change> Staged(Configuration there) =>
    [
        .. there.Addresses.Select(address => new AddAddress(TemporaryAddresses.Without(address))),
        .. there.Routes.Where(CanWait).Select(route => new AddRoute(route, RoutePlace.Behind)),
    ];

    /// <summary>The same where the owner may have begun with static IPv4 addresses.</summary>
    public static ImmutableArray<Change> StagedAgain(Configuration there) => [.. Staged(there).Select(change =>
        change is AddAddress { Address: { IsIPv6: false } address } ? new PutAddress(address) : change)];

    /// <summary>The routes that take the place of the source's at the moment of the move.</summary>
    public static ImmutableArray<Change> RoutesInstead(Snapshot snapshot, Configuration there) =>
        [.. there.Routes.Where(route => route.HasIPv6Gateway && IsOnly(snapshot, route))
            .Select(route => new AddRoute(route, RoutePlace.Instead))];

    /// <summary>The routes that can be added only when the source's are gone: replacing would hit another
    /// interface's route with the same key.</summary>
    public static ImmutableArray<Change> RoutesAfter(Snapshot snapshot, Configuration there) =>
        [.. there.Routes.Where(route => route.HasIPv6Gateway && !IsOnly(snapshot, route))
            .Select(route => new AddRoute(route, RoutePlace.Behind))];

    /// <summary>Next-hop objects and the routes that use them. The kernel deletes them all when the source goes down,
    /// and takes no object on an interface without a carrier: this comes when the target has one.</summary>
    public static ImmutableArray<Change> ThroughObjects(Configuration there) =>
    [
        .. there.NextHops.Select(nextHop => new PutNextHop(nextHop)),
        .. there.Routes.Where(route => route.NextHopId != 0).Select(route => new AddRoute(route, RoutePlace.Behind)),
    ];

    /// <summary>As <see cref="ThroughObjects"/>, for hardware that has only just been switched on.</summary>
    public static ImmutableArray<Change> ThroughObjects(Configuration there, int hardware) =>
        there.NextHops.IsEmpty ? [] : [new WaitForCarrier(hardware), .. ThroughObjects(there)];

    /// <summary>Takes the IPv4 addresses away that an interface keeps when it goes down, secondary ones first: with a
    /// primary address its secondaries would go (promote_secondaries=0).</summary>
    public static ImmutableArray<Change> WithoutIPv4(Configuration here) =>
        [.. here.Addresses.Where(address => !address.IsIPv6).Reverse().Select(address => new RemoveAddress(address))];

    /// <summary>Takes the IPv4 addresses away whose labels a rename has changed; they are added again with those from before.</summary>
    public static ImmutableArray<Change> WithoutRelabelled(Configuration here)
    {
        ImmutableArray<Address> addresses = [.. here.Addresses.Where(address => !address.IsIPv6)];
        // The first one gets the name itself as its label.
        return addresses.Length > 1 || addresses.Any(address => address.Label?.Contains(':') == true) ? [new RemoveRelabelled(addresses)] : [];
    }

    /// <summary>Takes the multipath routes away that outlive one of their legs; IPv6 ones lose the leg and are
    /// replaced.</summary>
    public static ImmutableArray<Change> WithoutShared(Configuration here, int link) =>
        [.. here.Routes.Where(route => IsShared(route, link)).Select(route => new RemoveRoute(route))];

    /// <summary>Neighbours: those that somebody added, and those that the kernel had found, so that nothing waits for
    /// an answer to a question that was answered already.</summary>
    public static ImmutableArray<Change> Neighbours(Configuration there)
    {
        var gateways = there.Gateways();
        return
        [
            .. PutNeighbours(there),
            .. there.Learned.Select(neighbour => new PutNeighbour(neighbour with
            {
                State = gateways.Contains(neighbour.Destination) ? NeighbourState.Reachable : NeighbourState.Stale,
            })),
        ];
    }

    /// <summary>Neighbours that somebody added. A bond that changes its active port forgets them all, permanent ones too
    /// (bond_set_dev_addr, neigh_changeaddr).</summary>
    public static ImmutableArray<Change> PutNeighbours(Configuration there) =>
        [.. there.Neighbours.Select(neighbour => new PutNeighbour(neighbour))];

    /// <summary>Adds the rules of <paramref name="there"/>, then removes those of <paramref name="here"/>; nothing
    /// where the name stays the same.</summary>
    public static ImmutableArray<Change> Rules(Configuration here, Configuration there) =>
        [.. RulesOf(there, instead: here), .. WithoutRules(here, there)];

    /// <summary>The first half of <see cref="Rules"/>.</summary>
    public static ImmutableArray<Change> RulesOf(Configuration there, Configuration instead) =>
        instead.Rules.SequenceEqual(there.Rules) ? [] : [.. there.Rules.Select(rule => new AddRule(rule))];

    /// <summary>The second half of <see cref="Rules"/>.</summary>
    public static ImmutableArray<Change> WithoutRules(Configuration here, Configuration there) =>
        here.Rules.SequenceEqual(there.Rules) ? [] : [.. here.Rules.Select(rule => new RemoveRule(rule))];

    /// <summary>Everything of a configuration but rules and next-hop objects, for an interface that is on and has none
    /// of it.</summary>
    public static ImmutableArray<Change> Anew(Snapshot snapshot, Configuration there) =>
    [
        .. Staged(there),
        .. RoutesInstead(snapshot, there),
        .. RoutesAfter(snapshot, there),
        .. Neighbours(there),
    ];

    /// <summary>Gives the moved IPv6 addresses their own flags back, once duplicate address detection is out of the
    /// way.</summary>
    public static ImmutableArray<Change> Settled(Configuration there) =>
        [.. there.Addresses.Where(address => address.IsIPv6).Select(address => new PutAddress(address))];

    /// <summary>Takes alternative names from one interface to the other.</summary>
    public static ImmutableArray<Change> AltNames(IEnumerable<string> names, int from, int to) =>
        [.. names.SelectMany(name => new Change[] { new RemoveAltName(from, name), new AddAltName(to, name) })];

    /// <summary>What the administrator should know of a VF that gets the pair's traffic.</summary>
    public static ImmutableArray<string> NotesOf(Link vf) => vf.HasXdp
        ? [$"the XDP program of {vf.Name} acts on packets that arrive on the VF, and on none while the VF is away"] : [];

    private static bool CanWait(Route route) => route.NextHopId == 0 && !route.HasIPv6Gateway;

    private static bool IsOnly(Snapshot snapshot, Route route) =>
        snapshot.Routes.Count(other => other.HasIPv6Gateway && other.ReplaceKey.Equals(route.ReplaceKey)) == 1;

    private static bool IsShared(Route route, int link) =>
        !route.IsIPv6 && route.Uses(link) && route.Legs.Any(leg => leg.Link != link);
}
