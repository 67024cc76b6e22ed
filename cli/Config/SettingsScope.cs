using System.Collections.Immutable;
using HypervVfattach.Core;

namespace HypervVfattach.Config;

/// <summary>The settings that exist on a system. One without effect there is an error, because otherwise it would not be noticed.</summary>
/// <param name="System">The system's name.</param>
/// <param name="Joins">The ways to join a pair there.</param>
/// <param name="Meaningless">Keys without effect there.</param>
internal sealed record SettingsScope(string System, ImmutableArray<string> Joins, ImmutableArray<string> Meaningless)
{
    /// <summary>The settings without a file.</summary>
    public Settings Defaults { get; init; } = new();

    /// <summary>All of them.</summary>
    public static readonly SettingsScope Linux = new("Linux", ["bond", "redirect", "none"], []);

    /// <summary>A lagg has no miimon, hn(4) is the only synthetic NIC, and the kernel, not this program, decides whether the kernel
    /// joins pairs (hw.hn.vf_transparent).</summary>
    public static readonly SettingsScope FreeBsd = new("FreeBSD", ["lagg", "none"], ["synthetic_drivers", "miimon", "force"])
    {
        Defaults = new Settings { Join = JoinKind.Lagg },
    };
}
