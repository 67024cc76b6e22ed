using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace HypervVfattach.Machines;

/// <summary>The guest's kernel, first file system and root, built once and kept below artifacts/.</summary>
public sealed record Image(string Directory)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);
    private static readonly ConcurrentDictionary<string, Lazy<Task<Image>>> s_images = [];

    /// <summary>Linux.</summary>
    public string Kernel => Path.Combine(Directory, "vmlinuz");

    /// <summary>Mounts the root and starts the real init.</summary>
    public string Initrd => Path.Combine(Directory, "initrd");

    /// <summary>The read-only root file system.</summary>
    public string Root => Path.Combine(Directory, "root.squashfs");

    /// <summary>Identifies what the image was built from.</summary>
    public string Key => Path.GetFileName(Directory);

    /// <summary>What all images of the same making have in common.</summary>
    public string Recipe => Key.Split('-')[0];

    /// <summary>The image with these packages besides the usual ones; built if it is not there or its recipe changed.</summary>
    public static Task<Image> GetAsync(IEnumerable<string> packages, Action<string>? progress = null)
    {
        string[] sorted = [.. packages.Order()];
        return s_images.GetOrAdd(string.Join(' ', sorted), _ => new(() => BuildAsync(sorted, progress))).Value;
    }

    private static async Task<Image> BuildAsync(string[] packages, Action<string>? progress)
    {
        var source = Path.Combine(Repository.Top, "tests", "machine");
        var recipe = Hash(System.IO.Directory.EnumerateFiles(Path.Combine(source, "guest")).Order()
            .Prepend(Path.Combine(source, "image.sh")).Select(File.ReadAllText));
        var image = new Image(Repository.Cache("image", $"{recipe}-{Hash(packages)}"));
        if (File.Exists(image.Root))
            return image;

        // Images of older recipes are of no use to anybody.
        if (System.IO.Directory.Exists(Repository.Cache("image")))
            foreach (var old in System.IO.Directory.EnumerateDirectories(Repository.Cache("image")))
                if (!Path.GetFileName(old).StartsWith(recipe, StringComparison.Ordinal))
                    System.IO.Directory.Delete(old, recursive: true);
        progress?.Invoke("building the guest from Debian packages, once");
        using var process = Process.Start(Command.Info(Path.Combine(source, "image.sh"), [image.Directory, .. packages]))!;
        var result = await process.FinishAsync().Within(s_patience, "building the guest's image");
        result.Succeeded("image.sh");
        return image;
    }

    /// <summary>A short name for these inputs.</summary>
    internal static string Hash(IEnumerable<string> inputs) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', inputs))))[..12];
}
