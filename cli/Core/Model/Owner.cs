namespace HypervVfattach.Core.Model;

/// <summary>A program that configures an interface.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Program">Its name: NetworkManager, systemd-networkd, dhclient, dhcpcd, ...</param>
/// <param name="Evidence">What shows it, for the administrator: a file or a process.</param>
internal sealed record Owner(int Link, string Program, string Evidence)
{
    /// <summary>All that is needed to have it care for another interface; null where nobody knows how, or it was not
    /// asked for.</summary>
    public OwnerState? State { get; init; }

    /// <summary>Whether nobody has asked it for that: a program that takes every new NIC, by a configuration that it made up
    /// itself.</summary>
    public bool IsUninvited { get; init; }

    /// <summary>The owner for the administrator's eyes.</summary>
    public string Description => $"{Program} ({Evidence})";
}

/// <summary>What an owner knows about its interface; a kind an owner.</summary>
internal abstract record OwnerState;
