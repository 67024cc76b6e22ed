using System.Collections.Concurrent;
using System.Diagnostics;

namespace HypervVfattach.Machines;

/// <summary>A guest's kernel, first file system and root: one Debian release with all network managers, built once.</summary>
public sealed record Image(string Directory)
{
    private const int Kept = 8;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(30);
    private static readonly ConcurrentDictionary<string, Lazy<Task<Image>>> s_images = [];

    /// <summary>Linux.</summary>
    public string Kernel => Path.Combine(Directory, "vmlinuz");

    /// <summary>Mounts the root and starts the real init.</summary>
    public string Initrd => Path.Combine(Directory, "initrd");

    /// <summary>The read-only root file system.</summary>
    public string Root => Path.Combine(Directory, "root.squashfs");

    /// <summary>Identifies what the image was built from.</summary>
    public string Key => Path.GetFileName(Directory);

    /// <summary>The image of a release; built if it does not exist or its recipe has changed.</summary>
    /// <param name="release">Debian's name of it.</param>
    /// <param name="progress">Called before each step that takes long.</param>
    public static Task<Image> GetAsync(string release, Action<string>? progress = null) =>
        s_images.GetOrAdd(release, _ => new(() => BuildAsync(release, progress))).Value;

    private static async Task<Image> BuildAsync(string release, Action<string>? progress)
    {
        var source = Path.Combine(Repository.Top, "tests", "machine");
        var recipe = Cache.Hash(System.IO.Directory.EnumerateFiles(Path.Combine(source, "guest")).Order()
            .Prepend(Path.Combine(source, "image.sh")).Select(File.ReadAllText));
        return new Image(await Cache.GetAsync("image", $"{release}-{recipe}", Kept, async directory =>
        {
            progress?.Invoke($"building the guest's image from Debian {release}, once: usually 1 to 4 minutes");
            using var process = Process.Start(Command.Info(Path.Combine(source, "image.sh"), [release, directory]))!;
            var result = await process.FinishAsync().Within(s_patience, $"building the image of {release}");
            result.Succeeded($"image.sh {release}");
        }));
    }
}
