using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Posix;

namespace HypervVfattach.Apply;

/// <summary>The exclusive right to change one pair. It ends with the process at the latest.</summary>
/// <remarks>The lock's file is never removed: otherwise one process could get the lock of the removed file, and another that of a
/// new one.</remarks>
internal sealed class PairLock : IDisposable
{
    private readonly FileLock _file;

    private PairLock(FileLock file, HardwareAddress mac) => (_file, Mac) = (file, mac);

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
        Create(directory);
        return FileLock.Take(PathOf(directory, mac), patience) is { } file ? new PairLock(file, mac) : throw Held(directory, mac, patience);
    }

    /// <summary>Takes a pair's lock; null if another process holds it.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public static PairLock? TryTake(string directory, HardwareAddress mac)
    {
        Create(directory);
        return FileLock.TryTake(PathOf(directory, mac)) is { } file ? new PairLock(file, mac) : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void Create(string directory)
    {
        try
        {
            StateDirectory.Create(directory);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, directory, "create");
        }
    }

    private static SystemRefusal Held(string directory, HardwareAddress mac, TimeSpan patience)
    {
        string path = PathOf(directory, mac);
        string holder = FileLock.HolderOf(path) is { } process ? $"process {process}" : "another process";
        return new SystemRefusal($"pair {mac}", $"lock {path}", 0,
            $"{holder} has held it for more than {patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s",
            "nothing was changed; wait until that process ends, or end it, and run hyperv-vfattach scan");
    }

    private static string PathOf(string directory, HardwareAddress mac) =>
        Path.Combine(directory, mac.ToString().Replace(':', '-') + ".lock");
}
