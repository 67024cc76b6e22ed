namespace HypervVfattach.Core.Model;

/// <summary>The history of one pair in short.</summary>
internal sealed record PairHistory
{
    /// <summary>The time of the last change: a VF came or went, a join was made or ended, or the path changed; null if there was none.</summary>
    public DateTimeOffset? Since { get; private init; }

    /// <summary>The time of the first arrival or departure that counts: earlier entries may have been dropped. Null if there was none.</summary>
    public DateTimeOffset? First { get; private init; }

    /// <summary>How often the VF arrived since <see cref="First"/>. A restart of the machine counts as an arrival.</summary>
    public int Arrivals { get; private init; }

    /// <summary>How often the VF left since <see cref="First"/>.</summary>
    public int Departures { get; private init; }

    /// <summary>The last arrival or departure.</summary>
    public HistoryEntry? LastOfVf { get; private init; }

    /// <summary>The last join, detach or end of a join.</summary>
    public HistoryEntry? LastOfJoin { get; private init; }

    /// <summary>Whether the last VF was joined after it had arrived.</summary>
    public bool IsVfJoined { get; private init; }

    /// <summary>The last failure or refusal.</summary>
    public HistoryEntry? LastFailure { get; private init; }

    /// <summary>The reason of the last refusal, unless something else was tried since, or the VF changed; else null.</summary>
    public string? Refusal { get; private init; }

    /// <summary>The last entry of any kind.</summary>
    public HistoryEntry? Last { get; private init; }

    /// <summary>The path that the pair used last, in the boot of <see cref="Last"/>.</summary>
    public UsedPath Path { get; private init; }

    /// <summary>The history with one more entry.</summary>
    public PairHistory After(HistoryEntry entry)
    {
        bool isOfVf = entry.Kind is HistoryKind.VfArrived or HistoryKind.VfLeft;
        bool isOfJoin = entry.Kind is HistoryKind.Joined or HistoryKind.Detached or HistoryKind.TakenApart;
        bool isOfPath = entry.Kind is HistoryKind.PathVf or HistoryKind.PathSynthetic;
        bool isNewBoot = Last is not null && Last.Boot != entry.Boot;
        return new PairHistory
        {
            Since = isOfVf || isOfJoin || isOfPath ? entry.Time : Since,
            First = First ?? (isOfVf ? entry.Time : null),
            Arrivals = Arrivals + (entry.Kind == HistoryKind.VfArrived ? 1 : 0),
            Departures = Departures + (entry.Kind == HistoryKind.VfLeft ? 1 : 0),
            LastOfVf = isOfVf ? entry : LastOfVf,
            LastOfJoin = isOfJoin ? entry : LastOfJoin,
            IsVfJoined = isOfVf || isOfJoin ? entry.Kind == HistoryKind.Joined : IsVfJoined,
            LastFailure = entry.Kind is HistoryKind.Failed or HistoryKind.Refused ? entry : LastFailure,
            Refusal = entry.Kind switch
            {
                HistoryKind.Refused => entry.Detail,
                HistoryKind.PathVf or HistoryKind.PathSynthetic or HistoryKind.TakenApart or HistoryKind.Recovered => Refusal,
                _ => null,
            },
            Last = entry,
            Path = entry.Kind switch
            {
                HistoryKind.PathVf => UsedPath.Vf,
                HistoryKind.PathSynthetic or HistoryKind.VfLeft => UsedPath.Synthetic,
                _ => isNewBoot ? UsedPath.None : Path,
            },
        };
    }
}
