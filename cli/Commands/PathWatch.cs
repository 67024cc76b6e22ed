using System.Globalization;
using System.Net;
using System.Text;
using HypervVfattach.Core;

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

    /// <summary>After so many more silent rounds the other path is tried again that was silent, too.</summary>
    public const int Again = 10;

    /// <summary>A path that fails more often than this in this time is held down for that time.</summary>
    public const int Failures = 3;

    /// <inheritdoc cref="Failures"/>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10), HoldDown = TimeSpan.FromMinutes(30);

    // The newest first.
    private readonly DateTimeOffset[] _failures = new DateTimeOffset[Failures + 1];
    private int _silent, _answered, _patience = Silent;

    /// <summary>The neighbours that have answered through the VF: the silence of others shows nothing.</summary>
    public HashSet<IPAddress> Known { get; } = [];

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
        if (answered)
            _patience = Silent;
        if (HeldUntil <= now)
            HeldUntil = null;
        else if (HeldUntil > now + HoldDown)
            // The clock was set back.
            HeldUntil = now + HoldDown;
        return !IsOut && _silent >= _patience ? PathStep.TakeOut
            : IsOut && _answered >= Answered && HeldUntil is null ? PathStep.BringBack : PathStep.None;
    }

    /// <summary>The neighbours answered through the VF.</summary>
    public void Met(ICollection<IPAddress> neighbours)
    {
        // Gateways come and go for years.
        if (Known.Count + neighbours.Count > 2 * PathCheck.Most)
            Known.Clear();
        Known.UnionWith(neighbours);
    }

    /// <summary>The other path is silent, too. Each question there has a bridge of the host send to that path for a moment.</summary>
    public void IsSilentToo() => _patience = _silent + Again;

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
        HeldUntil = null;
        _silent = 0;
        _patience = Silent;
    }

    /// <summary>An earlier run of the service took it out of use. No effect if that is known.</summary>
    public void IsFoundOut()
    {
        if (!IsOut)
            _answered = 0;
        IsOut = true;
    }

    /// <summary>What the next run of the service has to know, in one line: index of the VF, end of its hold-down, failures, neighbours.</summary>
    public string Memory(int vf)
    {
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{vf} {HeldUntil?.ToUnixTimeSeconds() ?? 0} ");
        foreach (DateTimeOffset failure in _failures)
            line.Append(CultureInfo.InvariantCulture, $"{Math.Max(0, failure.ToUnixTimeSeconds())},");
        return line.Append(' ').AppendJoin(',', Known).ToString();
    }

    /// <summary>Goes on where an earlier run of the service was ended; begins anew if it knew another VF, or its line is damaged.</summary>
    /// <param name="memory">What it wrote; null if there was none.</param>
    /// <param name="vf">Index of the VF.</param>
    /// <param name="now">The time. The clock may have been set back.</param>
    public static PathWatch From(string? memory, int vf, DateTimeOffset now)
    {
        var watch = new PathWatch();
        if (memory?.Split(' ') is not [var index, var held, var failures, var known] || index != vf.ToString(CultureInfo.InvariantCulture)
            || Time(held) is not { } until || failures.Split(',', StringSplitOptions.RemoveEmptyEntries) is not { Length: Failures + 1 } times
            || known.Split(',', StringSplitOptions.RemoveEmptyEntries) is not { Length: <= 2 * PathCheck.Most } neighbours)
            return watch;
        for (int i = 0; i < times.Length; i++)
        {
            if (Time(times[i]) is not { } failed)
                return new PathWatch();
            watch._failures[i] = failed <= now ? failed : default;
        }
        foreach (string neighbour in neighbours)
        {
            if (!IPAddress.TryParse(neighbour, out IPAddress? address))
                return new PathWatch();
            watch.Known.Add(address);
        }
        if (until > now)
            watch.HeldUntil = until < now + HoldDown ? until : now + HoldDown;
        return watch;

        static DateTimeOffset? Time(string word) => uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
    }
}
