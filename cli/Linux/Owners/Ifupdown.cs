using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Linux.Owners;

/// <summary>ifupdown, from its record of what is configured: lines as <c>eth0=home</c>, interface and stanza
/// (/run/network/ifstate, ifupdown 0.8; /run/ifstate of ifupdown-ng has a count behind).</summary>
/// <remarks>It has no daemon. What it has set statically is nobody's to renew, but its commands go by the name. With
/// <c>inet dhcp</c> its client runs and is found as such.</remarks>
internal static class Ifupdown
{
    private const string Program = "ifupdown";

    private static readonly string[] s_files = ["/run/network/ifstate", "/run/ifstate"];

    /// <summary>ifupdown as owner of this interface, or null.</summary>
    public static Owner? Of(Link link, string root) => Record(link.Name, root) is not var (file, stanza) ? null
        : new Owner(link.Index, Program, $"{file}: {link.Name}={stanza}") { State = new IfupdownState(link.Name) };

    /// <summary>Checks that it counts an interface as switched on.</summary>
    /// <exception cref="SystemRefusal">It does not.</exception>
    public static void Check(CheckStanza check, string root = "/")
    {
        if (Record(check.Name, root) is null)
            throw new SystemRefusal(Program, $"keep {check.Name} switched on", 0, $"{string.Join(" and ", s_files)} do not have it",
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
