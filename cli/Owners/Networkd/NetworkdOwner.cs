using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>systemd-networkd, by its state files; asked through files of ours and D-Bus.</summary>
internal sealed class NetworkdOwner : IOwner
{
    /// <inheritdoc/>
    public IReadOnlyCollection<string> Programs { get; } = [Networkd.Daemon];

    /// <inheritdoc/>
    public ImmutableArray<Change> Changes => [new PutNetworkFiles(default, false), new AwaitConfigured(0), new CheckNetwork(0, null)];

    /// <inheritdoc/>
    /// <remarks>networkd leaves its files behind when it stops (RuntimeDirectoryPreserve=yes), so they count only while it runs.</remarks>
    public IEnumerable<Owner> Of(IReadOnlyList<Link> links, OwnerScan scan) =>
        scan.Runs(Networkd.Daemon) ? links.Select(link => Networkd.Of(link, scan.Root)).OfType<Owner>() : [];

    /// <inheritdoc/>
    public int? Make(OwnerChange change, Func<int, string?> name, bool repeat)
    {
        switch (change)
        {
            case PutNetworkFiles put:
                return NetworkdChanger.Put(put, name.Named, repeat) ? 0 : put.Released;
            case AwaitConfigured wait:
                NetworkdChanger.AwaitConfigured(wait.Link, repeat);
                return 0;
            case CheckNetwork check:
                NetworkdChanger.Check(check, name.Named(check.Link), repeat);
                return 0;
            default:
                return null;
        }
    }
}
