using System.Collections.Immutable;

namespace HypervVfattach.Config;

/// <summary>Which settings have a meaning on a system: one without would have no effect, and that would not be noticed.</summary>
/// <param name="System">The system's name.</param>
/// <param name="Redirects">Whether a pair can be joined by a redirect.</param>
/// <param name="Meaningless">Keys that decide nothing there.</param>
internal sealed record SettingsScope(string System, bool Redirects, ImmutableArray<string> Meaningless)
{
    /// <summary>All of them.</summary>
    public static readonly SettingsScope Linux = new("Linux", Redirects: true, []);

    /// <summary>A lagg has no miimon, hn(4) is the only synthetic NIC, and the kernel, not the program, decides whether it joins a
    /// pair (hw.hn.vf_transparent).</summary>
    public static readonly SettingsScope FreeBsd = new("FreeBSD", Redirects: false, ["synthetic_drivers", "miimon", "force"]);
}
