using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace HypervVfattach.Machines;

/// <summary>Result of the guest's own <c>ping</c>.</summary>
/// <param name="Sent">Requests that left, as far as the sender knows.</param>
/// <param name="Received">Replies that came back.</param>
/// <param name="Refused">Sends that the guest's kernel refused: the first thing that a program sees on a broken network.</param>
public sealed record GuestPingResult(int Sent, int Received, int Refused);

/// <summary>A <c>ping</c> inside the guest, at a steady pace until it is stopped.</summary>
public sealed partial class GuestPing
{
    private readonly Machine _machine;
    private readonly string _log;

    private GuestPing(Machine machine, string log) => (_machine, _log) = (machine, log);

    internal static async Task<GuestPing> StartAsync(Machine machine, IPAddress address, Pace pace)
    {
        var log = $"/run/ping-{address.ToString().Replace(':', '-')}";
        var interval = pace.Interval.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
        await machine.RunAsync($"ping -q -n -i {interval} {address} >{log} 2>&1 & echo $! >{log}.pid");
        return new GuestPing(machine, log);
    }

    /// <summary>Stops it and counts.</summary>
    public async Task<GuestPingResult> StopAsync()
    {
        var output = await _machine.RunAsync(
            $"pid=$(cat {_log}.pid); kill -INT $pid; while [ -d /proc/$pid ]; do sleep 0.05; done; cat {_log}");
        var summary = Summary().Match(output);
        if (!summary.Success)
            throw new InvalidOperationException($"no summary from ping in the guest:\n{output}");
        return new GuestPingResult(Number(summary.Groups[1]), Number(summary.Groups[2]), Refusal().Count(output));

        static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"(\d+) packets transmitted, (\d+) received")]
    private static partial Regex Summary();

    [GeneratedRegex(@"^ping: (sendmsg|sendto|connect):", RegexOptions.Multiline)]
    private static partial Regex Refusal();
}
