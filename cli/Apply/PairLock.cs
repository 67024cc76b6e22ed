using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
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

    /// <summary>How long a background run or a person's command waits: a join that waits for its owner, its routers and its
    /// VF at every turn takes less.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(2);

    /// <summary>How long an event of udev or devd waits: other events wait behind it, and udev kills it after some
    /// time (event_timeout, udev.conf(5)).</summary>
    public static TimeSpan EventPatience { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Takes a pair's lock, after the process that holds it.</summary>
    /// <exception cref="SystemRefusal">The file system refused, or the other process holds it for too long.</exception>
    public static PairLock Take(string directory, HardwareAddress mac, TimeSpan patience)
    {
        // flock(2) knows no limit.
        for (long start = Stopwatch.GetTimestamp(); ; Thread.Sleep(20))
        {
            if (TryTake(directory, mac) is { } held)
                return held;
            if (Stopwatch.GetElapsedTime(start) >= patience)
                throw Held(directory, mac, patience);
        }
    }

    /// <summary>Takes a pair's lock if no process holds it, else gives null.</summary>
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
        // Not through the runtime: it puts a lock of its own on every file that it opens, and fails instead of waiting.
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
        // Another program that locks the file (flock(1)) must not be taken for this process.
        Sign("");
        // To close is not enough: a child between its fork and its exec has a copy of the descriptor (flock(2)).
        _ = flock(_file, Unlock);
        _file.Dispose();
    }

    // For messages only: the lock is as good without it.
    private void Sign(string holder)
    {
        try
        {
            RandomAccess.SetLength(_file, 0);
            RandomAccess.Write(_file, Encoding.ASCII.GetBytes(holder), 0);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            // The disk is full.
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
            // Then it has no name.
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

    // int kill(pid_t pid, int sig);
    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
