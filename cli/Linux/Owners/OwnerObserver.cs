using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux.Owners;

/// <summary>Finds the programs that configure an interface. It reads all of /proc, so it is called only for a pair that is to be
/// joined.</summary>
internal static class OwnerObserver
{
    private static readonly HashSet<string> _programs =
        [NetworkManager.Daemon, Networkd.Daemon, .. DhcpClients.Programs, .. Daemons.Watching, .. Daemons.Passing];

    /// <summary>All owners of these interfaces.</summary>
    /// <param name="root">Root of the file system; <c>/</c> except in tests, where no bus is asked.</param>
    /// <param name="all">All interfaces of this network namespace.</param>
    /// <param name="mainProcess">Returns the main process of a systemd service; 0 if it has none.</param>
    /// <param name="links">Indices of the interfaces in question.</param>
    public static ImmutableArray<Owner> Observe(
        string root, IReadOnlyList<Link> all, Func<string, int> mainProcess, params ReadOnlySpan<int> links)
    {
        IReadOnlyList<Process> processes = Processes.Running(root, _programs);
        // A manager leaves its files behind when it stops (RuntimeDirectoryPreserve=yes in networkd's unit), so they count only while it
        // runs.
        bool networkManager = processes.Any(process => process.Program == NetworkManager.Daemon);
        bool networkd = processes.Any(process => process.Program == Networkd.Daemon);

        using NetworkManagerBus? bus = networkManager && root == "/" ? TryConnect() : null;
        ImmutableArray<Owner>.Builder owners = ImmutableArray.CreateBuilder<Owner>();
        foreach (int index in links)
        {
            if (all.FirstOrDefault(link => link.Index == index) is not { } link)
                continue;
            int others = owners.Count;
            if (networkManager && OfNetworkManager(bus, link, root) is { } byNetworkManager)
                owners.Add(byNetworkManager);
            if (networkd && Networkd.Of(link, root) is { } byNetworkd)
                owners.Add(byNetworkd);
            owners.AddRange(processes
                .Where(process => DhcpClients.Programs.Contains(process.Program)
                    ? DhcpClients.Serves(process, link, all)
                    : (Daemons.Watching.Contains(process.Program) || Daemons.Passing.Contains(process.Program))
                        && Daemons.Configures(process, link, all))
                .OrderBy(process => process.Id)
                .Select(process => new Owner(index, process.Program, process.Evidence)
                {
                    State = DhcpClientProcess.Of(root, process, link, all, mainProcess),
                }));
            // If its DHCP client or another owner runs, that one is handed over instead.
            if (owners.Count == others && Ifupdown.Of(link, root) is { } byIfupdown)
                owners.Add(byIfupdown);
        }
        return owners.ToImmutable();
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

    private static Owner? OfNetworkManager(NetworkManagerBus? bus, Link link, string root)
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
