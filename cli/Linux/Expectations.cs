using System.Collections.Immutable;
using System.Diagnostics;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Interop.Errno;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Waits until expectations are met, driven by netlink events.</summary>
/// <param name="socket">Sends requests to the kernel.</param>
/// <param name="observer">Reads the system's state.</param>
/// <param name="timeout">Longest wait.</param>
internal sealed class Expectations(NetlinkSocket socket, Observer observer, TimeSpan timeout)
{
    // A bond reports its new active port with an event, but not in every kernel and not for every change that its monitor finds. So it is
    // polled as well.
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    // An owner that has already started on the interface may just be replacing an address by that of a new lease.
    private static readonly TimeSpan Replacing = TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="IBackend.Expect"/>
    public void Expect(Expectation expectation, int aggregate)
    {
        switch (expectation.WithIndexes(index => index == Link.OfAggregate ? aggregate : index))
        {
            case CarriedBy carried:
                Carried(carried.Aggregate, carried.Port);
                break;
            case Holds holds:
                Shown(holds.Configuration);
                break;
            case Answers answers:
                Answered(answers.Link, answers.Neighbours);
                break;
            default:
                throw new ArgumentException($"unknown expectation {expectation}", nameof(expectation));
        }
    }

    private void Carried(int aggregate, int port)
    {
        using var events = new NetlinkEvents(RTNLGRP_LINK);
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            Link link = observer.Find(aggregate)
                ?? throw new SystemRefusal(observer.NameOf(aggregate), "wait for its carrier", ENODEV);
            if (link.Carrier && link.Bond?.ActivePort == port)
                return;
            TimeSpan left = timeout - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                int active = link.Bond?.ActivePort ?? 0;
                string state = !link.Carrier ? "it has no carrier"
                    : active == 0 ? "it sends through no port"
                    : $"it sends through {observer.NameOf(active)}";
                throw new SystemRefusal(
                    link.Name, $"wait {timeout.TotalSeconds:0.#} s to send through {observer.NameOf(port)}", ETIMEDOUT,
                    state);
            }
            events.Wait(left < PollInterval ? left : PollInterval);
        }
    }

    private void Shown(Configuration wanted)
    {
        ImmutableArray<string> missing = ConfigurationCheck.Missing(wanted, Seen(wanted));
        if (missing.IsEmpty)
            return;
        using var events = new NetlinkEvents(RTNLGRP_IPV4_IFADDR);
        long start = Stopwatch.GetTimestamp();
        do
        {
            events.Wait(PollInterval);
            missing = ConfigurationCheck.Missing(wanted, Seen(wanted));
            if (missing.IsEmpty)
                return;
        }
        while (Stopwatch.GetElapsedTime(start) < Replacing);
        int link = wanted.Addresses.FirstOrDefault()?.Link
            ?? wanted.Routes.SelectMany(route => route.Legs).FirstOrDefault()?.Link ?? 0;
        throw new SystemRefusal(
            link == 0 ? "network" : observer.NameOf(link), "check the configuration", 0,
            $"missing: {string.Join(", ", missing)}");
    }

    private Configuration Seen(Configuration wanted)
    {
        List<NextHop> nextHops = observer.NextHops();
        HashSet<uint> ids = [];
        foreach (Route route in wanted.Routes)
            ids.Add(route.NextHopId);
        foreach (NextHop group in nextHops)
        {
            if (ids.Contains(group.Id))
                ids.UnionWith(group.Members);
        }
        HashSet<int> found = [];
        foreach (RouteLeg leg in wanted.Routes.SelectMany(route => route.Legs))
            found.Add(leg.Link);
        foreach (NextHop hop in nextHops)
        {
            if (ids.Contains(hop.Id))
                found.Add(hop.Link);
        }
        found.Remove(0);
        int[] links = [.. found];
        return new Configuration
        {
            Addresses = wanted.Addresses.IsEmpty ? [] : [.. observer.Addresses()],
            NextHops = [.. nextHops],
            Routes = wanted.Routes.IsEmpty ? [] : [.. observer.Routes(new RouteFilter(links, nextHops))],
            Rules = wanted.Rules.IsEmpty ? [] : [.. observer.Rules()],
            Neighbours = wanted.Neighbours.IsEmpty ? [] : [.. observer.Neighbours()],
        };
    }

    /// <inheritdoc cref="IBackend.Ask"/>
    public void Ask(int link, ImmutableArray<Neighbour> neighbours, TimeSpan patience)
    {
        List<Neighbour> open = [.. neighbours.Select(neighbour => neighbour with { Link = link })];
        using var events = new NetlinkEvents(RTNLGRP_NEIGH);
        open.RemoveAll(neighbour => !CanRequest(neighbour));
        try
        {
            Wait(open, events, patience, _ => { }, again: false);
        }
        catch (SystemRefusal)
        {
            // No neighbour answers if the interface is off or gone.
        }
    }

    // A neighbour that cannot be probed counts as silent: the table is full (ENOBUFS) or the interface is off.
    private bool CanRequest(Neighbour neighbour)
    {
        try
        {
            Request([neighbour]);
            return true;
        }
        catch (SystemRefusal)
        {
            return false;
        }
    }

    /// <remarks>An IPv6 neighbour can be probed only when the interface has a link-local address that is not tentative: without a waiting
    /// packet the kernel uses no other source (ndisc_send_ns).</remarks>
    private void Answered(int link, ImmutableArray<Neighbour> neighbours)
    {
        if (neighbours.IsEmpty)
            return;
        List<Neighbour> open = [.. neighbours.Select(neighbour => neighbour with { Link = link })];
        ImmutableArray<Neighbour> fixedOnes =
            [.. open.Where(neighbour => (neighbour.State & (NeighbourState.Permanent | NeighbourState.NoArp)) != 0)];
        using var events = new NetlinkEvents(RTNLGRP_NEIGH);
        try
        {
            Request(open);
            Wait(open, events, timeout, neighbour => throw Silent(neighbour), again: true);
        }
        finally
        {
            // The probe has turned permanent and NOARP entries into ordinary ones: restore them.
            if (!fixedOnes.IsEmpty)
                Send(fixedOnes, NeighbourCodec.WritePut, "set");
        }
    }

    private delegate void Writer(ref MessageWriter writer, Neighbour neighbour);

    private void Request(IReadOnlyList<Neighbour> neighbours) => Send(neighbours, NeighbourCodec.WriteAsk, "ask");

    private void Send(IReadOnlyList<Neighbour> neighbours, Writer write, string verb)
    {
        var writer = new MessageWriter(stackalloc byte[256]);
        foreach (Neighbour neighbour in neighbours)
            write(ref writer, neighbour);
        Ack[] acks = socket.Send(writer.Written);
        for (int i = 0; i < acks.Length; i++)
        {
            if (acks[i].Errno != 0)
            {
                throw new SystemRefusal(
                    observer.NameOf(neighbours[i].Link), $"{verb} {Words(neighbours[i])}", acks[i].Errno,
                    acks[i].Words);
            }
        }
    }

    /// <summary>Waits until each neighbour has answered or was reported silent.</summary>
    /// <param name="open">The probed neighbours; settled ones are removed.</param>
    /// <param name="events">Events about neighbours.</param>
    /// <param name="patience">Longest wait.</param>
    /// <param name="silent">Called for a neighbour that does not answer.</param>
    /// <param name="again">Whether to probe a neighbour that the kernel has marked failed again until the time is over: it may answer
    /// rarely, or learn of a new path late.</param>
    private void Wait(List<Neighbour> open, NetlinkEvents events, TimeSpan patience, Action<Neighbour> silent, bool again)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            Judge(open, observer.Neighbours(), silent, again);
            if (open.Count == 0)
                return;
            TimeSpan left = patience - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                open.ForEach(silent);
                return;
            }
            // A table with thousands of entries changes all the time: look again only after an event about one of these.
            bool ours = false;
            EventVisitor visit = (in Message message) => ours |= IsAbout(message, open);
            while (!ours && left > TimeSpan.Zero && events.Wait(left, visit))
                left = patience - Stopwatch.GetElapsedTime(start);
        }
    }

    /// <summary>Removes the neighbours that have answered or failed, and probes others again where needed.</summary>
    private void Judge(List<Neighbour> open, List<Neighbour> seen, Action<Neighbour> silent, bool again)
    {
        for (int i = open.Count - 1; i >= 0; i--)
        {
            Neighbour asked = open[i];
            Neighbour? now = seen.Find(neighbour =>
                neighbour.Link == asked.Link && neighbour.Destination.Equals(asked.Destination)
                && !neighbour.Flags.HasFlag(NeighbourFlags.Proxy));
            const NeighbourState good =
                NeighbourState.Reachable | NeighbourState.Permanent | NeighbourState.NoArp;
            if (now is not null && (now.State & good) != 0)
                open.RemoveAt(i);
            else if (now is not null && now.State.HasFlag(NeighbourState.Failed) && !again)
            {
                silent(asked);
                open.RemoveAt(i);
            }
            else if (now is null || (now.State & (NeighbourState.Stale | NeighbourState.Delay | NeighbourState.Failed)) != 0)
                // The entry was flushed when the interface's address changed, or overwritten: probe again, at its current address.
                Request([now is null || now.Address.IsEmpty ? asked : asked with { Address = now.Address }]);
        }
    }

    private static bool IsAbout(in Message message, List<Neighbour> open)
    {
        if (message.Header.Type is not (RTM_NEWNEIGH or RTM_DELNEIGH)
            || !message.TryRead(out NeighbourHeader head, out AttributeReader attributes))
            return false;
        if (!open.Exists(neighbour => neighbour.Link == head.Index))
            return false;
        while (attributes.Next())
        {
            if (attributes.Type == NDA_DST && attributes.Ip() is { } destination)
                return open.Exists(neighbour => neighbour.Destination.Equals(destination));
        }
        return false;
    }

    private SystemRefusal Silent(Neighbour neighbour) => new(
        observer.NameOf(neighbour.Link), $"ask {Words(neighbour)}", ETIMEDOUT, "it does not answer");

    // The state is unknown: it is what the probe finds out.
    private static string Words(Neighbour neighbour) => $"neighbour {ObjectText.Of(neighbour with { State = NeighbourState.None })}";
}
