using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Linux;

/// <summary>Compares a configuration with what the system shows: as sets, and without what only the kernel decides.</summary>
internal static class ConfigurationCheck
{
    /// <summary>What of <paramref name="wanted"/> the system does not show, in words.</summary>
    public static ImmutableArray<string> Missing(Configuration wanted, Configuration seen) =>
    [
        .. Missing(wanted.Addresses, seen.Addresses, Comparable).Select(address => $"address {ObjectText.Of(address)}"),
        .. Missing(wanted.NextHops, seen.NextHops, Comparable).Select(hop => $"next hop {ObjectText.Of(hop)}"),
        .. Missing(wanted.Routes, seen.Routes, Comparable).Select(route => $"route {ObjectText.Of(route)}"),
        .. Missing(wanted.Rules, seen.Rules, rule => rule).Select(rule => $"rule {ObjectText.Of(rule)}"),
        // The others are what the kernel has learned, and forgets as it likes.
        .. Missing(wanted.Neighbours.Where(IsConfigured), seen.Neighbours, Comparable)
            .Select(neighbour => $"neighbour {ObjectText.Of(neighbour)}"),
    ];

    private static IEnumerable<T> Missing<T>(IEnumerable<T> wanted, IEnumerable<T> seen, Func<T, T> comparable)
    {
        HashSet<T> there = [.. seen.Select(comparable)];
        return wanted.Where(item => !there.Contains(comparable(item)));
    }

    private static Address Comparable(Address address) => address with
    {
        // A lifetime runs; what matters is that it ends at all. Of an IPv4 address not even that: a dhclient's script that
        // was on its way puts the lease's end back.
        ValidLifetime = !address.IsIPv6 || address.ValidLifetime == Address.Forever ? Address.Forever : 0,
        PreferredLifetime = !address.IsIPv6 || address.PreferredLifetime == Address.Forever ? Address.Forever : 0,
        // Added without duplicate detection, so NODAD differs. Secondary is order: of IPv4 it must be kept, of IPv6
        // the bit means something else.
        // And what has the kernel make temporary addresses is set when all is there.
        Flags = address.Flags & ((Netlink.AddressCodec.Settable & ~(AddressFlags.NoDad | AddressFlags.ManageTemporary))
            | (address.IsIPv6 ? AddressFlags.None : AddressFlags.Secondary)),
        // networkd puts its own lease in an address's place, without the metric of the prefix route that the last one had.
        Metric = 0,
        // Kernels before 5.18 do not keep it.
        Protocol = 0,
    };

    // The scope is the kernel's finding.
    private static NextHop Comparable(NextHop nextHop) => nextHop with { Scope = 0 };

    // The kernel sorts the legs of an IPv6 route by the order in which they came.
    private static Route Comparable(Route route) => route.Legs.Length < 2 ? route : route with
    {
        Legs = [.. route.Legs.OrderBy(leg => leg.Link).ThenBy(leg => leg.Gateway?.ToString(), StringComparer.Ordinal)],
    };

    private static bool IsConfigured(Neighbour neighbour) =>
        (neighbour.State & (NeighbourState.Permanent | NeighbourState.NoArp)) != 0
        || (neighbour.Flags & (NeighbourFlags.Proxy | NeighbourFlags.ExternallyLearned)) != 0;

    private static Neighbour Comparable(Neighbour neighbour) => neighbour with
    {
        State = neighbour.State & (NeighbourState.Permanent | NeighbourState.NoArp),
        // None is written in two ways: no text, and an empty one.
        Address = neighbour.Address.IsEmpty ? default : neighbour.Address,
        // Kernels before 5.0 do not keep it.
        Protocol = 0,
    };
}
