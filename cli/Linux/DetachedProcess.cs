using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Posix;

namespace HypervVfattach.Linux;

/// <summary>Starts a process that outlives this one: in its own session, with nothing on its standard descriptors.</summary>
internal static class DetachedProcess
{
    /// <summary>Our own executable, even if its file has been replaced since.</summary>
    public const string Self = "/proc/self/exe";

    /// <summary>In glibc since 2.26 and in musl.</summary>
    internal const short POSIX_SPAWN_SETSID = 0x80;

    internal const short POSIX_SPAWN_SETSIGDEF = 0x04;

    /// <summary>Starts the process and returns its id at once.</summary>
    /// <param name="executable">Absolute path.</param>
    /// <param name="argv">The arguments, the program's name first.</param>
    /// <param name="environment">The whole environment, as NAME=value.</param>
    /// <exception cref="SystemRefusal">The process cannot be started.</exception>
    /// <remarks>The child would keep ignoring the signals that this program ignores only for a while, so all are reset.</remarks>
    public static int Start(string executable, ImmutableArray<string> argv, ImmutableArray<string> environment) =>
        SpawnedProcess.Start(executable, argv.AsSpan(), environment.AsSpan(), POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF, SpawnedProcess.AllSignals,
            descriptors: [], directory: null, "start in the background");
}
