using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux.Owners;

/// <summary>Managers without a state file to ask: they own every NIC while they run.</summary>
/// <remarks>While ifup or ifdown runs, addresses are about to change.</remarks>
internal static class Daemons
{
    /// <summary>Daemons that manage all NICs: SUSE's wicked, ConnMan, OpenWrt's netifd.</summary>
    public static readonly string[] Watching = ["wickedd", "connmand", "netifd"];

    /// <summary>Programs that configure the interfaces that they name, or all, and exit.</summary>
    public static readonly string[] Passing = ["ifup", "ifdown", "ifreload"];

    /// <summary>Whether a process of one of these programs configures this interface.</summary>
    public static bool Configures(Process process, Link link, IReadOnlyList<Link> all) =>
        Watching.Contains(process.Program) || process.Names(link.Name) || !DhcpClients.NamesAny(process, all);
}
