using System.Diagnostics;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Waits for conditions that the next change needs, driven by netlink events.</summary>
internal sealed class Waits(Observer observer)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    // A bond reports its new active port with an event, but not in every kernel and not for every change that its monitor finds. So it is
    // polled as well.
    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(20);

    // Long enough for two router solicitations of the kernel (rtr_solicitation_interval).
    private static readonly TimeSpan s_routerPatience = TimeSpan.FromSeconds(9);

    // There is no event for frames that stop coming. An inactive port receives broadcasts forever, so the wait is short.
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_quietPatience = TimeSpan.FromSeconds(2);

    // There is no event for this: qemu's e1000 holds back received packets for one second after its receiver was set up (flush_queue_timer,
    // hw/net/e1000.c). The synthetic NIC carries the traffic meanwhile.
    private static readonly TimeSpan s_hearing = TimeSpan.FromMilliseconds(1200);

    /// <summary>Returns when the condition is met, the time is over, or the interface is gone.</summary>
    public void For(Wait wait)
    {
        switch (wait)
        {
            case WaitForCarrier carrier:
                // IFF_RUNNING is set together with the event that makes IPv6 ready (linkwatch_do_dev, net/core/link_watch.c).
                Until(carrier.Link, link => link.Carrier && link.Flags.HasFlag(LinkFlags.Running), s_patience, s_patience);
                break;
            case WaitToReceive hear:
                Until(hear.Link, _ => false, s_hearing, s_hearing);
                break;
            case WaitForActive active when observer.Find(active.Port) is { } port:
                // A port without a carrier soon after it was switched on is unplugged, and may stay so.
                Until(port.Index, link => link.Carrier, s_patience, s_patience);
                if (observer.Find(port.Index) is { Carrier: true })
                    Until(active.Bond, link => link.Bond?.ActivePort == port.Index, s_patience, s_glance);
                break;
            case WaitForQuiet quiet:
                UntilQuiet(quiet.Port);
                break;
        }
    }

    /// <summary>Waits until the original of a copied route is there, with another metric.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="start">When the wait for this and other routes began (<see cref="Stopwatch.GetTimestamp"/>).</param>
    /// <returns>False when the time is over.</returns>
    public bool IsLearned(Route copy, long start)
    {
        var links = new int[copy.Legs.Length];
        for (int i = 0; i < links.Length; i++)
            links[i] = copy.Legs[i].Link;
        return ForRoutes(copy.IsIPv6, IsThere, start, s_routerPatience);

        bool IsThere()
        {
            List<NextHop> hops = observer.NextHops();
            return observer.Routes(new RouteFilter(links, hops)).Exists(route => IsOriginal(route, hops));
        }

        // Its flags and remaining lifetime differ, and it may go through a next-hop object.
        bool IsOriginal(Route route, List<NextHop> hops) =>
            route.Metric != copy.Metric && route.Protocol == copy.Protocol && route.Table == copy.Table
            && route.DestinationLength == copy.DestinationLength && route.Destination.Equals(copy.Destination)
            && (route.NextHopId == 0 ? route.Legs.SequenceEqual(copy.Legs) : hops.Exists(hop => hop.Id == route.NextHopId
                && hop.Link == links[0] && copy.Legs[0].Gateway is { } router && router.Equals(hop.Gateway)));
    }

    /// <summary>Checks a condition after each change of IPv6 routes, until it holds or the time is over.</summary>
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

    // Without events: a port that was added a moment ago causes many, and each would cut the silence short.
    private void UntilQuiet(int index)
    {
        long start = Stopwatch.GetTimestamp();
        ulong? before = null;
        while (observer.Find(index) is { } link && link.ReceivedPackets != before && Stopwatch.GetElapsedTime(start) < s_quietPatience)
        {
            before = link.ReceivedPackets;
            Thread.Sleep(s_silence);
        }
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
