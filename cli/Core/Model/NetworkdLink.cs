using System.Net;

namespace HypervVfattach.Core.Model;

/// <summary>An interface of systemd-networkd, as it can be configured again under another name.</summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Mac">Its MAC address, which synthetic, VF and aggregate share.</param>
/// <param name="File">Name of the administrator's or netplan's .network file, without its directory.</param>
/// <param name="Text">What that file and its drop-ins say, [Match] sections left out; empty where it is gone.</param>
/// <param name="Iaid">Number of the interface in its DHCPv4 client identifier, which networkd derives from the interface;
/// null where none was seen.</param>
/// <param name="Server">The DHCP server that the lease is from.</param>
/// <param name="IsAggregate">Whether it is the aggregate, which a file of ours configures.</param>
internal sealed record NetworkdLink(int Link, string Mac, string File, string Text, string? Iaid, IPAddress? Server, bool IsAggregate)
    : OwnerState
{
    /// <summary>Where our files are: gone after a reboot, and before the administrator's and netplan's in networkd's
    /// order, which is by name.</summary>
    public const string Directory = "/run/systemd/network/";

    /// <summary>What the names of our files begin with, whichever pair they are for.</summary>
    /// <remarks>networkd takes the first file that matches, in the order of the bytes of their names, and a file of
    /// /etc in the place of one of the same name in /run (systemd.network(5)). Before '!' there are only blanks.</remarks>
    public const string OurFiles = "!hyperv-vfattach-";

    /// <summary>What the names of our files for this pair begin with. The name of the file that they replace stands behind
    /// it.</summary>
    public string Prefix => $"{OurFiles}{Mac.Replace(':', '-')}-";

    /// <summary>The same for DHCPv6.</summary>
    public string? Iaid6 { get; init; }

    /// <summary>A file, not one of ours, that networkd would take before ours all the same; null for none.</summary>
    public string? Earlier { get; init; }
}
