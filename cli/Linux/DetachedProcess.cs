using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Linux.Interop;

namespace HypervVfattach.Linux;

/// <summary>Starts a process that outlives us: in a session of its own, with nothing on its standard descriptors.</summary>
internal static class DetachedProcess
{
    /// <summary>Our own executable, also where it was replaced on disk meanwhile.</summary>
    public const string Self = "/proc/self/exe";

    /// <summary>Starts it and returns its process id at once.</summary>
    /// <param name="executable">Absolute path.</param>
    /// <param name="argv">The arguments, the program's name first.</param>
    /// <param name="environment">The whole environment, as NAME=value.</param>
    /// <exception cref="SystemRefusal">The process cannot be started.</exception>
    public static int Start(string executable, ImmutableArray<string> argv, ImmutableArray<string> environment)
    {
        // Opaque to us: only libc's own functions write here.
        Span<byte> actions = stackalloc byte[Libc.SpawnObjectBytes];
        Span<byte> attributes = stackalloc byte[Libc.SpawnObjectBytes];
        Check(Libc.posix_spawn_file_actions_init(actions));
        Check(Libc.posix_spawnattr_init(attributes));
        try
        {
            Check(Libc.posix_spawnattr_setflags(attributes, Libc.POSIX_SPAWN_SETSID | Libc.POSIX_SPAWN_SETSIGDEF));
            // What we ignore for a while it would ignore for good.
            Span<byte> signals = stackalloc byte[Libc.SignalSetBytes];
            signals.Fill(0xFF);
            Check(Libc.posix_spawnattr_setsigdefault(attributes, signals));
            Check(Libc.posix_spawn_file_actions_addopen(actions, 0, "/dev/null", Libc.O_RDWR, 0));
            Check(Libc.posix_spawn_file_actions_adddup2(actions, 0, 1));
            Check(Libc.posix_spawn_file_actions_adddup2(actions, 0, 2));
            Check(Libc.posix_spawn(out int pid, executable, actions, attributes, [.. argv, null], [.. environment, null]));
            return pid;
        }
        finally
        {
            Libc.posix_spawnattr_destroy(attributes);
            Libc.posix_spawn_file_actions_destroy(actions);
        }

        void Check(int errno)
        {
            if (errno != 0)
                throw new SystemRefusal(executable, "start in the background", errno);
        }
    }
}
