using System.Runtime.InteropServices;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Apply;

/// <summary>The right to change one pair: held by at most one process, and released with it whatever happens.</summary>
/// <remarks>The lock's file stays: removing it would let a process that waits on the removed file and one that made a
/// new file hold "the" lock at once.</remarks>
internal sealed partial class PairLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private PairLock(SafeFileHandle file, HardwareAddress mac) => (_file, Mac) = (file, mac);

    /// <summary>The pair's address.</summary>
    public HardwareAddress Mac { get; }

    /// <summary>Takes a pair's lock, after whoever has it.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public static PairLock Take(string directory, HardwareAddress mac) => Take(directory, mac, 0)!;

    /// <summary>Takes a pair's lock if nobody has it, else gives null.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public static PairLock? TryTake(string directory, HardwareAddress mac) => Take(directory, mac, NonBlocking);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static PairLock? Take(string directory, HardwareAddress mac, int flags)
    {
        string path = Path.Combine(directory, mac.ToString().Replace(':', '-') + ".lock");
        try
        {
            Directory.CreateDirectory(
                directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, directory, "create");
        }
        // Not through the runtime: it puts a lock of its own on every file that it opens, and fails instead of waiting.
        int descriptor = open(path, OpenFlags, 0b110_000_000);
        if (descriptor < 0)
            throw new SystemRefusal(path, "open", Marshal.GetLastPInvokeError());
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        while (flock(file, Exclusive | flags) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == Interrupted)
                continue;
            file.Dispose();
            return errno == WouldBlock ? null : throw new SystemRefusal(path, "lock", errno);
        }
        return new PairLock(file, mac);
    }

    private const int Exclusive = 2; // LOCK_EX
    private const int NonBlocking = 4; // LOCK_NB
    private const int Interrupted = 4; // EINTR

    private static int WouldBlock => OperatingSystem.IsFreeBSD() ? 35 : 11; // EWOULDBLOCK

    // O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC: a program that we start must not keep the lock.
    private static int OpenFlags => OperatingSystem.IsFreeBSD() ? 0x2 | 0x200 | 0x100 | 0x100000
        : RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm
            ? 0x2 | 0x40 | 0x8000 | 0x80000 : 0x2 | 0x40 | 0x20000 | 0x80000;

    // int open(const char *path, int flags, mode_t mode): variadic in C, but integers travel the same way on x86-64
    // and ARM64 of both systems.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    // int flock(int fd, int operation);
    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);
}
