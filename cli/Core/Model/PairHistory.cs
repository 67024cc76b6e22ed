namespace HypervVfattach.Core.Model;

/// <summary>The history of one pair in short.</summary>
internal sealed class PairHistory
{
    /// <summary>The time of the last change: a VF came or went, a join was made or ended, or the path changed; null if there was none.</summary>
    public DateTimeOffset? Since { get; private set; }

    /// <summary>The time of the first arrival or departure that counts: earlier entries may have been dropped. Null if there was none.</summary>
    public DateTimeOffset? First { get; private set; }

    /// <summary>How often the VF arrived since <see cref="First"/>. A restart of the machine counts as an arrival.</summary>
    public int Arrivals { get; private set; }

    /// <summary>How often the VF left since <see cref="First"/>.</summary>
    public int Departures => Left.Count;

    /// <summary>The departures of its VF, the oldest first.</summary>
    public List<HistoryEntry> Left { get; } = [];

    /// <summary>The last arrival or departure.</summary>
    public HistoryEntry? LastOfVf { get; private set; }

    /// <summary>Whether another program took the last join apart, and it was not mended since.</summary>
    public bool IsTakenApart { get; private set; }

    /// <summary>Whether the last VF was joined after it had arrived.</summary>
    public bool IsVfJoined { get; private set; }

    /// <summary>The last failure or refusal.</summary>
    public HistoryEntry? LastFailure { get; private set; }

    /// <summary>The reason of the last refusal, unless something else was tried since, or the VF changed; else null.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The last entry of any kind.</summary>
    public HistoryEntry? Last { get; private set; }

    /// <summary>The path that the pair used last, in the boot of <see cref="Last"/>.</summary>
    public UsedPath Path { get; private set; }

    /// <summary>Adds an entry.</summary>
    public void Add(HistoryEntry entry)
    {
        if (Last is not null && Last.Boot != entry.Boot)
            Path = UsedPath.None;
        Last = entry;
        switch (entry.Kind)
        {
            case HistoryKind.VfArrived or HistoryKind.VfLeft:
                LastOfVf = entry;
                First ??= entry.Time;
                IsVfJoined = false;
                Refusal = null;
                if (entry.Kind == HistoryKind.VfArrived)
                {
                    Arrivals++;
                }
                else
                {
                    Left.Add(entry);
                    Path = UsedPath.Synthetic;
                }
                break;
            case HistoryKind.Joined or HistoryKind.Detached or HistoryKind.TakenApart:
                IsVfJoined = entry.Kind == HistoryKind.Joined;
                IsTakenApart = entry.Kind == HistoryKind.TakenApart;
                if (!IsTakenApart)
                    Refusal = null;
                break;
            case HistoryKind.PathVf or HistoryKind.PathSynthetic:
                Path = entry.Kind == HistoryKind.PathVf ? UsedPath.Vf : UsedPath.Synthetic;
                break;
            case HistoryKind.Refused or HistoryKind.Failed:
                LastFailure = entry;
                Refusal = entry.Kind == HistoryKind.Refused ? entry.Detail : null;
                return;
            default:
                return;
        }
        Since = entry.Time;
    }
}
