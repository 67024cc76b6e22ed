using System.Collections.Immutable;
using HypervVfattach.Core;

namespace HypervVfattach.Config;

/// <summary>The settings that exist on a system. One without effect there is an error, because otherwise it would not be noticed.</summary>
/// <param name="System">The system's name.</param>
/// <param name="DefaultPath">Path of the file if no other is given.</param>
/// <param name="Joins">The ways to join a pair there.</param>
/// <param name="Meaningless">Keys without effect there.</param>
internal sealed record SettingsScope(string System, string DefaultPath, ImmutableArray<string> Joins, ImmutableArray<string> Meaningless)
{
    /// <summary>The settings without a file.</summary>
    public Settings Defaults { get; init; } = new();
}
