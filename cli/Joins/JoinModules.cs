using System.Collections.Immutable;
using HypervVfattach.Core;

namespace HypervVfattach.Joins;

/// <summary>The ways to join a pair. A new one is a folder beside these and a line here.</summary>
internal static class JoinModules
{
    /// <summary>All of them.</summary>
    public static ImmutableArray<IJoin> All { get; } = [new BondJoin(), new RedirectJoin(), new LaggJoin()];

    /// <summary>The one of this kind.</summary>
    /// <exception cref="ArgumentException">It is <see cref="JoinKind.None"/>.</exception>
    public static IJoin Of(JoinKind kind) => All.FirstOrDefault(join => join.Kind == kind)
        ?? throw new ArgumentException($"{kind} is no way to join a pair", nameof(kind));
}
