using System.Runtime.InteropServices;
using HypervVfattach.Core;

namespace HypervVfattach.FreeBSD;

/// <summary>Starts programs with posix_spawn(3). The runtime's Process leaves ignored what we ignore while the network changes
/// (SystemNative_ForkAndExecProcess keeps SIG_IGN), and dhclient(8), which lives on, could not be stopped then.</summary>
internal static partial class SpawnedProcess
{
    /// <summary>More than an object of spawn.h takes: on FreeBSD it is a pointer, on Linux, where the tests run, a struct.</summary>
    private const int ObjectBytes = 1024;

    /// <summary>More than a sigset_t takes: 16 bytes on FreeBSD, 128 on Linux.</summary>
    private const int SignalSetBytes = 128;

    // POSIX_SPAWN_SETSIGDEF, spawn.h
    private static readonly short s_resetSignals = (short)(OperatingSystem.IsFreeBSD() ? 0x10 : 0x04);

    private const int ReadAndWrite = 2; // O_RDWR
    private const int Interrupted = 4; // EINTR

    /// <summary>Starts a program in the root directory and returns its process id.</summary>
    /// <param name="program">Its path, and its arguments.</param>
    /// <param name="environment">The whole environment, as NAME=value.</param>
    /// <param name="input">Its standard input; null for nothing.</param>
    /// <param name="output">Its standard output; null for nowhere.</param>
    /// <param name="errors">Its standard error; null for nowhere.</param>
    /// <exception cref="SystemRefusal">It cannot be started.</exception>
    public static int Start(ReadOnlySpan<string> program, string[] environment, SafeHandle? input, SafeHandle? output, SafeHandle? errors)
    {
        string path = program[0];
        // Opaque to us: only libc's own functions write here.
        Span<byte> actions = stackalloc byte[ObjectBytes];
        Span<byte> attributes = stackalloc byte[ObjectBytes];
        Check(posix_spawn_file_actions_init(actions));
        Check(posix_spawnattr_init(attributes));
        try
        {
            Check(posix_spawnattr_setflags(attributes, s_resetSignals));
            // Signal n is bit n - 1, here on both systems' little-endian machines: SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM.
            Span<byte> signals = stackalloc byte[SignalSetBytes];
            signals.Clear();
            foreach (int signal in (ReadOnlySpan<int>)[1, 2, 3, 13, 15])
                signals[(signal - 1) / 8] |= (byte)(1 << (signal - 1) % 8);
            Check(posix_spawnattr_setsigdefault(attributes, signals));
            Redirect(actions, 0, input);
            Redirect(actions, 1, output);
            Redirect(actions, 2, errors);
            Check(posix_spawn_file_actions_addchdir_np(actions, "/"));
            Check(posix_spawn(out int pid, path, actions, attributes, [.. program, null], [.. environment, null]));
            return pid;
        }
        finally
        {
            posix_spawnattr_destroy(attributes);
            posix_spawn_file_actions_destroy(actions);
        }

        void Redirect(Span<byte> actions, int descriptor, SafeHandle? to) => Check(to is null
            ? posix_spawn_file_actions_addopen(actions, descriptor, "/dev/null", ReadAndWrite, 0)
            : posix_spawn_file_actions_adddup2(actions, (int)to.DangerousGetHandle(), descriptor));

        void Check(int errno)
        {
            if (errno != 0)
                throw new SystemRefusal(path, "run", errno);
        }
    }

    /// <summary>Waits until a process ends: its exit status, or 128 and the number of the signal that ended it.</summary>
    public static int Wait(int process)
    {
        int status;
        while (waitpid(process, out status, 0) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != Interrupted)
                throw new SystemRefusal($"process {process}", "wait for its end", errno);
        }
        return (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);
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

    // pid_t waitpid(pid_t pid, int *status, int options);
    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int pid, out int status, int options);
}
