using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>NetworkManager, through D-Bus; if it does not answer, from its state file.</summary>
internal sealed class NetworkManagerOwner : IOwner
{
    /// <inheritdoc/>
    public IReadOnlyCollection<string> Programs { get; } = [NetworkManager.Daemon];

    /// <inheritdoc/>
    public ImmutableArray<Change> Changes =>
    [
        new CopyProfile(0, default, null!), new AddPortProfile(0, 0, default), new CheckProfile(0, null), new StopManaging(0),
        new ReleaseInterface(0), new ActivateProfile(0, null!), new ExcludeName(null!, false),
    ];

    /// <inheritdoc/>
    /// <remarks>NetworkManager leaves its files behind when it stops, so they count only while it runs.</remarks>
    public IEnumerable<Owner> Of(IReadOnlyList<Link> links, OwnerScan scan)
    {
        if (!scan.Runs(NetworkManager.Daemon))
            yield break;
        using NetworkManagerBus? bus = scan.Root == "/" ? TryConnect() : null;
        foreach (Link link in links)
        {
            if (Of(bus, link, scan.Root) is { } owner)
                yield return owner;
        }
    }

    /// <inheritdoc/>
    public int? Make(OwnerChange change, Func<int, string?> name, bool repeat)
    {
        switch (change)
        {
            case ExcludeName exclude:
                NetworkManagerExclusion.Make(exclude);
                return 0;
            case CheckProfile check:
                NetworkManagerChanger.Check(check, name.Named(check.Link));
                return 0;
            case NetworkManagerChange asked:
                NetworkManagerChanger.Make(asked, name, repeat);
                return asked is ReleaseInterface away ? away.Link : 0;
            default:
                return null;
        }
    }

    private static NetworkManagerBus? TryConnect()
    {
        try
        {
            return new NetworkManagerBus();
        }
        catch (SystemRefusal)
        {
            return null;
        }
    }

    private static Owner? Of(NetworkManagerBus? bus, Link link, string root)
    {
        string reason = "there is no system bus";
        try
        {
            if (bus is not null)
                return NetworkManager.Of(bus, link);
        }
        catch (SystemRefusal refusal)
        {
            reason = refusal.Message;
        }
        Owner? owner = NetworkManager.Of(link.Index, root);
        return owner is null || root != "/" ? owner : owner with { Evidence = $"{owner.Evidence}; {reason}" };
    }
}
