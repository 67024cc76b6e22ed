using HypervVfattach.Core.Model;

namespace HypervVfattach.Owners;

/// <summary>DHCP clients that run as processes of their own, under ifupdown, NetworkManager or alone. A client binds to an interface's
/// index when it starts, so it does not follow the addresses to a bond.</summary>
internal static class DhcpClients
{
    /// <summary>The clients' programs.</summary>
    public static readonly string[] Programs =
        ["dhclient", "dhcpcd", "dhcpcd5", "dhcpcd-bin", "udhcpc", "udhcpc6", "dhcp6c", "pump"];

    // Without an interface on the command line these serve the first Ethernet NIC, and the others serve all NICs.
    private static readonly string[] _onlyEth0 = ["udhcpc", "udhcpc6", "pump"];

    // dhcpcd separates privileges: only its main process belongs to one interface, or calls itself the manager of all.
    private static readonly string[] s_helpers = ["proxy]", "[BPF"];

    /// <summary>Whether this process, a DHCP client, serves this interface.</summary>
    /// <param name="process">The client.</param>
    /// <param name="link">The interface.</param>
    /// <param name="all">All interfaces, to tell a client of another one from a client of all.</param>
    public static bool Serves(Process process, Link link, IReadOnlyList<Link> all)
    {
        // "dhcpcd: [privileged proxy] eth0 [ip4]", "dhcpcd: [BPF ARP] eth0 192.0.2.7": helpers of the main process.
        if (process.Words is [['[', ..], ..] && process.Words.Any(word => s_helpers.Contains(word)))
            return false;
        if (process.Names(link.Name) || link.AltNames.Any(process.Names))
            return true;
        if (_onlyEth0.Contains(process.Program))
            return link.Name == "eth0" && !process.Words.Any(IsInterfaceOption);
        return !NamesAny(process, all);
    }

    /// <summary>Whether a process names an existing interface.</summary>
    public static bool NamesAny(Process process, IReadOnlyList<Link> all) =>
        all.Any(other => process.Names(other.Name) || other.AltNames.Any(process.Names));

    // Names an interface that is gone. Only these programs use -i for it: for dhcpcd it sets a vendor class.
    private static bool IsInterfaceOption(string word) =>
        word.StartsWith("-i", StringComparison.Ordinal) || word.StartsWith("--interface", StringComparison.Ordinal);
}
