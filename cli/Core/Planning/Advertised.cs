using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>Addresses and routes that the kernel itself learned from router advertisements.</summary>
/// <remarks>An address can be moved unchanged: the next advertisement finds it and renews its lifetime. A default route cannot: the
/// copy lacks the flag by which the kernel recognises its own, and an advertisement whose route the kernel can neither find nor add
/// is dropped as a whole, including the lifetimes of the addresses (ndisc_router_discovery, net/ipv6/ndisc.c). So the move adds a
/// copy with a metric that is worse by one, and removes it when the kernel, which solicits routers by itself, has learned the route
/// again on the new interface.</remarks>
internal static class Advertised
{
    /// <summary>Whether the kernel accepts router advertisements on an interface.</summary>
    public static bool IsHeard(Snapshot snapshot, Link link)
    {
        foreach (Sysctl sysctl in snapshot.Sysctls)
        {
            if (sysctl is { Tree: "ipv6/conf", Name: "accept_ra", Value: not "0" } && sysctl.Link == link.Index)
                return true;
        }
        return false;
    }

    /// <summary>Whether the kernel may have formed an address from an advertised prefix.</summary>
    public static bool Is(Address address) => address is { IsIPv6: true, PrefixLength: 64 };

    /// <summary>Whether the kernel learned this route from an advertisement.</summary>
    public static bool Is(Route route) =>
        route is { IsIPv6: true, Protocol: RouteProtocol.RouterAdvertisement, Expires: > 0, HasIPv6Gateway: true };

    /// <summary>The configuration to be moved, with the worse metric for the kernel's routes.</summary>
    public static Configuration Moving(Snapshot snapshot, Link link, Configuration configuration) =>
        !IsHeard(snapshot, link) ? configuration : configuration with
        {
            Routes = [.. configuration.Routes.Select(route => Is(route) ? route with { Metric = route.Metric + 1 } : route)],
        };

    /// <summary>The removal of the copies, each once the kernel has learned its own route again.</summary>
    public static ImmutableArray<Change> WithoutCopies(Snapshot snapshot, Link link, Configuration moved) =>
        !IsHeard(snapshot, link) ? [] : [.. moved.Routes.Where(Is).Select(route => new RemoveWhenLearned(route))];

    /// <summary>The step that removes the copies when they are no longer needed.</summary>
    public static ImmutableArray<Step> Settle(Snapshot snapshot, Link link, Configuration there, bool optional)
    {
        ImmutableArray<Change> changes = WithoutCopies(snapshot, link, there);
        return changes.IsEmpty ? [] : [new Step("await the router", changes, []) { Optional = optional }];
    }
}
