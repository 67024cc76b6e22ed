using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Joins;

/// <summary>The ways to join a pair. A new one is a folder beside these and an entry here.</summary>
internal static class JoinModules
{
    public static ImmutableArray<IJoin> All { get; } = [new BondJoin(), new RedirectJoin(), new LaggJoin()];

    /// <summary>Plans how a join is removed.</summary>
    /// <returns>Null if another program took the join apart, so that only the journal knows what the synthetic NIC had.</returns>
    public static Plan? Detach(Snapshot snapshot, Join join) => snapshot.Find(join.Synthetic) is { } synthetic
        ? Of(join.Kind).Detach(snapshot, synthetic, join) : null;

    /// <summary>The one of this kind.</summary>
    /// <exception cref="ArgumentException">It is <see cref="JoinKind.None"/>.</exception>
    public static IJoin Of(JoinKind kind) => All.FirstOrDefault(join => join.Kind == kind)
        ?? throw new ArgumentException($"{kind} is no way to join a pair", nameof(kind));
}
