using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace HypervVfattach.Machines;

/// <summary>How often a guest can be sent echo requests and still answer all of them.</summary>
/// <param name="PerSecond">Probes a second to each address.</param>
/// <param name="Answers">Answers per second, to all addresses together, of which the guest was capable.</param>
public sealed record Pace(double PerSecond, double Answers)
{
    private const double Highest = 500;

    // Fewer probes would miss an interruption that is too short for a person to notice.
    private const double Lowest = 20;

    // Frames in flight to each address during the search for the guest's limit.
    private const int Window = 16;

    /// <summary>The pace of an otherwise idle test machine.</summary>
    public static Pace Full { get; } = new(Highest, 0);

    /// <summary>The time between two probes to an address.</summary>
    public TimeSpan Interval => TimeSpan.FromSeconds(1 / PerSecond);

    /// <summary>Whether the guest is fast enough for a verdict.</summary>
    public bool IsEnough => PerSecond >= Lowest;

    /// <summary>The pace for a guest that answers this often per second while a device is plugged in: half of that for all
    /// streams.</summary>
    public static Pace Of(double answers, int streams) => new(Math.Min(Highest, answers / 2 / streams), answers);

    /// <summary>Measures how many requests the guest answers while a device that belongs to no pair is plugged and unplugged.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="streams">Number of streams of probes: one to each address, and those of the guest itself.</param>
    /// <param name="addresses">The addresses to probe.</param>
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

        // One new request for each reply.
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
