using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace HypervVfattach.Machines;

/// <summary>How often a guest may be asked for an echo and still answer everything.</summary>
/// <param name="PerSecond">Probes a second to each address.</param>
/// <param name="Answers">Answers a second, to all addresses together, of which the guest was capable.</param>
public sealed record Pace(double PerSecond, double Answers)
{
    private const double Highest = 500;

    // Fewer tell nothing of an interruption that is short enough for a person not to notice.
    private const double Lowest = 20;

    // Frames under way to each address while the guest's limit is sought.
    private const int Window = 16;

    /// <summary>As fast as a test machine that has nothing else to do allows.</summary>
    public static Pace Full { get; } = new(Highest, 0);

    /// <summary>The time between two probes to an address.</summary>
    public TimeSpan Interval => TimeSpan.FromSeconds(1 / PerSecond);

    /// <summary>Whether the guest is fast enough for a verdict.</summary>
    public bool IsEnough => PerSecond >= Lowest;

    /// <summary>The pace for a guest that answers so many a second while it is given a device: half of that for all streams.</summary>
    public static Pace Of(double answers, int streams) => new(Math.Min(Highest, answers / 2 / streams), answers);

    /// <summary>Measures what the guest answers while a device that belongs to no pair comes and goes.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="streams">How many streams of probes there will be: one to each address, and those of the guest itself.</param>
    /// <param name="addresses">Whom to ask.</param>
    public static async Task<Pace> MeasureAsync(Machine machine, int streams, params IPAddress[] addresses)
    {
        var stranger = Nic.Stranger();
        var targets = machine.Peer.Namespace.Run(() => addresses.Select(address => new ProbeTarget(address, machine.Wire)).ToArray());
        using var ended = new CancellationTokenSource();
        var thread = new Thread(Ask) { IsBackground = true, Name = "pace" };
        try
        {
            thread.Start();
            var start = Stopwatch.GetTimestamp();
            var before = targets.Sum(target => target.Answered);
            await machine.PlugAsync(stranger);
            await machine.NameAsync(stranger);
            await machine.UnplugAsync(stranger);
            return Of((targets.Sum(target => target.Answered) - before) / Stopwatch.GetElapsedTime(start).TotalSeconds, streams);
        }
        finally
        {
            ended.Cancel();
            thread.Join();
            foreach (var target in targets)
                target.Dispose();
        }

        // As many as are answered: a new one for each that came back.
        void Ask()
        {
            while (!ended.IsCancellationRequested)
            {
                foreach (var target in targets)
                    while (target.Asked - target.Answered < Window)
                        target.Ask();
                Thread.Sleep(1);
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{PerSecond:0} probes a second to each address; while a device is plugged in, the guest answers {Answers:0} a second");
}
