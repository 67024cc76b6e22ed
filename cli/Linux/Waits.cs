using System.Diagnostics;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Waits for what the next change needs, by events.</summary>
internal sealed class Waits(Observer observer)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    // A bond tells of its new active port by an event, but not in every kernel and not for every change that its monitor
    // finds; so it is looked at besides.
    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(20);

    // Two questions of the kernel's (rtr_solicitation_interval).
    private static readonly TimeSpan s_routerPatience = TimeSpan.FromSeconds(9);

    // There is no event for frames that do not come. An inactive port gets broadcasts for ever, so this ends early.
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_quietPatience = TimeSpan.FromSeconds(2);

    // Nothing tells: qemu's e1000 keeps back what comes in for a second after its receiver was set up
    // (flush_queue_timer, hw/net/e1000.c), and the synthetic carries the traffic meanwhile.
    private static readonly TimeSpan s_hearing = TimeSpan.FromMilliseconds(1200);

    /// <summary>Returns when it has happened, when it is too late, or when the interface is gone.</summary>
    public void For(Wait wait)
    {
        switch (wait)
        {
            case WaitForCarrier carrier:
                // IFF_RUNNING is set together with the event by which IPv6 gets ready (linkwatch_do_dev, net/core/link_watch.c).
                Until(carrier.Link, link => link.Carrier && link.Flags.HasFlag(LinkFlags.Running), s_patience, s_patience);
                break;
            case WaitToReceive hear:
                Until(hear.Link, _ => false, s_hearing, s_hearing);
                break;
            case WaitForActive active when observer.Find(active.Port) is { } port:
                // Without a carrier soon after it was switched on its wire is unplugged, and it may stay so.
                Until(port.Index, link => link.Carrier, s_patience, s_patience);
                if (observer.Find(port.Index) is { Carrier: true })
                    Until(active.Bond, link => link.Bond?.ActivePort == port.Index, s_patience, s_glance);
                break;
            case WaitForQuiet quiet:
                ulong before = ulong.MaxValue;
                Until(quiet.Port, link => link.ReceivedPackets == before || (before = link.ReceivedPackets) == ulong.MaxValue,
                    s_quietPatience, s_silence);
                break;
        }
    }

    /// <summary>Waits until the route that this one is a copy of is there with another metric.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="start">When the waiting for this and other routes began (<see cref="Stopwatch.GetTimestamp"/>).</param>
    /// <returns>False when it is too late.</returns>
    public bool IsLearned(Route copy, long start)
    {
        var links = new int[copy.Legs.Length];
        for (int i = 0; i < links.Length; i++)
            links[i] = copy.Legs[i].Link;
        var filter = new RouteFilter(links, []);
        return ForRoutes(copy.IsIPv6, () => observer.Routes(filter).Exists(IsOriginal), start, s_routerPatience);

        // Its marks and what is left of its time differ.
        bool IsOriginal(Route route) =>
            route.Metric != copy.Metric && route.Protocol == copy.Protocol && route.Table == copy.Table
            && route.DestinationLength == copy.DestinationLength && route.Destination.Equals(copy.Destination)
            && route.Legs.SequenceEqual(copy.Legs);
    }

    /// <summary>Looks at each change of IPv6 routes until something is so, or it is too late.</summary>
    public static void ForIPv6Routes(Func<bool> isSo) => ForRoutes(true, isSo, Stopwatch.GetTimestamp(), s_patience);

    private static bool ForRoutes(bool isIPv6, Func<bool> isSo, long start, TimeSpan patience)
    {
        using var events = new NetlinkEvents(isIPv6 ? RTNLGRP_IPV6_ROUTE : RTNLGRP_IPV4_ROUTE);
        while (!isSo())
        {
            TimeSpan left = patience - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                return false;
            events.Wait(left);
        }
        return true;
    }

    private void Until(int index, Predicate<Link> isSo, TimeSpan patience, TimeSpan pause)
    {
        using var events = new NetlinkEvents(RTNLGRP_LINK);
        long start = Stopwatch.GetTimestamp();
        while (observer.Find(index) is { } link && !isSo(link))
        {
            TimeSpan left = patience - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                return;
            events.Wait(left < pause ? left : pause);
        }
    }
}
