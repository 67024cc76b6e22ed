namespace HypervVfattach.Core.Model;

/// <summary>A program that configures an interface.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Program">Name of the program: NetworkManager, systemd-networkd, dhclient, dhcpcd, ...</param>
/// <param name="Evidence">The file or process that shows it, for messages.</param>
internal sealed record Owner(int Link, string Program, string Evidence)
{
    /// <summary>What it takes to hand another interface over to it; null if that is not supported or was not asked for.</summary>
    public OwnerState? State { get; init; }

    /// <summary>Whether it took the interface without configuration by an administrator: a program that manages every new NIC with
    /// a profile that it generates itself.</summary>
    public bool IsUninvited { get; init; }

    /// <summary>Whether it has yet to decide what to do with the interface, as systemd-networkd until udev has finished with it.</summary>
    public bool IsUndecided { get; init; }

    /// <summary>The owner in words, for messages.</summary>
    public string Description => $"{Program} ({Evidence})";
}

/// <summary>What an owner knows of its interface; one type per owner.</summary>
internal abstract record OwnerState;
