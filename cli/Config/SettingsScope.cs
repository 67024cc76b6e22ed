using System.Collections.Immutable;
using HypervVfattach.Core;

namespace HypervVfattach.Config;

/// <summary>The settings that exist on a system. One without effect there is an error, because otherwise it would not be noticed.</summary>
/// <param name="system">The system's name.</param>
/// <param name="defaultPath">Path of the file if no other is given.</param>
/// <param name="joins">The ways to join a pair there.</param>
/// <param name="meaningless">Keys without effect there.</param>
internal sealed class SettingsScope(string system, string defaultPath, ImmutableArray<string> joins, ImmutableArray<string> meaningless)
{
    public string System => system;
    public string DefaultPath => defaultPath;
    public ImmutableArray<string> Joins => joins;
    public ImmutableArray<string> Meaningless => meaningless;

    /// <summary>The shortest delay.</summary>
    public TimeSpan ShortestDelay { get; init; } = Settings.UsualDelay;

    /// <summary>The settings without a file.</summary>
    public Settings Defaults { get; init; } = new();
}
