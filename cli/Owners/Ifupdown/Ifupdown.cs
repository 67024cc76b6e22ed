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

    /// <summary>ifupdown as owner of this interface, or null.</summary>
    public static Owner? Of(Link link, string root) => Record(link.Name, root) is not var (file, stanza) ? null
        : new Owner(link.Index, Program, $"{file}: {link.Name}={stanza}") { State = new IfupdownState(link.Name) };

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
