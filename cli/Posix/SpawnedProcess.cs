using System.Runtime.InteropServices;
using HypervVfattach.Core;

namespace HypervVfattach.Posix;

/// <summary>Starts programs with posix_spawn(3). A program started with the runtime's Process would inherit the signals that we ignore
/// while the network changes (SystemNative_ForkAndExecProcess keeps SIG_IGN), and a DHCP client could not be stopped later.</summary>
internal static partial class SpawnedProcess
{
    /// <summary>More than the size of an object of spawn.h: 336 bytes on Linux with each C library; on FreeBSD it is a pointer.</summary>
    internal const int ObjectBytes = 1024;

    /// <summary>Room for a sigset_t: 128 bytes on Linux, 16 on FreeBSD.</summary>
    internal const int SignalSetBytes = 128;

    internal const int O_RDWR = 2;

    /// <summary>The sigset_t of all signals.</summary>
    public static ReadOnlySpan<byte> AllSignals => s_allSignals;

    private static readonly byte[] s_allSignals = Convert.FromHexString(new string('F', 2 * SignalSetBytes));

    /// <summary>Starts a program and returns its process id at once.</summary>
    /// <param name="path">Absolute path of the executable.</param>
    /// <param name="arguments">Its arguments, the program's name first.</param>
    /// <param name="environment">The whole environment, as NAME=value.</param>
    /// <param name="flags">POSIX_SPAWN_*; the numbers differ between systems.</param>
    /// <param name="signals">A sigset_t: the signals that get their default action.</param>
    /// <param name="descriptors">Its standard descriptors, in order; /dev/null for null and for a missing one.</param>
    /// <param name="directory">Its working directory; null for ours.</param>
    /// <param name="operation">The purpose, for the exception.</param>
    /// <exception cref="SystemRefusal">It cannot be started.</exception>
    public static int Start(string path, ReadOnlySpan<string> arguments, ReadOnlySpan<string> environment, short flags, ReadOnlySpan<byte> signals,
        ReadOnlySpan<SafeHandle?> descriptors, string? directory, string operation)
    {
        // Opaque: only functions of libc write here. They return the error number instead of setting errno.
        Span<byte> actions = stackalloc byte[ObjectBytes];
        Span<byte> attributes = stackalloc byte[ObjectBytes];
        Check(posix_spawn_file_actions_init(actions));
        Check(posix_spawnattr_init(attributes));
        try
        {
            Check(posix_spawnattr_setflags(attributes, flags));
            Check(posix_spawnattr_setsigdefault(attributes, signals));
            for (int descriptor = 0; descriptor < 3; descriptor++)
            {
                Check(descriptor < descriptors.Length && descriptors[descriptor] is { } handle
                    ? posix_spawn_file_actions_adddup2(actions, (int)handle.DangerousGetHandle(), descriptor)
                    : posix_spawn_file_actions_addopen(actions, descriptor, "/dev/null", O_RDWR, 0));
            }
            if (directory is not null)
                Check(posix_spawn_file_actions_addchdir_np(actions, directory));
            Check(posix_spawn(out int pid, path, actions, attributes, [.. arguments, null], [.. environment, null]));
            return pid;
        }
        finally
        {
            posix_spawnattr_destroy(attributes);
            posix_spawn_file_actions_destroy(actions);
        }

        void Check(int errno)
        {
            if (errno != 0)
                throw new SystemRefusal(path, operation, errno);
        }
    }

    // int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
    //                 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn(
        out int pid, string path, Span<byte> actions, Span<byte> attributes, string?[] argv, string?[] envp);

    // int posix_spawnattr_init(posix_spawnattr_t *attributes);
    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(Span<byte> attributes);

    // int posix_spawnattr_setflags(posix_spawnattr_t *attributes, short flags);
    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(Span<byte> attributes, short flags);

    // int posix_spawnattr_setsigdefault(posix_spawnattr_t *attributes, const sigset_t *signals);
    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(Span<byte> attributes, ReadOnlySpan<byte> signals);

    // int posix_spawnattr_destroy(posix_spawnattr_t *attributes);
    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(Span<byte> attributes);

    // int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions);
    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(Span<byte> actions);

    // int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *actions, int fd, const char *path, int flags, mode_t mode);
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addopen(Span<byte> actions, int fd, string path, int flags, uint mode);

    // int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int from, int to);
    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(Span<byte> actions, int from, int to);

    // int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path): since FreeBSD 13.1, glibc 2.29.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addchdir_np(Span<byte> actions, string path);

    // int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions);
    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(Span<byte> actions);
}
