using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>The changes that move a configuration from one interface to another, from which the steps of joins and detaches are
/// composed.</summary>
internal static class Move
{
    /// <summary>What can be added to the target in advance without effect on the source: two interfaces may have the same IPv4
    /// address, and a second route behind the first is not used.</summary>
    /// <remarks>Not an IPv6 route with a gateway: the kernel would combine both to a multipath route and send through the dead leg.
    /// <see cref="RoutesInstead"/> handles those.</remarks>
    public static ImmutableArray<Change> Staged(Configuration there) =>
    [
        .. there.Addresses.Select(address => new AddAddress(TemporaryAddresses.Without(address))),
        .. there.Routes.Where(CanWait).Select(route => new AddRoute(route, RoutePlace.Behind)),
    ];

    /// <summary>As <see cref="Staged"/>, where the owner may already have added static IPv4 addresses.</summary>
    public static ImmutableArray<Change> StagedAgain(Configuration there) => [.. Staged(there).Select(change =>
        change is AddAddress { Address: { IsIPv6: false } address } ? new PutAddress(address) : change)];

    /// <summary>The routes that replace the source's at the moment of the move.</summary>
    public static ImmutableArray<Change> RoutesInstead(Snapshot snapshot, Configuration there) =>
        [.. there.Routes.Where(route => route.HasIPv6Gateway && IsOnly(snapshot, route))
            .Select(route => new AddRoute(route, RoutePlace.Instead))];

    /// <summary>The routes that can be added only after the source's are gone: to replace them could hit a route of another
    /// interface with the same key.</summary>
    public static ImmutableArray<Change> RoutesAfter(Snapshot snapshot, Configuration there) =>
        [.. there.Routes.Where(route => route.HasIPv6Gateway && !IsOnly(snapshot, route))
            .Select(route => new AddRoute(route, RoutePlace.Behind))];

    /// <summary>Next-hop objects and the routes that use them. The kernel deletes them when the source goes down, and accepts no
    /// object on an interface without a carrier: so they are added when the target has one.</summary>
    public static ImmutableArray<Change> ThroughObjects(Configuration there) =>
    [
        .. there.NextHops.Select(nextHop => new PutNextHop(nextHop)),
        .. there.Routes.Where(route => route.NextHopId != 0).Select(route => new AddRoute(route, RoutePlace.Behind)),
    ];

    /// <summary>As <see cref="ThroughObjects(Configuration)"/>, for hardware that was switched on a moment ago.</summary>
    public static ImmutableArray<Change> ThroughObjects(Configuration there, int hardware) =>
        there.NextHops.IsEmpty ? [] : [new WaitForCarrier(hardware), .. ThroughObjects(there)];

    /// <summary>Removes the IPv4 addresses, which an interface keeps when it goes down. Secondary ones first: the kernel removes
    /// them with their primary address (promote_secondaries=0).</summary>
    public static ImmutableArray<Change> WithoutIPv4(Configuration here) =>
        [.. here.Addresses.Where(address => !address.IsIPv6).Reverse().Select(address => new RemoveAddress(address))];

    /// <summary>Removes the IPv4 addresses whose labels a rename has changed, so that they can be added with their former labels.</summary>
    public static ImmutableArray<Change> WithoutRelabelled(Configuration here)
    {
        ImmutableArray<Address> addresses = [.. here.Addresses.Where(address => !address.IsIPv6)];
        // The label of the first address is the interface's name, which the kernel updates.
        return addresses.Length > 1 || addresses.Any(address => address.Label?.Contains(':') == true) ? [new RemoveRelabelled(addresses)] : [];
    }

    /// <summary>Removes the multipath IPv4 routes, which outlive the loss of one leg. IPv6 ones lose that leg and are replaced.</summary>
    public static ImmutableArray<Change> WithoutShared(Configuration here, int link) =>
        [.. here.Routes.Where(route => IsShared(route, link)).Select(route => new RemoveRoute(route))];

    /// <summary>Adds the configured neighbours, and those that the kernel had resolved, so that no packet waits for another
    /// resolution.</summary>
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

    /// <summary>Adds the configured neighbours. A bond that changes its active port deletes all its neighbours, permanent ones too
    /// (bond_set_dev_addr, neigh_changeaddr).</summary>
    public static ImmutableArray<Change> PutNeighbours(Configuration there) =>
        [.. there.Neighbours.Select(neighbour => new PutNeighbour(neighbour))];

    /// <summary>Adds the rules of <paramref name="there"/>, then removes those of <paramref name="here"/>; empty if they are equal
    /// because the name stays the same.</summary>
    public static ImmutableArray<Change> Rules(Configuration here, Configuration there) =>
        [.. RulesOf(there, instead: here), .. WithoutRules(here, there)];

    /// <summary>The first half of <see cref="Rules"/>.</summary>
    public static ImmutableArray<Change> RulesOf(Configuration there, Configuration instead) =>
        instead.Rules.SequenceEqual(there.Rules) ? [] : [.. there.Rules.Select(rule => new AddRule(rule))];

    /// <summary>The second half of <see cref="Rules"/>.</summary>
    public static ImmutableArray<Change> WithoutRules(Configuration here, Configuration there) =>
        here.Rules.SequenceEqual(there.Rules) ? [] : [.. here.Rules.Select(rule => new RemoveRule(rule))];

    /// <summary>Adds everything except rules and next-hop objects to an interface that is up and has none of it.</summary>
    public static ImmutableArray<Change> Recreate(Snapshot snapshot, Configuration there) =>
    [
        .. Staged(there),
        .. RoutesInstead(snapshot, there),
        .. RoutesAfter(snapshot, there),
        .. Neighbours(there),
    ];

    /// <summary>Restores the flags of the moved IPv6 addresses, which were added without duplicate address detection.</summary>
    public static ImmutableArray<Change> Settled(Configuration there) =>
        [.. there.Addresses.Where(address => address.IsIPv6).Select(address => new PutAddress(address))];

    /// <summary>Notes about a VF that is to carry the pair's traffic.</summary>
    public static ImmutableArray<string> NotesOf(Link vf) => vf.HasXdp
        ? [$"the XDP program of {vf.Name} acts on packets that arrive on the VF, and on none while the VF is away"] : [];

    /// <summary>Which offloads of the synthetic NIC the VF lacks: interfaces on top of it may count on them.</summary>
    public static ImmutableArray<string> NotesOfOffloads(Link synthetic, Link vf)
    {
        string lacking = string.Join(", ", synthetic.Offloads.Except(vf.Offloads));
        // One driver has a checksum for each protocol, another one for all.
        return lacking.Length == 0 || vf.Offloads.IsEmpty ? []
            : [$"{vf.Name} lacks offloads that are on at {synthetic.Name} ({lacking}): the kernel does that work instead"];
    }

    private static bool CanWait(Route route) => route.NextHopId == 0 && !route.HasIPv6Gateway;

    private static bool IsOnly(Snapshot snapshot, Route route) =>
        snapshot.Routes.Count(other => other.HasIPv6Gateway && other.ReplaceKey.Equals(route.ReplaceKey)) == 1;

    private static bool IsShared(Route route, int link) =>
        !route.IsIPv6 && route.Uses(link) && route.Legs.Any(leg => leg.Link != link);
}
