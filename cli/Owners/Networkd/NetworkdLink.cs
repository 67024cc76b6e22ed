using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>An interface that systemd-networkd manages, with what it takes to configure it again under another name.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Mac">The MAC address of synthetic NIC, VF and aggregate.</param>
/// <param name="File">Name of the administrator's or netplan's .network file, without its directory.</param>
/// <param name="Text">Content of that file and its drop-ins without the [Match] sections; empty if the file is gone.</param>
/// <param name="Iaid">The IAID in its DHCPv4 client identifier, which networkd derives from the interface; null if none was seen.</param>
/// <param name="Server">The DHCP server of the lease.</param>
/// <param name="IsAggregate">Whether it is the aggregate, which a file of ours configures.</param>
internal sealed record NetworkdLink(int Link, string Mac, string File, string Text, string? Iaid, IPAddress? Server, bool IsAggregate)
    : OwnerState, IHandOverState
{
    /// <inheritdoc/>
    public IHandOver HandOver(Snapshot snapshot, Link link) => new NetworkdHandOver(this);

    /// <summary>Directory of our files. Its content does not survive a reboot.</summary>
    public const string Directory = "/run/systemd/network/";

    /// <summary>Prefix of the names of all our files.</summary>
    /// <remarks>networkd applies the first file that matches, in the byte order of the file names, and prefers a file in /etc to
    /// one of the same name in /run (systemd.network(5)). The '!' puts ours before the administrator's and netplan's: only blanks
    /// sort before it.</remarks>
    public const string OurFiles = "!hyperv-vfattach-";

    /// <summary>Prefix of the names of our files for this pair. The name of the file that they replace follows it.</summary>
    public string Prefix => $"{OurFiles}{Mac.Replace(':', '-')}-";

    /// <summary>The IAID in its DHCPv6 identifiers; null if none was seen.</summary>
    public string? Iaid6 { get; init; }

    /// <summary>A file of another program that networkd would still apply before ours; null if there is none.</summary>
    public string? Earlier { get; init; }
}
