using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Linux;

/// <summary>Compares a configuration with what the system shows, without regard to order and to fields that only the kernel
/// decides.</summary>
internal static class ConfigurationCheck
{
    /// <summary>The objects of <paramref name="wanted"/> that the system does not show, as text.</summary>
    public static ImmutableArray<string> Missing(Configuration wanted, Configuration seen) =>
    [
        .. Missing(wanted.Addresses, seen.Addresses, Comparable).Select(address => $"address {ObjectText.Of(address)}"),
        .. Missing(wanted.NextHops, seen.NextHops, Comparable).Select(hop => $"next hop {ObjectText.Of(hop)}"),
        .. Missing(wanted.Routes, seen.Routes, Comparable).Select(route => $"route {ObjectText.Of(route)}"),
        .. Missing(wanted.Rules, seen.Rules, rule => rule).Select(rule => $"rule {ObjectText.Of(rule)}"),
        // The kernel has learned the others and may drop them at any time.
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
        // A lifetime counts down, so only whether it is finite is compared. For IPv4 not even that: a dhclient script that is already
        // running may restore the end of the lease.
        ValidLifetime = !address.IsIPv6 || address.ValidLifetime == Address.Forever ? Address.Forever : 0,
        PreferredLifetime = !address.IsIPv6 || address.PreferredLifetime == Address.Forever ? Address.Forever : 0,
        // Addresses are added without duplicate detection, so NODAD differs. Secondary expresses the order of IPv4 addresses, which must be
        // kept; for IPv6 the bit means temporary. The flag that makes the kernel create temporary addresses is set last.
        Flags = address.Flags & ((Netlink.AddressCodec.Settable & ~(AddressFlags.NoDad | AddressFlags.ManageTemporary))
            | (address.IsIPv6 ? AddressFlags.None : AddressFlags.Secondary)),
        // networkd replaces an address by that of its own lease, without the old one's metric for the prefix route.
        Metric = 0,
        // Kernels before 5.18 do not keep it.
        Protocol = 0,
    };

    // The kernel computes the scope.
    private static NextHop Comparable(NextHop nextHop) => nextHop with { Scope = 0 };

    // The kernel orders the legs of an IPv6 route by the time they were added.
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
        // A missing address has two forms: null text and empty text.
        Address = neighbour.Address.IsEmpty ? default : neighbour.Address,
        // Kernels before 5.0 do not keep it.
        Protocol = 0,
    };
}
