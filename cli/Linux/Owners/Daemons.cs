using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux.Owners;

/// <summary>Managers without a state file to ask: they own every NIC while they run.</summary>
/// <remarks>ifupdown is none: it has no daemon, and what <c>iface eth0 inet static</c> set is nobody's afterwards (its
/// record /run/network/ifstate says only that it was done); with <c>inet dhcp</c> its client runs and is found as such.
/// While ifup or ifdown itself is at work, however, addresses are about to come or go.</remarks>
internal static class Daemons
{
    /// <summary>Programs that keep watch over all NICs: SUSE's wicked, ConnMan, OpenWrt's netifd.</summary>
    public static readonly string[] Watching = ["wickedd", "connmand", "netifd"];

    /// <summary>Programs that configure the interfaces that they name, or all, and end.</summary>
    public static readonly string[] Passing = ["ifup", "ifdown", "ifreload"];

    /// <summary>Whether this process, one of these, configures this interface.</summary>
    public static bool Configures(Process process, Link link, IReadOnlyList<Link> all) =>
        Watching.Contains(process.Program) || process.Names(link.Name) || !DhcpClients.NamesAny(process, all);
}
