using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>A DHCP client that runs as a process of its own.</summary>
internal sealed class DhcpClientOwner : IOwner
{
    /// <inheritdoc/>
    public IReadOnlyCollection<string> Programs => DhcpClients.Programs;

    /// <inheritdoc/>
    public ImmutableArray<Change> Changes => [new StopClient(null!), new StartClient(null!, 0, 0), new CheckClient(null!, 0)];

    /// <inheritdoc/>
    public IEnumerable<Owner> Of(IReadOnlyList<Link> links, OwnerScan scan) => links.SelectMany(link => scan.Processes
        .Where(process => DhcpClients.Programs.Contains(process.Program) && DhcpClients.Serves(process, link, scan.Links))
        .OrderBy(process => process.Id)
        .Select(process => new Owner(link.Index, process.Program, process.Evidence)
        {
            State = DhcpClientChanger.Of(scan.Root, process, link, scan.Links, scan.MainProcess),
        }));

    /// <inheritdoc/>
    public int? Make(OwnerChange change, Func<int, string?> name, bool repeat)
    {
        switch (change)
        {
            case StopClient stop:
                DhcpClientChanger.Stop(stop.Client);
                return 0;
            case StartClient start:
                DhcpClientChanger.Start(start, name.Named(start.Link));
                return 0;
            case CheckClient check:
                DhcpClientChanger.Check(check.Client, name.Named(check.Link));
                return 0;
            default:
                return null;
        }
    }
}
