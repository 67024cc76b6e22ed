using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Joins;

/// <summary>The ways to join a pair that a system offers.</summary>
internal sealed class JoinModules(params ImmutableArray<IJoin> all)
{
    /// <summary>Plans how a join is removed.</summary>
    /// <returns>Null if another program took the join apart, so that only the journal knows what the synthetic NIC had.</returns>
    public Plan? Detach(Snapshot snapshot, Join join) => snapshot.Find(join.Synthetic) is { } synthetic
        ? Of(join.Kind).Detach(snapshot, synthetic, join) : null;

    /// <summary>The way of this kind.</summary>
    /// <exception cref="ArgumentException">The system does not offer it.</exception>
    public IJoin Of(JoinKind kind) => all.FirstOrDefault(join => join.Kind == kind)
        ?? throw new ArgumentException($"{kind} is no way to join a pair here", nameof(kind));

    /// <summary>The way in which a pair seems to be joined, as far as the kernel shows it to every user; null if it does not.</summary>
    public IJoin? Seen(Pair pair, Snapshot snapshot) => all.FirstOrDefault(join => join.LooksJoined(pair, snapshot));
}
