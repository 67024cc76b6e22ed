using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux;

/// <summary>Reads what <c>doctor</c> alone asks for: installed files, the boot image, offloads of the VFs.</summary>
/// <param name="root">Root of the file system; <c>/</c> except in tests.</param>
/// <param name="stateOf">The state of a unit of systemd; null where systemd is not asked.</param>
internal sealed class HostFactsReader(string root = "/", Func<string, string?>? stateOf = null)
{
    // In the order in which udev and systemd prefer them.
    private static readonly string[] s_directories = ["etc", "run", "usr/local/lib", "usr/lib", "lib"];

    // What udev rules about VFs have in common.
    private static readonly string[] s_words = ["hyperv-vfattach", "hv_pci", "bondvf", "AZURE_UNMANAGED_SRIOV"];

    private static readonly string[] s_images = ["boot/initrd.img-", "boot/initramfs-", "boot/initrd-"];

    /// <summary>All of it.</summary>
    /// <param name="vfs">The VFs.</param>
    public HostFacts Read(IReadOnlyList<Link> vfs)
    {
        string kernel = KernelFile.Text(At("proc/sys/kernel/osrelease")) ?? "";
        List<TextFile> rules = Files("udev/rules.d", "*.rules", file => file.Name.Contains("hyperv-vfattach", StringComparison.Ordinal)
            || Array.Exists(s_words, word => file.Text.Contains(word, StringComparison.Ordinal)));
        List<VfFacts> found = [];
        foreach (Link vf in vfs)
            found.Add(OfVf(vf));
        return new HostFacts
        {
            Rules = rules,
            Programs = Programs([.. rules, .. Files("systemd/system", "hyperv-vfattach*.service", _ => true)]),
            Vfs = found,
            ScanTimer = stateOf?.Invoke("hyperv-vfattach-scan.timer"),
            HasUdev = HasUdev(),
            Initramfs = Image(kernel),
            HasBonding = HasBonding(kernel),
            HasCloudInit = HasCloudInit(),
        };
    }

    // udev has no interfaces of another network namespace. Only root may see that of process 1.
    private bool HasUdev() => File.Exists(At("run/udev/control"))
        && (KernelFile.Target(At("proc/1/ns/net")) is not { } first || first == KernelFile.Target(At("proc/self/ns/net")));

    private VfFacts OfVf(Link vf)
    {
        List<string> properties = [];
        foreach (string line in (KernelFile.Text(At($"run/udev/data/n{vf.Index}")) ?? "").Split('\n'))
        {
            if (line.StartsWith("E:", StringComparison.Ordinal))
                properties.Add(line[2..]);
        }
        Features? features = Features.Of(vf.Name);
        return new VfFacts
        {
            Link = vf.Index, Lro = features?.IsOn(Features.LargeReceive) == true, VlanFilter = features?.IsOn("rx-vlan-filter") == true, Properties = properties,
        };
    }

    private List<TextFile> Files(string below, string pattern, Predicate<TextFile> concerns)
    {
        List<TextFile> found = [];
        foreach (string directory in s_directories)
        {
            // /lib is a link to /usr/lib on most systems.
            if (directory == "lib" && KernelFile.Target(At(directory)) is not null)
                continue;
            foreach (string path in KernelFile.Files(At($"{directory}/{below}"), pattern))
            {
                // A link to /dev/null masks the other files of its name; what cannot be read counts as empty, too.
                var file = new TextFile("/" + Path.GetRelativePath(root, path), KernelFile.Text(path) ?? "");
                if (concerns(file))
                    found.Add(file);
            }
        }
        return found;
    }

    private List<InstalledProgram> Programs(List<TextFile> files)
    {
        const string name = "/hyperv-vfattach ";
        List<InstalledProgram> found = [];
        foreach (TextFile file in files)
        {
            foreach (string line in file.Text.Split('\n'))
            {
                int end = line.IndexOf(name, StringComparison.Ordinal);
                if (end < 0 || line.StartsWith('#'))
                    continue;
                string path = line[line.IndexOf('/')..(end + name.Length - 1)];
                if (!found.Exists(other => other.Path == path))
                    found.Add(new InstalledProgram { Path = path, StartedBy = file.Path, IsThere = File.Exists(At(path)), IsThis = File.Exists(At(path)) && IsThis(At(path)) });
            }
        }
        return found;
    }

    private static bool IsThis(string path)
    {
        try
        {
            return Environment.ProcessPath is { } own && (own == path || new FileInfo(own).Length == new FileInfo(path).Length
                && File.ReadAllBytes(own).AsSpan().SequenceEqual(File.ReadAllBytes(path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // Unknown: it is there, and only this user may not read it.
        }
    }

    private BootImage? Image(string kernel)
    {
        foreach (string name in s_images)
        {
            foreach (string end in (ReadOnlySpan<string>)["", ".img"])
            {
                if (File.Exists(At($"{name}{kernel}{end}")))
                    return CpioArchive.List(At($"{name}{kernel}{end}"));
            }
        }
        return null;
    }

    private bool HasBonding(string kernel) => Directory.Exists(At("sys/module/bonding")) || !Directory.Exists(At($"lib/modules/{kernel}"))
        || Has($"lib/modules/{kernel}/modules.dep", "/bonding.ko") || Has($"lib/modules/{kernel}/modules.builtin", "/bonding.ko");

    private bool HasCloudInit()
    {
        const string disabled = "config: disabled";
        if (!File.Exists(At("usr/bin/cloud-init")) || File.Exists(At("etc/cloud/cloud-init.disabled")) || File.Exists(At("run/cloud-init/disabled"))
            || Has("etc/cloud/cloud.cfg", disabled))
            return false;
        foreach (string path in KernelFile.Files(At("etc/cloud/cloud.cfg.d"), "*.cfg"))
        {
            if (KernelFile.Text(path)?.Contains(disabled, StringComparison.Ordinal) == true)
                return false;
        }
        return true;
    }

    private bool Has(string file, string words) => KernelFile.Text(At(file))?.Contains(words, StringComparison.Ordinal) == true;

    private string At(string path) => Path.Combine(root, path.TrimStart('/'));
}
