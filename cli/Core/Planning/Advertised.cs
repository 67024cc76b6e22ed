using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>What the kernel itself has learned from router advertisements.</summary>
/// <remarks>
/// An address can be moved as it is: the next advertisement finds it and renews its lifetime. A default route cannot: it
/// would lack the mark by which the kernel knows its own, and an advertisement whose route the kernel can neither find
/// nor add is dropped as a whole, the addresses' lifetimes with it (ndisc_router_discovery, net/ipv6/ndisc.c). So a copy
/// goes along that is just a little worse, until the kernel has learned the route again on the new interface, for which
/// it asks by itself.
/// </remarks>
internal static class Advertised
{
    /// <summary>Whether the kernel takes router advertisements on an interface.</summary>
    public static bool IsHeard(Snapshot snapshot, Link link)
    {
        foreach (Sysctl sysctl in snapshot.Sysctls)
        {
            if (sysctl is { Tree: "ipv6/conf", Name: "accept_ra", Value: not "0" } && sysctl.Link == link.Index)
                return true;
        }
        return false;
    }

    /// <summary>Whether an address looks like one that the kernel made from an advertised prefix.</summary>
    public static bool Is(Address address) => address is { IsIPv6: true, PrefixLength: 64 };

    /// <summary>Whether the kernel has this route from an advertisement.</summary>
    public static bool Is(Route route) =>
        route is { IsIPv6: true, Protocol: RouteProtocol.RouterAdvertisement, Expires: > 0, HasIPv6Gateway: true };

    /// <summary>A configuration as it is moved.</summary>
    public static Configuration Moving(Snapshot snapshot, Link link, Configuration configuration) =>
        !IsHeard(snapshot, link) ? configuration : configuration with
        {
            Routes = [.. configuration.Routes.Select(route => Is(route) ? route with { Metric = route.Metric + 1 } : route)],
        };

    /// <summary>The removal of the copies, each when the kernel has learned its own again.</summary>
    public static ImmutableArray<Change> WithoutCopies(Snapshot snapshot, Link link, Configuration moved) =>
        !IsHeard(snapshot, link) ? [] : [.. moved.Routes.Where(Is).Select(route => new RemoveWhenLearned(route))];

    /// <summary>Removes the copies that were moved when they are needed no more.</summary>
    public static ImmutableArray<Step> Settle(Snapshot snapshot, Link link, Configuration there, bool optional)
    {
        ImmutableArray<Change> changes = WithoutCopies(snapshot, link, there);
        return changes.IsEmpty ? [] : [new Step("await the router", changes, []) { Optional = optional }];
    }
}
