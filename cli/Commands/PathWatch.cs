namespace HypervVfattach.Commands;

/// <summary>What to do about a path after a round of questions.</summary>
internal enum PathStep
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>No neighbour answers: take the VF out of use, if the other path is better.</summary>
    TakeOut,

    /// <summary>The neighbours answer again: use the VF.</summary>
    BringBack,
}

/// <summary>Judges the path of a VF by the rounds of questions to neighbours, one each second while it is in use.</summary>
/// <remarks>A path that fails again and again would interrupt the network again and again, so it is held down.</remarks>
internal sealed class PathWatch
{
    /// <summary>The time of a round while the VF is in use, and while it is not.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(1), RoundOut = TimeSpan.FromSeconds(5);

    /// <summary>So many silent rounds are a failure; so many answered ones are none.</summary>
    public const int Silent = 3, Answered = 3;

    /// <summary>A path that fails more often than this in this time is held down for that time.</summary>
    public const int Failures = 3;

    /// <inheritdoc cref="Failures"/>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10), HoldDown = TimeSpan.FromMinutes(30);

    // The newest first.
    private readonly DateTimeOffset[] _failures = new DateTimeOffset[Failures + 1];
    private int _silent, _answered;

    /// <summary>Whether the VF is out of use because its path failed.</summary>
    public bool IsOut { get; private set; }

    /// <summary>Until when it is held down; null if it is not.</summary>
    public DateTimeOffset? HeldUntil { get; private set; }

    /// <summary>A round has ended.</summary>
    /// <param name="answered">Whether a neighbour answered.</param>
    public PathStep After(bool answered, DateTimeOffset now)
    {
        _silent = answered ? 0 : _silent + 1;
        _answered = answered ? _answered + 1 : 0;
        if (HeldUntil <= now)
            HeldUntil = null;
        return !IsOut && _silent >= Silent ? PathStep.TakeOut
            : IsOut && _answered >= Answered && HeldUntil is null ? PathStep.BringBack : PathStep.None;
    }

    /// <summary>The VF was taken out of use.</summary>
    public void WentOut(DateTimeOffset now)
    {
        IsOut = true;
        _answered = 0;
        Array.Copy(_failures, 0, _failures, 1, Failures);
        _failures[0] = now;
        if (now - _failures[Failures] <= Window)
            HeldUntil = now + HoldDown;
    }

    /// <summary>The VF is in use.</summary>
    public void CameBack()
    {
        IsOut = false;
        _silent = 0;
    }

    /// <summary>An earlier run of the service took it out of use. No effect if that is known.</summary>
    public void IsFoundOut()
    {
        if (!IsOut)
            _answered = 0;
        IsOut = true;
    }
}
