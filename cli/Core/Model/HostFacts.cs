namespace HypervVfattach.Core.Model;

/// <summary>What only <c>doctor</c> asks a host for.</summary>
/// <remarks>Classes: records would add methods to the executable that are never called.</remarks>
internal sealed class HostFacts
{
    /// <summary>The files of udev's or devd's rules that concern VFs, in the order in which a directory takes precedence.</summary>
    public List<TextFile> Rules { get; init; } = [];

    /// <summary>The executables that our rules and units start.</summary>
    public List<InstalledProgram> Programs { get; init; } = [];

    /// <summary>Each VF.</summary>
    public List<VfFacts> Vfs { get; init; } = [];

    /// <summary>The state of the timer that starts <c>scan</c>, as systemd has it; null if systemd does not run or answer.</summary>
    public string? ScanTimer { get; init; }

    /// <summary>Whether udev looks after these interfaces.</summary>
    public bool HasUdev { get; init; }

    /// <summary>The initial RAM file system of the running kernel; null if there is none.</summary>
    public BootImage? Initramfs { get; init; }

    /// <summary>Whether the running kernel has the bonding driver, loaded or not.</summary>
    public bool HasBonding { get; init; } = true;

    /// <summary>Whether cloud-init configures the network at each boot.</summary>
    public bool HasCloudInit { get; init; }

    /// <summary>The lines of /boot/loader.conf (FreeBSD).</summary>
    public string[] Loader { get; init; } = [];
}

/// <summary>A small file.</summary>
internal sealed class TextFile(string path, string text)
{
    public string Path => path;

    public string Text => text;

    /// <summary>Its name without the directory.</summary>
    public string Name => path[(path.LastIndexOf('/') + 1)..];
}

/// <summary>An executable that a rule or unit starts.</summary>
internal sealed class InstalledProgram
{
    public required string Path { get; init; }

    /// <summary>The rule or unit.</summary>
    public required string StartedBy { get; init; }

    /// <summary>Whether the file exists.</summary>
    public required bool IsThere { get; init; }

    /// <summary>Whether it is the running executable, or a copy.</summary>
    public required bool IsThis { get; init; }
}

/// <summary>What the driver of a VF and udev say about it.</summary>
internal sealed class VfFacts
{
    /// <summary>Index of the interface.</summary>
    public required int Link { get; init; }

    /// <summary>Whether it merges received packets (rx-lro).</summary>
    public bool Lro { get; init; }

    /// <summary>Whether it drops VLANs that were not announced to it (rx-vlan-filter).</summary>
    public bool VlanFilter { get; init; }

    /// <summary>The properties that udev has stored: KEY=VALUE.</summary>
    public List<string> Properties { get; init; } = [];
}

/// <summary>The files in a boot image.</summary>
internal sealed class BootImage(string path, List<string> files, string? unread)
{
    public string Path => path;

    /// <summary>Their paths without a leading slash.</summary>
    public List<string> Files => files;

    /// <summary>Why some or all names are missing; null if none is.</summary>
    public string? Unread => unread;
}
