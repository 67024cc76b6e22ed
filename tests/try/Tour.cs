using System.Net;
using HypervVfattach.Machines;

namespace HypervVfattach.Try;

/// <summary>The events of one pair of synthetic NIC and VF, and their effect on the peer.</summary>
internal sealed class Tour(Machine machine, Show show) : IAsyncDisposable
{
    // The two addresses, and the guest's own ping.
    private const int Streams = 3;

    // While the configuration moves, or a VF with frames in flight to it is removed, a few are lost: one short interruption.
    private static readonly string[] s_cuts = ["VF comes", "VF leaves", "detach"];

    private static readonly IPAddress s_v4 = IPAddress.Parse("10.77.0.2"), s_v6 = IPAddress.Parse("fd77::2");

    private readonly Nic _vf = Nic.Vf();
    private string _synthetic = "", _vfName = "";
    private Pace _pace = Pace.Full;
    private Probe? _probe;

    private Picture Picture => new(_synthetic, _vfName, $"{s_v4}");

    /// <summary>Gives the guest its addresses and installs the product in it, as a user would.</summary>
    public async Task InstallAsync(bool broken)
    {
        _synthetic = await machine.NameAsync(Nic.Synthetic());
        await machine.RunAsync($"""
            ip address add {s_v4}/24 dev {_synthetic}; ip address add {s_v6}/64 dev {_synthetic} nodad; ip link set {_synthetic} up
            ip route add default via {Peer.V4}; ip -6 route add default via {Peer.V6}
            until ping -q -c 1 -W 1 {Peer.V4} && ping -q -c 1 -W 1 {Peer.V6}; do sleep 0.1; done
            """);
        show.Step($"installing hyperv-vfattach in it, as a user would ({Usually(10)})");
        await Product.InstallAsync(machine);
        if (broken)
            await Broken.InstallAsync(machine, _synthetic);
        await Show.GuestAsync(machine, "hyperv-vfattach status");
    }

    /// <summary>Finds the pace for the probes; false if this machine is too slow for a verdict.</summary>
    public async Task<bool> MeasureAsync()
    {
        show.Step($"measuring how many probes the guest answers while a device that is not ours is plugged in ({Usually(5)})");
        _pace = await Pace.MeasureAsync(machine, Streams, s_v4, s_v6);
        show.Step($"{_pace.Answers:0} a second; from now on the peer asks each of the guest's two addresses {_pace.PerSecond:0} times a second");
        return _pace.IsEnough;
    }

    /// <summary>The VF is plugged, removed and plugged again, and the pair is detached.</summary>
    public async Task RunAsync()
    {
        using var probe = _probe = await Probe.StartAsync(machine, _pace, "before", s_v4, s_v6);
        var ping = await machine.StartGuestPingAsync(Peer.V4, _pace);
        await PassAsync();
        Show.Picture(Picture.Before);

        await BeginAsync("VF comes", $"the host plugs a VF in, with the MAC address of {_synthetic} ({Usually(6)})");
        await machine.PlugAsync(_vf);
        _vfName = await machine.NameAsync(_vf);
        await CarriedByAsync(_vfName);
        await BeginAsync("on the VF", $"{_vfName} carries the traffic");
        var frames = machine.Wire[_vf.Id].ToGuest;
        await PassAsync();
        frames = machine.Wire[_vf.Id].ToGuest - frames;
        Show.Picture(Picture.OnVf);
        await Show.GuestAsync(machine, "hyperv-vfattach status");

        await BeginAsync("VF leaves", "the host takes the VF away, as a live migration does");
        await machine.UnplugAsync(_vf);
        await CarriedByAsync(_synthetic);
        await BeginAsync("on the synthetic", $"{_synthetic} carries the traffic");
        await PassAsync();
        Show.Picture(Picture.WithoutVf);

        await BeginAsync("VF comes back", $"the VF comes back ({Usually(6)})");
        await machine.PlugAsync(_vf);
        await CarriedByAsync(_vfName);
        await BeginAsync("on the VF again", $"{_vfName} carries the traffic");
        await PassAsync();
        Show.Picture(Picture.OnVf);
        var counters = await machine.CountersAsync();

        await BeginAsync("detach", $"detaching: {_synthetic} gets its configuration back");
        await machine.RunAsync($"hyperv-vfattach detach {_synthetic}");
        await BeginAsync("after", "the pair is as it was");
        await PassAsync();
        Show.Picture(Picture.Detached);

        await ReportAsync(await ping.StopAsync(), counters);
        show.Check(frames > _pace.PerSecond, $"the VF carried the traffic ({frames} frames in a second)");
        show.Check((await machine.RunAsync($"ip -br address show {_synthetic}")).Contains($"{s_v4}/24", StringComparison.Ordinal),
            $"{_synthetic} has its address back");
    }

    /// <summary>Prints the probes so far, however far the run got.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_probe is not null)
            await ReportAsync(null, null);
    }

    private async Task ReportAsync(GuestPingResult? ping, string? counters)
    {
        var phases = (await _probe!.StopAsync()).GroupBy(row => row.Phase).Select(rows => ProbeRow.Worst([.. rows])).ToList();
        _probe = null;
        show.Phases(phases, row => s_cuts.Contains(row.Phase) ? row.IsCut : row.IsWhole);
        if (ping is not null)
            show.Check(ping.Refused == 0, $"no program in the guest saw an error: its own ping sent {ping.Sent}, received {ping.Received}");
        if (show.Failed)
            Show.Account(phases, counters);
    }

    // Frames in flight belong to the previous phase.
    private async Task BeginAsync(string phase, string step)
    {
        show.Step(step);
        _probe!.Mark(phase);
        await _probe.SettleAsync();
    }

    private Task<string> CarriedByAsync(string port) => machine.RunAsync($"""
        timeout {machine.Seconds(20)} sh -c 'until [ "$(cat /sys/class/net/bond-{_synthetic}/bonding/active_slave 2>/dev/null)" = {port} ]; do sleep 0.05; done'
        """);

    private string Usually(int idle) => $"usually {idle * machine.Slowness:0} seconds on this machine";

    private static Task PassAsync() => Task.Delay(TimeSpan.FromSeconds(1));
}
