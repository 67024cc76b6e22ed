using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.Apply;

/// <summary>The exclusive right to change one pair. It ends with the process at the latest.</summary>
/// <remarks>The lock's file is never removed: otherwise one process could get the lock of the removed file, and another that of a
/// new one.</remarks>
internal sealed partial class PairLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private PairLock(SafeFileHandle file, HardwareAddress mac) => (_file, Mac) = (file, mac);

    /// <summary>The pair's address.</summary>
    public HardwareAddress Mac { get; }

    /// <summary>How long a background run or a person's command waits: longer than a join takes that waits for its owner, its
    /// routers and its VF until each timeout.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(2);

    /// <summary>How long an event of udev or devd waits: other events are queued behind it, and udev kills it after some time
    /// (event_timeout, udev.conf(5)).</summary>
    public static TimeSpan EventPatience { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Takes a pair's lock, waiting for another process that holds it.</summary>
    /// <exception cref="SystemRefusal">The file system refused, or another process holds the lock for too long.</exception>
    public static PairLock Take(string directory, HardwareAddress mac, TimeSpan patience)
    {
        // flock(2) has no timeout.
        for (long start = Stopwatch.GetTimestamp(); ; Thread.Sleep(20))
        {
            if (TryTake(directory, mac) is { } held)
                return held;
            if (Stopwatch.GetElapsedTime(start) >= patience)
                throw Held(directory, mac, patience);
        }
    }

    /// <summary>Takes a pair's lock; null if another process holds it.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public static PairLock? TryTake(string directory, HardwareAddress mac)
    {
        string path = PathOf(directory, mac);
        try
        {
            StateDirectory.Create(directory);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, directory, "create");
        }
        // Not with the runtime's API: it locks every file that it opens, and throws instead of waiting.
        int descriptor = open(path, OpenFlags, 0b110_000_000);
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
        var held = new PairLock(file, mac);
        held.Sign($"{Environment.ProcessId}\n");
        return held;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Another program may lock the file (flock(1)); the message must not name this process then.
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

    private static SystemRefusal Held(string directory, HardwareAddress mac, TimeSpan patience)
    {
        string path = PathOf(directory, mac);
        string? holder = null;
        try
        {
            using var file = new SafeFileHandle(open(path, OpenFlags, 0b110_000_000), ownsHandle: true);
            Span<byte> text = stackalloc byte[16];
            if (!file.IsInvalid && int.TryParse(text[..RandomAccess.Read(file, text, 0)], CultureInfo.InvariantCulture, out int process)
                && kill(process, 0) == 0)
                holder = $"process {process}";
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            // The message then names no process.
        }
        return new SystemRefusal($"pair {mac}", $"lock {path}", 0,
            $"{holder ?? "another process"} has held it for more than {patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s",
            "nothing was changed; wait until that process ends, or end it, and run hyperv-vfattach scan");
    }

    private static string PathOf(string directory, HardwareAddress mac) =>
        Path.Combine(directory, mac.ToString().Replace(':', '-') + ".lock");

    private const int Exclusive = 2; // LOCK_EX
    private const int NonBlocking = 4; // LOCK_NB
    private const int Unlock = 8; // LOCK_UN
    private const int Interrupted = 4; // EINTR

    private static int WouldBlock => OperatingSystem.IsFreeBSD() ? 35 : 11; // EWOULDBLOCK

    // O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC: a program that we start must not inherit the lock.
    private static int OpenFlags => OperatingSystem.IsFreeBSD() ? 0x2 | 0x200 | 0x100 | 0x100000
        : RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm
            ? 0x2 | 0x40 | 0x8000 | 0x80000 : 0x2 | 0x40 | 0x20000 | 0x80000;

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
