using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>ifupdown as an owner, from its record of configured interfaces: lines such as <c>eth0=home</c>, interface and stanza
/// (/run/network/ifstate, ifupdown 0.8; in /run/ifstate of ifupdown-ng a count follows).</summary>
/// <remarks>It has no daemon. Its static configuration needs no renewal, but its commands use the interface's name. With <c>inet dhcp</c>
/// its DHCP client runs and is found as such.</remarks>
internal static class Ifupdown
{
    private const string Program = "ifupdown";

    private static readonly string[] s_files = ["/run/network/ifstate", "/run/ifstate"];

    // ifupdown2 keeps its record in a form of its own, so its configuration is all that there is to see.
    private const string Second = "/etc/network/ifupdown2";

    /// <summary>ifupdown or ifupdown2 as owner of this interface, or null.</summary>
    /// <remarks>ifupdown2, which applies its whole configuration again with <c>ifreload -a</c>, cannot be handed over.</remarks>
    public static Owner? Of(Link link, string root) =>
        Record(link.Name, root) is var (file, stanza)
            ? new Owner(link.Index, Program, $"{file}: {link.Name}={stanza}") { State = new IfupdownState(link.Name) }
        : Directory.Exists(root.TrimEnd('/') + Second)
            && ClaimObserver.OfIfupdown(root, [link]).FirstOrDefault() is { } claim ? new Owner(link.Index, "ifupdown2", claim.File)
        : null;

    /// <summary>Checks that ifupdown counts an interface as up.</summary>
    /// <exception cref="SystemRefusal">ifupdown does not.</exception>
    public static void Check(CheckStanza check, string root = "/")
    {
        if (Record(check.Name, root) is null)
            throw new SystemRefusal(Program, $"keep {check.Name} up", 0, $"it is in neither {string.Join(" nor ", s_files)}",
                $"see journalctl -u ifup@{check.Name}, and run ifup {check.Name}");
    }

    private static (string File, string Stanza)? Record(string name, string root)
    {
        foreach (string file in s_files)
        {
            if (IniFile.State(root.TrimEnd('/') + file)?.GetValueOrDefault(name) is { } stanza)
                return (file, stanza);
        }
        return null;
    }
}
