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
    public static Owner? Of(Link link, string root)
    {
        foreach (string file in s_files)
        {
            if (KeyFile.Read(root.TrimEnd('/') + file)?.GetValueOrDefault(link.Name) is { } stanza)
                return new Owner(link.Index, Program, $"{file}: {link.Name}={stanza}") { State = new IfupdownState(link.Name) };
        }
        return null;
    }
}
