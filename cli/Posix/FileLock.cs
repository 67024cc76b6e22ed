using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using HypervVfattach.Core;
using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Posix;

/// <summary>An exclusive lock of a file (flock(2)), which ends with the process at the latest. The file contains the holder's process
/// id.</summary>
/// <remarks>The runtime's own API locks every file that it opens, and DOTNET_SYSTEM_IO_DISABLEFILELOCKING switches that off.</remarks>
internal sealed partial class FileLock : IDisposable
{
    private const int Exclusive = 2; // LOCK_EX
    private const int NonBlocking = 4; // LOCK_NB
    private const int Unlock = 8; // LOCK_UN
    private const int Interrupted = 4; // EINTR
    private const uint OwnersOnly = 0b110_000_000;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file) => _file = file;

    private static int WouldBlock => OperatingSystem.IsFreeBSD() ? 35 : 11; // EWOULDBLOCK

    // O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC: a program that we start must not inherit the lock.
    private static int OpenFlags => OperatingSystem.IsFreeBSD() ? 0x2 | 0x200 | 0x100 | 0x100000
        : RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm
            ? 0x2 | 0x40 | 0x8000 | 0x80000 : 0x2 | 0x40 | 0x20000 | 0x80000;

    /// <summary>Takes the lock of a file, which is created if necessary; null if another process holds it.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public static FileLock? TryTake(string path)
    {
        int descriptor = open(path, OpenFlags, OwnersOnly);
        if (descriptor < 0)
            throw new SystemRefusal(path, "open", Marshal.GetLastPInvokeError());
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        while (flock(file, Exclusive | NonBlocking) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == Interrupted)
                continue;
            file.Dispose();
            return errno == WouldBlock ? null : throw new SystemRefusal(path, "lock", errno);
        }
        var held = new FileLock(file);
        held.Sign($"{Environment.ProcessId}\n");
        return held;
    }

    /// <summary>Takes the lock of a file, waiting for another process that holds it; null if that takes too long.</summary>
    /// <inheritdoc cref="TryTake"/>
    public static FileLock? Take(string path, TimeSpan patience)
    {
        // flock(2) has no timeout.
        for (long start = Stopwatch.GetTimestamp(); ; Thread.Sleep(s_pause))
        {
            if (TryTake(path) is { } held)
                return held;
            if (Stopwatch.GetElapsedTime(start) >= patience)
                return null;
        }
    }

    /// <summary>The process that holds the lock of a file; null if that is not known.</summary>
    public static int? HolderOf(string path)
    {
        try
        {
            using var file = new SafeFileHandle(open(path, OpenFlags, OwnersOnly), ownsHandle: true);
            Span<byte> text = stackalloc byte[16];
            return !file.IsInvalid && int.TryParse(text[..RandomAccess.Read(file, text, 0)], CultureInfo.InvariantCulture, out int process)
                && kill(process, 0) == 0 ? process : null;
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Another program may lock the file (flock(1)), and then it must not name this process.
        Sign("");
        // close(2) is not enough: a child has a copy of the descriptor between its fork and its exec (flock(2)).
        _ = flock(_file, Unlock);
        _file.Dispose();
    }

    // For messages only: the lock works without it.
    private void Sign(string holder)
    {
        try
        {
            RandomAccess.SetLength(_file, 0);
            RandomAccess.Write(_file, Encoding.ASCII.GetBytes(holder), 0);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            // The disk may be full.
        }
    }

    // int open(const char *path, int flags, mode_t mode): variadic in C, but integers are passed in the same way on x86-64 and
    // ARM64 of both systems.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    // int flock(int fd, int operation);
    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);

    // int kill(pid_t pid, int sig);
    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
