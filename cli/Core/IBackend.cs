using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core;

/// <summary>The running system, as the layers above see it: look, change, wait. One implementation an OS.</summary>
/// <remarks>Refusals by the system are thrown as <see cref="SystemRefusal"/>; nothing is printed.</remarks>
internal interface IBackend
{
    /// <summary>All interfaces with their devices, and their IP addresses.</summary>
    Snapshot ObserveLinks();

    /// <summary>What <see cref="ObserveLinks"/> gives, and everything that hangs on these interfaces.</summary>
    Snapshot ObserveAll(params ReadOnlySpan<int> links);

    /// <summary>Makes changes in order, at once where the system can.</summary>
    /// <param name="aggregate">Index that <see cref="Link.OfAggregate"/> stands for; 0 while there is none.</param>
    /// <param name="repeat">They may have been made already, as on undo: what is there counts as added, what is gone
    /// as removed, and all are tried before the first refusal is thrown.</param>
    void Apply(ImmutableArray<Change> changes, int aggregate, bool repeat);

    /// <summary>Waits for an expectation to come true, by events; throws when it has not within its time.</summary>
    void Expect(Expectation expectation, int aggregate);

    /// <summary>Asks neighbours whether they are there, all at once (ARP, neighbour discovery), and returns when each has answered
    /// or is known not to; the next look shows which. At most some seconds. A system that cannot knows of none that answers.</summary>
    void Ask(int link, ImmutableArray<Neighbour> neighbours)
    {
    }

    /// <summary>Waits for a change of any interface.</summary>
    /// <returns>False when nothing changed within this time.</returns>
    bool WaitForLinkChange(TimeSpan timeout);
}
