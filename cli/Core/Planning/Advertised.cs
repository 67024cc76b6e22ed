using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>Addresses and routes that were learned from router advertisements.</summary>
/// <remarks>
/// An address that the kernel formed can be moved unchanged: the next advertisement finds it and renews its lifetime. A default route cannot:
/// the copy lacks the flag by which the kernel recognises its own, and an advertisement whose route the kernel can neither find nor add
/// is dropped as a whole, including the lifetimes of the addresses (ndisc_router_discovery, net/ipv6/ndisc.c). So the move adds a
/// copy with a metric that is worse by one, and removes it when the kernel, which solicits routers by itself, has learned the route
/// again on the new interface.
/// systemd-networkd 257 and later hold these routes through next-hop objects of their own, whose ids it derives from the interface's name
/// (src/network/networkd-ndisc.c). It removes such an object when it stops managing the interface, wherever the object is by then, and
/// makes another for the new interface. So the copy goes through the router directly.
/// </remarks>
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

    /// <summary>Whether an advertisement's receiver made this object, for itself only.</summary>
    public static bool Is(NextHop hop) => hop is { Protocol: RouteProtocol.RouterAdvertisement, Gateway: not null };

    /// <summary>The configuration to be moved, with copies in place of the routes that will be learned again.</summary>
    public static Configuration Moving(Snapshot snapshot, Link link, Configuration configuration)
    {
        bool heard = IsHeard(snapshot, link);
        return configuration with
        {
            NextHops = [.. configuration.NextHops.Where(hop => !Is(hop))],
            Routes = [.. configuration.Routes.Select(Copied)],
        };

        Route Copied(Route route) =>
            configuration.NextHops.FirstOrDefault(hop => Is(hop) && hop.Id == route.NextHopId) is { } hop
                ? route with { NextHopId = 0, Legs = [new RouteLeg(hop.Link, hop.Gateway, OnLink: hop.OnLink)], Metric = route.Metric + 1 }
            : heard && Is(route) ? route with { Metric = route.Metric + 1 } : route;
    }

    /// <summary>The removal of the copies, each once its original has been learned again.</summary>
    public static ImmutableArray<Change> WithoutCopies(Snapshot snapshot, Link link, Configuration moved)
    {
        bool heard = IsHeard(snapshot, link);
        return [.. moved.Routes.Where(route => heard && Is(route) || WasThroughObject(route)).Select(route => new RemoveWhenLearned(route))];

        bool WasThroughObject(Route route) => route is { Protocol: RouteProtocol.RouterAdvertisement, HasIPv6Gateway: true }
            && snapshot.NextHops.Any(hop => hop.Link == link.Index && Is(hop) && hop.Gateway!.Equals(route.Legs[0].Gateway));
    }

    /// <summary>The step that removes the copies when they are no longer needed.</summary>
    public static ImmutableArray<Step> Settle(Snapshot snapshot, Link link, Configuration there, bool optional)
    {
        ImmutableArray<Change> changes = WithoutCopies(snapshot, link, there);
        return changes.IsEmpty ? [] : [new Step("await the router", changes, []) { Optional = optional }];
    }
}
