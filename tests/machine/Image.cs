using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace HypervVfattach.Machines;

/// <summary>A guest's kernel, first file system and root: one Debian release with all network managers, built once.</summary>
public sealed record Image(string Directory)
{
    private const int Kept = 8, KeptLabelled = 3;

    private static readonly string s_source = Path.Combine(Repository.Top, "tests", "machine");
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(30);
    private static readonly ConcurrentDictionary<string, Lazy<Task<Image>>> s_images = [];

    /// <summary>Linux.</summary>
    public string Kernel => Path.Combine(Directory, "vmlinuz");

    /// <summary>Linux' own name of its version, such as 6.12.118+deb13-amd64.</summary>
    public string Version
    {
        get
        {
            // The boot protocol's kernel_version: at 0x20e, counted from 0x200 (Documentation/arch/x86/boot.rst).
            var header = new byte[0x10000];
            using var file = File.OpenHandle(Kernel);
            RandomAccess.Read(file, header, 0);
            var text = header.AsSpan(0x200 + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(0x20e)));
            return Encoding.ASCII.GetString(text[..text.IndexOf((byte)' ')]);
        }
    }

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

    /// <summary>The image that a machine with these options boots.</summary>
    internal static async Task<Image> GetAsync(MachineOptions options, Action<string>? progress = null)
    {
        var image = await GetAsync(options.Release, progress);
        return options.Selinux ? await s_images.GetOrAdd($"{options.Release} selinux", _ => new(() => LabelAsync(image, progress))).Value : image;
    }

    private static async Task<Image> BuildAsync(string release, Action<string>? progress)
    {
        var recipe = Cache.Hash(System.IO.Directory.EnumerateFiles(Path.Combine(s_source, "guest")).Order()
            .Prepend(Path.Combine(s_source, "image.sh")).Select(File.ReadAllText));
        return new Image(await Cache.GetAsync("image", $"{release}-{recipe}", Kept, async directory =>
        {
            progress?.Invoke($"building the guest's image from Debian {release}, once: usually 1 to 4 minutes");
            await RunAsync("image.sh", release, directory);
        }));
    }

    // The same kernel and first file system, and a root with the policy and its labels.
    private static async Task<Image> LabelAsync(Image image, Action<string>? progress)
    {
        var recipe = Cache.Hash(File.ReadAllText(Path.Combine(s_source, "selinux.sh")));
        return new Image(await Cache.GetAsync("selinux", $"{image.Key}-{recipe}", KeptLabelled, async directory =>
        {
            progress?.Invoke("adding the SELinux policy to the guest's image, once: usually a minute");
            await RunAsync("selinux.sh", image.Directory, directory);
            File.Copy(image.Kernel, Path.Combine(directory, Path.GetFileName(image.Kernel)));
            File.Copy(image.Initrd, Path.Combine(directory, Path.GetFileName(image.Initrd)));
        }));
    }

    private static async Task RunAsync(string script, params string[] arguments)
    {
        using var process = Process.Start(Command.Info(Path.Combine(s_source, script), arguments))!;
        (await process.FinishAsync().Within(s_patience, script)).Succeeded(script);
    }
}
