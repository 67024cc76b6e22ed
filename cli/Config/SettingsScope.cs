using System.Collections.Immutable;

namespace HypervVfattach.Config;

/// <summary>Which settings have a meaning on a system: one without would have no effect, and that would not be noticed.</summary>
/// <param name="System">The system's name.</param>
/// <param name="Joins">How a pair can be joined there.</param>
/// <param name="Meaningless">Keys that decide nothing there.</param>
internal sealed record SettingsScope(string System, ImmutableArray<string> Joins, ImmutableArray<string> Meaningless)
{
    /// <summary>All of them.</summary>
    public static readonly SettingsScope Linux = new("Linux", ["bond", "redirect", "none"], []);

    /// <summary>A lagg has no miimon, hn(4) is the only synthetic NIC, and the kernel, not the program, decides whether it joins a
    /// pair (hw.hn.vf_transparent).</summary>
    public static readonly SettingsScope FreeBsd = new("FreeBSD", ["lagg", "none"], ["synthetic_drivers", "miimon", "force"]);
}
