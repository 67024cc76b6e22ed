namespace HypervVfattach.Machines;

/// <summary>The first program of the guest.</summary>
public enum Init
{
    /// <summary>systemd, as on most servers.</summary>
    Systemd,

    /// <summary>A shell script that starts udevd; no systemd, no /run/systemd/system.</summary>
    Plain,
}

/// <summary>Something that is done to a booted machine once, before it is saved for all that resume from it.</summary>
/// <param name="Key">Tells apart what is done: machines with the same key share the saved one.</param>
/// <param name="RunAsync">Does it.</param>
public sealed record Setup(string Key, Func<Machine, Task> RunAsync);

/// <summary>What a machine consists of when it starts.</summary>
public sealed record MachineOptions
{
    /// <summary>The first program of the guest.</summary>
    public Init Init { get; init; } = Init.Systemd;

    /// <summary>The NICs that the host always provides.</summary>
    public IReadOnlyList<Nic> Synthetics { get; init; } = [Nic.Synthetic()];

    /// <summary>VFs that are there from the start.</summary>
    public IReadOnlyList<Nic> VfsAtBoot { get; init; } = [];

    /// <summary>Files that are in place before the guest's init starts.</summary>
    public IReadOnlyList<GuestFile> Files { get; init; } = [];

    /// <summary>What is done to it before it is handed out, such as an installation.</summary>
    public Setup? Setup { get; init; }

    /// <summary>The Debian release that it runs.</summary>
    public string Release { get; init; } = "bookworm";

    /// <summary>A file of the host that is a read-only disk of the guest, <c>/dev/disk/by-id/virtio-extra</c>.</summary>
    public string? ExtraDisk { get; init; }

    /// <summary>Boot even if a machine of the same make was saved after its boot; nothing is saved then.</summary>
    public bool Boot { get; init; }

    /// <summary>What is to be there at the other end before the machine starts.</summary>
    public Func<Peer, Task>? AtPeer { get; init; }

    /// <summary>The niceness of its process: a machine in whose tests time counts less leaves the processor to others.</summary>
    public int Niceness { get; init; }

    /// <summary>Memory in MiB.</summary>
    public int Memory { get; init; } = 512;

    /// <summary>Virtual processors.</summary>
    public int Processors { get; init; } = 2;
}
