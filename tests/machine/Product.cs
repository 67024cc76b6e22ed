using System.Diagnostics;

namespace HypervVfattach.Machines;

/// <summary>hyperv-vfattach in a machine, installed as a user would: the tree's scripts, rules and executable.</summary>
public static class Product
{
    private const string Tree = "/root/hyperv-vfattach";

    private static readonly TimeSpan s_crossBuild = TimeSpan.FromMinutes(30);

    /// <summary>The settings file for a KVM guest: its synthetic NICs are virtio-net.</summary>
    public static GuestFile Settings(string more = "", string driver = "virtio_net") => GuestFile.Text("/etc/hyperv-vfattach.toml",
        $"synthetic_drivers = [\"hv_netvsc\", \"{driver}\"]\n{more}");

    /// <summary>Everything that is installed, and the settings.</summary>
    public static IReadOnlyList<GuestFile> Files(string settings = "") =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Top, "install"), "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Top, "rules", "udev")))
            .Append(Executable)
            .Select(file => GuestFile.Copy($"{Tree}/{Path.GetRelativePath(Repository.Top, file)}", file)),
        Settings(settings),
    ];

    /// <summary>The installation as part of saved machines: it takes ten seconds in an emulated guest.</summary>
    public static Setup Setup
    {
        get
        {
            var key = Cache.Hash(Files().Select(file => file.Description));
            return new Setup($"product {key}", machine => InstallAsync(machine));
        }
    }

    /// <summary>Runs the installer, with the rules for pairs on any PCI bus.</summary>
    public static async Task InstallAsync(Machine machine, string settings = "")
    {
        await machine.CopyAsync(Files(settings));
        // The timer would interfere with a scenario: do its work, or restore what it wants to see undone.
        await machine.RunAsync($"{Tree}/install/install.sh --pci; systemctl disable -q --now hyperv-vfattach-scan.timer 2>/dev/null || true");
    }

    /// <summary>The installed files and settings, as a package would bring them: for machines that boot with them.</summary>
    public static async Task<IReadOnlyList<GuestFile>> InstalledAsync(string settings = "")
    {
        var stage = Directory.CreateTempSubdirectory("vfattach-stage-").FullName;
        try
        {
            var script = Path.Combine(Repository.Top, "install", "install.sh");
            using var process = Process.Start(Command.Info("env", $"DESTDIR={stage}", $"BINARY={Executable}", script, "--pci"))!;
            (await process.FinishAsync()).Succeeded(script);
            return
            [
                .. Directory.EnumerateFiles(stage, "*", SearchOption.AllDirectories)
                    .Select(file => GuestFile.Copy($"/{Path.GetRelativePath(stage, file)}", file)),
                Settings(settings),
                // The result of the installer's "systemctl enable".
                GuestFile.Text("/etc/systemd/system/multi-user.target.d/hyperv-vfattach.conf", "[Unit]\nWants=hyperv-vfattach-scan.service\n"),
                GuestFile.Text("/etc/systemd/system/timers.target.d/hyperv-vfattach.conf", "[Unit]\nWants=hyperv-vfattach-scan.timer\n"),
            ];
        }
        finally
        {
            Directory.Delete(stage, recursive: true);
        }
    }

    /// <summary>Cross-builds the executable for another architecture, with an emulator to run it.</summary>
    /// <param name="architecture">.NET's name of it.</param>
    /// <param name="emulator">qemu's name of it.</param>
    /// <returns>The executable's file.</returns>
    public static async Task<string> CrossBuildAsync(string architecture, string emulator)
    {
        (await Command.InTreeAsync($"need_packages {emulator}:qemu-user-static && install/build.sh --arch {architecture}", s_crossBuild))
            .Succeeded("install/build.sh");
        return $"{Executable}-{architecture}";
    }

    /// <summary>The executable under test.</summary>
    public static string Executable
    {
        get
        {
            string path = Path.Combine(Repository.Top, "artifacts", "hyperv-vfattach");
            return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is not there; run install/build.sh");
        }
    }
}
