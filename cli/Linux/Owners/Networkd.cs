using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux.Owners;

/// <summary>systemd-networkd, from the state that it publishes of each interface (<c>link_save</c>,
/// src/network/networkd-state-file.c; sd-network reads the same file).</summary>
/// <remarks>
/// <code>
/// ADMIN_STATE=configured
/// OPER_STATE=routable
/// NETWORK_FILE=/run/systemd/network/10-netplan-eth0.network
/// </code>
/// An interface without a matching .network file is <c>unmanaged</c>. <c>pending</c> and <c>initialized</c> are on the way
/// to one, so whatever is not unmanaged (or gone: <c>linger</c>) counts as owned.
/// </remarks>
internal static class Networkd
{
    /// <summary>The daemon's program.</summary>
    public const string Daemon = "systemd-networkd";

    /// <summary>systemd-networkd as owner of this interface, or null.</summary>
    public static Owner? Of(int link, string root)
    {
        string file = $"/run/systemd/netif/links/{link}";
        if (KeyFile.Read(root.TrimEnd('/') + file) is not { } state
            || !state.TryGetValue("ADMIN_STATE", out string? admin) || admin is "unmanaged" or "linger" or "")
            return null;
        string by = state.TryGetValue("NETWORK_FILE", out string? network) ? $" by {network}" : "";
        return new Owner(link, Daemon, $"{file}: {admin}{by}");
    }
}
