using System.Security.Cryptography;
using System.Text;

namespace HypervVfattach.Machines;

/// <summary>Directories that take long to create, shared by all checkouts: each is named after a hash of its inputs, so it never goes
/// stale.</summary>
/// <remarks>Below <c>$XDG_CACHE_HOME/hyperv-vfattach</c>, or <c>~/.cache/hyperv-vfattach</c>. Everything there may be deleted.</remarks>
public static class Cache
{
    private static readonly TimeSpan s_inUse = TimeSpan.FromHours(3);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(200);

    /// <summary>The top directory.</summary>
    public static string Top { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } home
            ? home : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "hyperv-vfattach");

    /// <summary>The directory of this kind with this key. If it does not exist, the function fills a new one, while other processes that
    /// need the same one wait.</summary>
    /// <param name="kind">A name for all directories that are made in the same way.</param>
    /// <param name="key">The hash of all inputs.</param>
    /// <param name="kept">How many of the kind are kept; the least recently used ones are deleted first, but none that was used in the last
    /// three hours.</param>
    /// <param name="fill">Fills the directory that it is given.</param>
    public static async Task<string> GetAsync(string kind, string key, int kept, Func<string, Task> fill)
    {
        var all = Directory.CreateDirectory(Path.Combine(Top, kind)).FullName;
        var directory = Path.Combine(all, key);
        using (await LockAsync($"{directory}.lock"))
        {
            if (!Directory.Exists(directory))
            {
                DeleteOldest(all, kept - 1);
                var unfinished = $"{directory}.part";
                if (Directory.Exists(unfinished))
                    Directory.Delete(unfinished, recursive: true);
                Directory.CreateDirectory(unfinished);
                await fill(unfinished);
                Directory.Move(unfinished, directory);
            }
            Directory.SetLastWriteTimeUtc(directory, DateTime.UtcNow);
        }
        return directory;
    }

    /// <summary>A short name for these inputs.</summary>
    public static string Hash(params IEnumerable<string> inputs) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', inputs))))[..16];

    private static void DeleteOldest(string all, int kept)
    {
        foreach (var old in new DirectoryInfo(all).GetDirectories().OrderByDescending(old => old.LastWriteTimeUtc).Skip(kept))
            if (DateTime.UtcNow - old.LastWriteTimeUtc > s_inUse)
            {
                old.Delete(recursive: true);
                File.Delete($"{old.FullName}.lock");
            }
    }

    // .NET uses flock(2) for a file that is not shared; the kernel releases it when the process dies.
    private static async Task<FileStream> LockAsync(string path)
    {
        while (true)
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (exception.GetType() == typeof(IOException))
            {
                await Task.Delay(s_poll);
            }
    }
}
