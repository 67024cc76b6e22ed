using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Commands;

/// <summary>The network, which is changed only if the administrator permits it: every change of every command comes through here.</summary>
/// <param name="network">The network.</param>
/// <param name="isObserveOnly">Whether the administrator permits no change; asked once, before the first change.</param>
internal sealed class GuardedNetwork(IBackend network, Func<bool> isObserveOnly) : IBackend
{
    private bool? _isObserveOnly;

    /// <summary>Whether the administrator permits no change.</summary>
    public bool IsObserveOnly => _isObserveOnly ??= isObserveOnly();

    /// <inheritdoc/>
    public void Permit(string what)
    {
        if (IsObserveOnly)
            throw new ObserveOnly(what);
    }

    /// <inheritdoc/>
    public void Apply(ImmutableArray<Change> changes, int aggregate, bool repeat)
    {
        // The last resort: the code that begins a plan, an undo or a single change asks before, with better words, and before it writes a journal.
        Permit("a change of the network");
        network.Apply(changes, aggregate, repeat);
    }

    /// <inheritdoc/>
    public Snapshot ObserveLinks() => network.ObserveLinks();

    /// <inheritdoc/>
    public Snapshot ObserveNics() => network.ObserveNics();

    /// <inheritdoc/>
    public Snapshot? ObserveUnlocked() => network.ObserveUnlocked();

    /// <inheritdoc/>
    public IReadOnlyList<Link> Recount(List<Link> links) => network.Recount(links);

    /// <inheritdoc/>
    public NicFacts Facts(Link nic) => network.Facts(nic);

    /// <inheritdoc/>
    public Snapshot Complete(Snapshot snapshot, params ReadOnlySpan<int> links) => network.Complete(snapshot, links);

    /// <inheritdoc/>
    public void Expect(Expectation expectation, int aggregate) => network.Expect(expectation, aggregate);

    /// <inheritdoc/>
    public void Ask(int link, ImmutableArray<Neighbour> neighbours, TimeSpan patience) => network.Ask(link, neighbours, patience);

    /// <inheritdoc/>
    public void Announce(int link) => network.Announce(link);

    /// <inheritdoc/>
    public bool Receives(int link, HardwareAddress group, int from) => network.Receives(link, group, from);

    /// <inheritdoc/>
    public ImmutableArray<IPAddress> AskThrough(int through, int other, bool isPast, ImmutableArray<PathQuestion> questions) =>
        network.AskThrough(through, other, isPast, questions);

    /// <inheritdoc/>
    public bool WaitForLinkChange(TimeSpan timeout) => network.WaitForLinkChange(timeout);
}
