using System.Runtime.InteropServices;

namespace HypervVfattach.Linux.Interop;

// spawn.h of Linux, glibc and musl. These functions return the error number instead of setting errno.
internal static partial class Libc
{
    public const int O_RDWR = 2;

    /// <summary>In glibc since 2.26 and in musl.</summary>
    public const short POSIX_SPAWN_SETSID = 0x80;

    public const short POSIX_SPAWN_SETSIGDEF = 0x04;

    /// <summary>Size of sigset_t.</summary>
    public const int SignalSetBytes = 128;

    /// <summary>Room for posix_spawnattr_t or posix_spawn_file_actions_t: more than any libc takes (336 bytes).</summary>
    public const int SpawnObjectBytes = 1024;

    // int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
    //                 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int posix_spawn(
        out int pid, string path, Span<byte> actions, Span<byte> attributes, string?[] argv, string?[] envp);

    // int posix_spawnattr_init(posix_spawnattr_t *attributes);
    [LibraryImport("libc")]
    public static partial int posix_spawnattr_init(Span<byte> attributes);

    // int posix_spawnattr_setflags(posix_spawnattr_t *attributes, short flags);
    [LibraryImport("libc")]
    public static partial int posix_spawnattr_setflags(Span<byte> attributes, short flags);

    // int posix_spawnattr_setsigdefault(posix_spawnattr_t *attributes, const sigset_t *signals);
    [LibraryImport("libc")]
    public static partial int posix_spawnattr_setsigdefault(Span<byte> attributes, ReadOnlySpan<byte> signals);

    // int posix_spawnattr_destroy(posix_spawnattr_t *attributes);
    [LibraryImport("libc")]
    public static partial int posix_spawnattr_destroy(Span<byte> attributes);

    // int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions);
    [LibraryImport("libc")]
    public static partial int posix_spawn_file_actions_init(Span<byte> actions);

    // int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *actions, int fd, const char *path, int flags, mode_t mode);
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int posix_spawn_file_actions_addopen(Span<byte> actions, int fd, string path, int flags, uint mode);

    // int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int from, int to);
    [LibraryImport("libc")]
    public static partial int posix_spawn_file_actions_adddup2(Span<byte> actions, int from, int to);

    // int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions);
    [LibraryImport("libc")]
    public static partial int posix_spawn_file_actions_destroy(Span<byte> actions);
}
