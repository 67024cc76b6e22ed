using System.Collections.Immutable;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core;

/// <summary>An operating system as the commands see it; one implementation each for Linux and FreeBSD.</summary>
internal interface ISystem
{
    /// <summary>Its network.</summary>
    IBackend Network { get; }

    /// <summary>Where the journals are: a directory that is empty after a boot.</summary>
    string StateDirectory { get; }

    /// <summary>Where the history is: a directory that a restart keeps.</summary>
    string HistoryDirectory { get; }

    /// <summary>This boot and network namespace, by which a journal is recognised as ours.</summary>
    HostIdentity Identity { get; }

    /// <summary>Sends a line to the system's log; a log that does not take it is no error.</summary>
    void Send(LogLine line);

    /// <summary>Reads the configuration file.</summary>
    /// <param name="file">Its path; null for the default one, which may be missing.</param>
    /// <param name="delayMatters">Whether the caller will wait for <see cref="Settings.Delay"/>.</param>
    Settings LoadSettings(string? file, bool delayMatters);

    /// <summary>The privilege that is missing to change the network; null if there is none.</summary>
    string? MissingPrivilege();

    /// <summary>The programs that configure some interfaces.</summary>
    /// <param name="links">All interfaces.</param>
    /// <param name="asked">The indexes of those in question.</param>
    ImmutableArray<Owner> Owners(IReadOnlyList<Link> links, ImmutableArray<int> asked);

    /// <summary>The configuration files that name one of these interfaces.</summary>
    ImmutableArray<Claim> Claims(IReadOnlyList<Link> links) => [];

    /// <summary>The firewall rules and sockets that name a synthetic NIC and would not follow its configuration to these bonds.</summary>
    References References(IReadOnlyList<PlannedBond> bonds) => Model.References.None;

    /// <summary>The PCI NICs without an interface.</summary>
    ImmutableArray<IdleNic> IdleNics() => [];

    /// <summary>Why the kernel did not join these VFs.</summary>
    KernelReasons KernelReasons(IReadOnlyList<Link> vfs) => Model.KernelReasons.None;

    /// <summary>What only <c>doctor</c> asks for.</summary>
    /// <param name="vfs">All VFs.</param>
    HostFacts Facts(IReadOnlyList<Link> vfs) => new();

    /// <summary>Starts this program again in the background, later; a run that waits under the same name stays as it is.</summary>
    Scheduled Schedule(BackgroundRun run);

    /// <summary>Starts the service that checks the path of a joined pair; no effect if it runs.</summary>
    /// <param name="mac">The pair's address.</param>
    /// <returns>Why that is not possible; null if it is done.</returns>
    string? CheckPath(HardwareAddress mac) => null;

    /// <summary>Has the device manager look at an interface again, so that its properties are right.</summary>
    void Announce(string name)
    {
    }
}

/// <summary>A run of this program in the background.</summary>
/// <param name="Index">Index of the interface, by which a repetition is recognised.</param>
/// <param name="Interface">Its name now.</param>
/// <param name="Delay">Time until the pair is looked at again.</param>
/// <param name="AtOnce">Whether the process starts now and watches during the delay, instead of starting after it.</param>
/// <param name="Options">Further options of the command line.</param>
internal sealed record BackgroundRun(
    int Index, string Interface, TimeSpan Delay, bool AtOnce, ImmutableArray<string> Options);

/// <summary>The answer to a request to run in the background.</summary>
/// <param name="By">Who runs it: a unit, a process.</param>
/// <param name="Already">Whether it was scheduled before, so that this request changed nothing.</param>
internal sealed record Scheduled(string By, bool Already);
