using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core;

/// <summary>The network of the running system: look, change, wait.</summary>
/// <remarks>A refusal by the system is thrown as <see cref="SystemRefusal"/>; nothing is printed.</remarks>
internal interface IBackend
{
    /// <summary>All interfaces with their devices, and their IP addresses.</summary>
    Snapshot ObserveLinks();

    /// <summary>The interfaces with hardware and most of what is on top of them, with their IP addresses: enough to know the pairs and whether
    /// they are joined, and cheap on a host with thousands of other interfaces.</summary>
    Snapshot ObserveNics() => ObserveLinks();

    /// <summary>The NICs of a Hyper-V guest, as far as the system shows them without its network lock; null on any other host, and where that
    /// does not show the address that makes a pair.</summary>
    Snapshot? ObserveUnlocked() => null;

    /// <summary>Reads the packet counters of these interfaces again. Those that are gone are missing.</summary>
    IReadOnlyList<Link> Recount(List<Link> links) =>
        [.. ObserveLinks().Links.Where(now => links.Exists(link => link.Index == now.Index))];

    /// <summary>What the driver of a NIC tells of it, for people. It costs some system calls.</summary>
    NicFacts Facts(Link nic) => NicFacts.Unknown;

    /// <summary>Adds to an observation of the interfaces everything that is configured on some of them.</summary>
    /// <param name="snapshot">What <see cref="ObserveLinks"/> returned a moment ago.</param>
    /// <param name="links">The indexes of these interfaces.</param>
    Snapshot Complete(Snapshot snapshot, params ReadOnlySpan<int> links);

    /// <summary>Asks, before a plan, an undo or a single change begins, whether the network may be changed.</summary>
    /// <param name="what">What is about to be done, for the message.</param>
    /// <exception cref="ObserveOnly">It may not.</exception>
    void Permit(string what)
    {
    }

    /// <summary>Makes changes in order, in one batch where the system can.</summary>
    /// <param name="aggregate">The index for <see cref="Link.OfAggregate"/>; 0 while there is none.</param>
    /// <param name="repeat">Whether the changes may have been made already, as on undo: then what exists counts as added, what is gone
    /// counts as removed, and all changes are tried before the first refusal is thrown.</param>
    void Apply(ImmutableArray<Change> changes, int aggregate, bool repeat);

    /// <summary>Waits for an expectation to come true, by events; throws when its time is over.</summary>
    void Expect(Expectation expectation, int aggregate);

    /// <summary>The time in which the kernel asks a neighbour three times, one second apart, before it marks it failed (ucast_solicit,
    /// mcast_solicit, retrans_time_ms: arp(7)).</summary>
    static readonly TimeSpan Asking = TimeSpan.FromSeconds(4);

    /// <summary>Asks all these neighbours at once (ARP, neighbour discovery) and returns when each has answered or failed, or when the time is
    /// over; the next look shows which. Does nothing on a system that cannot ask.</summary>
    void Ask(int link, ImmutableArray<Neighbour> neighbours, TimeSpan patience)
    {
    }

    /// <summary>Tells the network that the addresses of an interface are reached through another path now. Best effort; nothing on a system
    /// whose driver does it.</summary>
    void Announce(int link)
    {
    }

    /// <summary>Sends a test frame for a multicast address through one interface itself, past its filters.</summary>
    /// <param name="link">The interface that may receive it.</param>
    /// <param name="group">The multicast address.</param>
    /// <param name="from">The interface that sends it.</param>
    /// <returns>Whether it arrived. If not, it may be that the host does not carry it from one to the other.</returns>
    bool Receives(int link, HardwareAddress group, int from) => false;

    /// <summary>Asks neighbours (ARP, neighbour discovery) through one interface of a joined pair itself, whatever the path, and waits up to a
    /// second for their answers.</summary>
    /// <param name="through">Index of the interface.</param>
    /// <param name="other">Index of the other one of a redirect, where the answer may arrive, too; 0 if it may not.</param>
    /// <param name="isPast">Whether the questions go past the redirect.</param>
    /// <param name="questions">The questions.</param>
    /// <returns>The neighbours that answered this question. An answer that another program may have caused, by a question through
    /// <paramref name="other"/>, does not count.</returns>
    ImmutableArray<IPAddress> AskThrough(int through, int other, bool isPast, ImmutableArray<PathQuestion> questions) => [];

    /// <summary>Waits for a change of any interface.</summary>
    /// <returns>False when nothing changed within this time.</returns>
    bool WaitForLinkChange(TimeSpan timeout);
}
