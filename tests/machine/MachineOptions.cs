namespace HypervVfattach.Machines;

/// <summary>The first program of the guest.</summary>
public enum Init
{
    /// <summary>systemd, as on most servers.</summary>
    Systemd,

    /// <summary>A shell script that starts udevd; no systemd, no /run/systemd/system.</summary>
    Plain,
}

/// <summary>A change to a booted machine, made once before the machine is saved for all that resume from it.</summary>
/// <param name="Key">Identifies the change: machines with the same key share the saved one.</param>
/// <param name="RunAsync">Makes the change.</param>
public sealed record Setup(string Key, Func<Machine, Task> RunAsync);

/// <summary>The parts of a machine at its start.</summary>
public sealed record MachineOptions
{
    /// <summary>The first program of the guest.</summary>
    public Init Init { get; init; } = Init.Systemd;

    /// <summary>The NICs that the host always provides.</summary>
    public IReadOnlyList<Nic> Synthetics { get; init; } = [Nic.Synthetic()];

    /// <summary>Whether the slots of a machine with hv_netvsc are named by their numbers, which this driver takes for the serial of a VF
    /// (netvsc_drv.c, get_netvsc_byslot). ACPI's hot-plug calls them "0-2", and then the kernel does not join.</summary>
    public bool NumberedSlots { get; init; } = true;

    /// <summary>Whether it has a real SR-IOV card (<see cref="SriovHost"/>).</summary>
    public bool Sriov { get; init; }

    /// <summary>The host, as the network sees it. It is no part of a saved machine.</summary>
    public HostKind Host { get; init; }

    /// <summary>Whether the wire carries checksums and segments that are still to be made, as a host's taps do. Such a machine boots, because
    /// its drivers ask for that at their start; it is not migrated.</summary>
    public bool Offloads { get; init; }

    /// <summary>The number of slots for hot-plug, up to 8.</summary>
    public int RootPorts { get; init; } = 4;

    /// <summary>VFs that are plugged in from the start.</summary>
    public IReadOnlyList<Nic> VfsAtBoot { get; init; } = [];

    /// <summary>Files that are in place before the guest's init starts.</summary>
    public IReadOnlyList<GuestFile> Files { get; init; } = [];

    /// <summary>A change before the machine is handed out, such as an installation.</summary>
    public Setup? Setup { get; init; }

    /// <summary>The Debian release that it runs.</summary>
    public string Release { get; init; } = "bookworm";

    /// <summary>Whether the kernel enforces Debian's SELinux policy from its start. Only root can make such an image.</summary>
    public bool Selinux { get; init; }

    /// <summary>A file of the host as a read-only disk of the guest, <c>/dev/disk/by-id/virtio-extra</c>.</summary>
    public string? ExtraDisk { get; init; }

    /// <summary>Boots even if an equal machine was saved after its boot, and saves nothing.</summary>
    public bool Boot { get; init; }

    /// <summary>qemu.</summary>
    public string Program { get; init; } = Qemu.Program;

    /// <summary>Prepares the peer before the machine starts.</summary>
    public Func<Peer, Task>? AtPeer { get; init; }

    /// <summary>The niceness of its process: a machine whose tests depend less on time leaves the processor to others.</summary>
    public int Niceness { get; init; }

    /// <summary>Memory in MiB.</summary>
    public int Memory { get; init; } = 512;

    /// <summary>Virtual processors.</summary>
    public int Processors { get; init; } = 2;
}
