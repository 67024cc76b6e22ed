using System.Diagnostics;
using System.Net;

namespace HypervVfattach.Machines;

/// <summary>Sends echo requests from the peer to addresses of the guest at a steady pace, and counts those without a reply, phase by
/// phase.</summary>
public sealed class Probe : IDisposable
{
    // In an emulated guest on a busy host replies may be late by seconds; as long as some arrive, others may follow.
    private static readonly TimeSpan s_lull = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private readonly List<(string Name, long Start)> _phases = [];
    private readonly ProbeTarget[] _targets;
    private readonly Heartbeat _heartbeat;
    private readonly TimeSpan _interval;
    private readonly double _slowness;
    private readonly Thread _thread;
    private volatile bool _stopped;

    private Probe(Machine machine, Heartbeat heartbeat, Pace pace, string phase, IPAddress[] addresses)
    {
        _heartbeat = heartbeat;
        _interval = pace.Interval;
        _slowness = machine.Slowness;
        Mark(phase);
        _targets = machine.Peer.Namespace.Run(() => addresses.Select(address => new ProbeTarget(address, machine.Wire)).ToArray());
        _thread = new Thread(Send) { IsBackground = true, Name = "probe" };
        _thread.Start();
    }

    /// <summary>Starts to probe these addresses; the first phase begins.</summary>
    public static async Task<Probe> StartAsync(Machine machine, Pace pace, string phase, params IPAddress[] addresses) =>
        new(machine, await machine.StartHeartbeatAsync(), pace, phase, addresses);

    /// <summary>Ends a phase and begins the next.</summary>
    public void Mark(string phase)
    {
        lock (_phases)
            _phases.Add((phase, Stopwatch.GetTimestamp()));
    }

    /// <summary>Waits until no earlier request is in flight: later ones have been answered.</summary>
    public async Task SettleAsync()
    {
        var asked = _targets.Select(target => target.Asked).ToArray();
        var start = Stopwatch.GetTimestamp();
        while (_targets.Zip(asked).Any(pair => pair.First.Newest < pair.Second) && Stopwatch.GetElapsedTime(start) < s_patience)
            await Task.Delay(s_look);
    }

    /// <summary>Stops probing, waits for the last replies and returns a row for each phase and address.</summary>
    public async Task<IReadOnlyList<ProbeRow>> StopAsync()
    {
        _stopped = true;
        _thread.Join();
        var end = Stopwatch.GetTimestamp();
        var (answered, since) = (0, end);
        while (_targets.Any(target => target.Answered < target.Asked)
            && Stopwatch.GetElapsedTime(since) < s_lull && Stopwatch.GetElapsedTime(end) < s_patience)
        {
            await Task.Delay(s_look);
            if (_targets.Sum(target => target.Answered) is var now && now > answered)
                (answered, since) = (now, Stopwatch.GetTimestamp());
        }
        Release();

        List<ProbeRow> rows = [];
        for (var number = 0; number < _phases.Count; number++)
        {
            var (name, start) = _phases[number];
            var next = number + 1 < _phases.Count ? _phases[number + 1].Start : end;
            rows.AddRange(_targets.Select(target => target.Row(name, start, next, _heartbeat.Still(start, next)) with { Slowness = _slowness }));
        }
        return rows;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
        Release();
    }

    private void Release()
    {
        foreach (var target in _targets)
            target.Dispose();
        _heartbeat.Dispose();
    }

    private void Send()
    {
        var due = Stopwatch.GetTimestamp();
        while (!_stopped)
        {
            foreach (var target in _targets)
                target.Ask();
            due += (long)(_interval.TotalSeconds * Stopwatch.Frequency);
            var pause = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (pause > TimeSpan.Zero)
                Thread.Sleep(pause);
            else
                due = Stopwatch.GetTimestamp(); // Late: no burst to catch up.
        }
    }
}
