using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Doctor;

/// <summary>What takes a VF for an ordinary NIC at the next boot: a network manager in the initial RAM file system, cloud-init.</summary>
internal static class ConfigurationAtBoot
{
    private static readonly string[] s_managers = ["/NetworkManager", "/systemd-networkd", "/dhclient", "/dhcpcd", "/wickedd"];

    public static void Check(Examined host, Findings found)
    {
        if (host.Facts.Initramfs is not { } image || host.Pairs.IsEmpty)
            return;
        string? manager = null;
        foreach (string name in s_managers)
        {
            if (Has(image, name))
                manager = name[1..];
        }
        if (manager is not null && image.Unread is null && !Has(image, RuleFiles.Ours))
            found.Add("initramfs", image.Path, manager);
        else if (image.Unread is { } why)
            found.Add("initramfs/unread", image.Path, why);
    }

    /// <remarks>cloud-init exempts hv_netvsc, net_failover and the ports of a bond (cloudinit/net/__init__.py,
    /// get_interfaces_by_mac_on_linux); a bond of ours does not exist yet when it looks.</remarks>
    public static void Check(Examined host, Pair pair, Findings found)
    {
        if (host.Facts.HasCloudInit && pair is { Vf: { } vf, Standby: null, Synthetic.Device.Driver: not Device.Netvsc })
            found.Add("cloud-init", pair.Synthetic.Name, vf.Name);
    }

    private static bool Has(BootImage image, string end)
    {
        foreach (string file in image.Files)
        {
            if (file.EndsWith(end, StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}
