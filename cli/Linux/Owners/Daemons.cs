using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux.Owners;

/// <summary>Managers without a state file to ask: they own every NIC while they run.</summary>
/// <remarks>While ifup or ifdown is at work, addresses are about to come or go.</remarks>
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
