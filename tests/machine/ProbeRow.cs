using System.Net;

namespace HypervVfattach.Machines;

/// <summary>Result of the probes of one phase to one address.</summary>
/// <param name="Phase">The phase's name.</param>
/// <param name="Address">The probed address.</param>
/// <param name="Sent">Echo requests sent during the phase.</param>
/// <param name="Lost">Requests that were never answered, except those that the test bed itself lost.</param>
/// <param name="Silence">The longest time without a reply within the phase.</param>
/// <param name="Still">The longest time in the phase in which the guest did nothing at all, network or not: a device was being plugged in,
/// or the host gave it no processor.</param>
public sealed record ProbeRow(string Phase, IPAddress Address, int Sent, int Lost, TimeSpan Silence, TimeSpan Still)
{
    // The silence on an idle machine that is no interruption.
    private static readonly TimeSpan s_blink = TimeSpan.FromSeconds(0.5);

    // A port that is off for a second (tests/try/Broken.cs) must be noticed on a slow machine too. With both cores busy, the kernel alone
    // took up to 0.7 s to make the synthetic NIC a port (function_graph on rtnl_setlink), otherwise 0.1 to 0.2 s.
    private const double SlownessAtMost = 2;

    /// <summary>Requests never answered because the frame did not get from the peer to the guest's NIC or back: a queue was full.</summary>
    public int LostByWire { get; init; }

    /// <summary>The longest delay of an answer. A late answer is not a lost one.</summary>
    public TimeSpan Slowest { get; init; }

    /// <summary>Where the frames without an answer were seen last.</summary>
    public string Account { get; init; } = "";

    /// <summary>How many times slower than an idle machine everything is (<see cref="Machine.Slowness"/>).</summary>
    public double Slowness { get; init; } = 1;

    /// <summary>How long the phase lasted.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The longest silence that is no interruption: a guest that stands still for a time explains twice as much.</summary>
    public TimeSpan Allowed => s_blink * Math.Clamp(Slowness, 1, SlownessAtMost) + 2 * Still;

    /// <summary>Whether nothing was lost or interrupted.</summary>
    public bool IsWhole => IsWithin(TimeSpan.Zero);

    /// <summary>Whether nothing was lost except in one short interruption.</summary>
    public bool IsCut => IsWithin(Allowed);

    /// <summary>Whether nothing was interrupted, and at most as much was lost as is sent in this time.</summary>
    public bool IsWithin(TimeSpan cut) => Silence < Allowed && Lost * Duration <= Sent * cut;

    /// <summary>The rows of a phase combined: the worst value of each.</summary>
    public static ProbeRow Worst(IReadOnlyList<ProbeRow> rows) => new(rows[0].Phase, rows[0].Address,
        rows.Sum(row => row.Sent), rows.Sum(row => row.Lost), rows.Max(row => row.Silence), rows.Max(row => row.Still))
    {
        LostByWire = rows.Sum(row => row.LostByWire),
        Slowest = rows.Max(row => row.Slowest),
        Account = string.Join(", ", rows.Select(row => row.Account).Where(account => account.Length > 0)),
        Duration = rows.Max(row => row.Duration),
        Slowness = rows.Max(row => row.Slowness),
    };

    /// <summary>The rows as a table for people.</summary>
    public static string Table(IReadOnlyList<ProbeRow> rows)
    {
        var width = rows.Max(row => row.Phase.Length);
        return string.Join('\n', rows.Select(Line).Prepend(
            $"{"phase".PadRight(width)}  {"address",-10} {"sent",6} {"lost",6} {"silence",10} {"guest still",11} {"slowest",10}"));

        string Line(ProbeRow row) => ($"{row.Phase.PadRight(width)}  {row.Address,-10} {row.Sent,6} {row.Lost,6} " +
            $"{Ms(row.Silence)} {Ms(row.Still),11} {Ms(row.Slowest)}  {row.Account}").TrimEnd();

        static string Ms(TimeSpan span) => $"{(int)span.TotalMilliseconds,7} ms";
    }
}
