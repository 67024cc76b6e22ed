using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HypervVfattach.Machines;

/// <summary>A throw-away Linux machine: a real kernel with udevd under qemu, its NICs on a <see cref="Wire"/> to a
/// <see cref="Peer"/>.</summary>
public sealed class Machine : IAsyncDisposable
{
    /// <summary>The journal line after which the entries of a resumed machine begin.</summary>
    internal const string SavedMark = "test bed: saved here";

    // Until the guest answers its speed is unknown.
    private static readonly TimeSpan s_boot = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_resume = TimeSpan.FromMinutes(2);

    // On an idle machine; see Slowness.
    private static readonly TimeSpan s_command = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_hotPlug = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_filterAge = TimeSpan.FromMilliseconds(200);

    private readonly List<Qemu> _former = [];
    private readonly MachineOptions _options;
    private readonly bool _resumed;
    private readonly Taps? _taps;
    private Qemu _qemu;

    private Machine(Qemu qemu, MachineOptions options, bool resumed, Peer peer, Wire wire, Taps? taps)
    {
        _taps = taps;
        _qemu = qemu;
        _resumed = resumed;
        _options = options;
        Peer = peer;
        Wire = wire;
    }

    /// <summary>The host at the other end.</summary>
    public Peer Peer { get; }

    /// <summary>The switch in between.</summary>
    public Wire Wire { get; }

    /// <summary>What the guest's kernel wrote to its serial line.</summary>
    public string Console => _qemu.Console;

    /// <summary>How many times slower this machine is than an idle one with software emulation; 1 if it is no slower.</summary>
    public double Slowness { get; private set; } = 1;

    /// <summary>Starts a machine and returns when its guest answers with every service up. It is resumed if an equal machine has been
    /// saved, else booted.</summary>
    /// <param name="options">Its parts.</param>
    /// <param name="progress">Called before each step that takes long.</param>
    public static async Task<Machine> StartAsync(MachineOptions? options = null, Action<string>? progress = null)
    {
        options ??= new MachineOptions();
        if (options.Sriov)
            options = await SriovHost.AddAsync(options);
        var image = await Image.GetAsync(options, progress);
        if (options.Boot || options.Offloads || options.VfsAtBoot.Count > 0)
            return await StartAsync(options, image, null, resume: false);

        var saved = await SavedMachine.GetAsync(options, image, async saved =>
        {
            progress?.Invoke("booting the guest once, to be resumed from now on: usually half a minute");
            await using var machine = await StartAsync(options with { AtPeer = null }, image, saved, resume: false);
            await machine.RunAsync($"echo '{SavedMark}' > /dev/kmsg");
            await saved.SaveAsync(machine._qemu.Monitor);
        });
        return await StartAsync(options, image, saved, resume: true);
    }

    /// <summary>Converts a limit in seconds on an idle machine to one for this machine.</summary>
    public int Seconds(int idle) => (int)Math.Ceiling(Stretched(TimeSpan.FromSeconds(idle)).TotalSeconds);

    /// <summary>Runs a shell command in the guest and returns its output; an exit code other than 0 throws.</summary>
    public async Task<string> RunAsync(string command, TimeSpan? limit = null) =>
        (await TryAsync(command, limit)).Succeeded(command);

    /// <summary>Runs a shell command in the guest and returns its result, whatever the exit code.</summary>
    public async Task<CommandResult> TryAsync(string command, TimeSpan? limit = null)
    {
        var pid = await _qemu.Agent.StartAsync("/bin/sh", ["-c", command], capture: true);
        return await _qemu.Agent.FinishAsync(pid, command, Stretched(limit ?? s_command));
    }

    /// <summary>Writes files in the guest.</summary>
    public async Task CopyAsync(params IReadOnlyCollection<GuestFile> files)
    {
        var archive = GuestFile.Archive(files);
        var command = $"head -c {archive.Length} /dev/virtio-ports/files | tar -x -C /";
        var pid = await _qemu.Agent.StartAsync("/bin/sh", ["-c", command], capture: true);
        await _qemu.Files.SendAsync(archive, SocketFlags.None);
        (await _qemu.Agent.FinishAsync(pid, command, Stretched(s_command))).Succeeded(command);
    }

    /// <summary>Plugs a NIC while the machine runs, as the host does with a VF. Returns when qemu has done so; the guest sees it a moment
    /// later (<see cref="NameAsync"/>).</summary>
    public async Task PlugAsync(Nic nic)
    {
        if (nic.IsCardVf)
        {
            await new SriovHost(this).PlugAsync();
            return;
        }
        var port = Wire.Add(nic, _qemu.SocketDirectory);
        await _qemu.Monitor.ExecuteAsync("netdev_add", port.Netdev);
        port.Connect();
        await _qemu.Monitor.ExecuteAsync("device_add", nic.Device());
    }

    /// <summary>What the guest's driver told a NIC to receive; qemu knows it of virtio-net.</summary>
    public async Task<RxFilter> RxFilterAsync(Nic nic) =>
        // With its name as an argument, qemu finds the netdev, which has the same.
        RxFilter.Of((await _qemu.Monitor.ExecuteAsync("query-rx-filter"))!.AsArray().First(filter => (string?)filter!["name"] == nic.Id)!);

    /// <summary>Has the card not trust a VF that is plugged in: it receives only the group frames that it has in its list.</summary>
    public void Distrust(Nic vf)
    {
        RxFilter? filter = null;
        long read = 0;
        Wire[vf.Id].Filter = group =>
        {
            if (filter is null || Stopwatch.GetElapsedTime(read) > s_filterAge)
            {
                filter = RxFilterAsync(vf).GetAwaiter().GetResult();
                read = Stopwatch.GetTimestamp();
            }
            return filter.Lists(group);
        };
    }

    /// <summary>Unplugs a NIC and returns when the guest has released it.</summary>
    /// <param name="nic">The NIC.</param>
    /// <param name="surprise">Hyper-V switches the traffic back to the synthetic NIC before it removes the VF; a surprise is the harder
    /// case in which frames go to the VF until it is gone.</param>
    public async Task UnplugAsync(Nic nic, bool surprise = false)
    {
        if (nic.IsCardVf)
        {
            await new SriovHost(this).UnplugAsync();
            return;
        }
        Wire[nic.Id].Withdrawn = !surprise;
        var deleted = _qemu.Monitor.EventAsync("DEVICE_DELETED", data => (string?)data["device"] == nic.Id, Stretched(s_hotPlug));
        await _qemu.Monitor.ExecuteAsync("device_del", new { id = nic.Id });
        await deleted;
        Wire.Remove(Wire[nic.Id]);
        await _qemu.Monitor.ExecuteAsync("netdev_del", new { id = nic.Id });
    }

    /// <summary>Removes a NIC's carrier or restores it. Frames that the guest sends before it has noticed are lost: qemu drops
    /// them.</summary>
    public async Task SetLinkAsync(Nic nic, bool up)
    {
        if (up)
            Wire[nic.Id].Link = true;
        await _qemu.Monitor.ExecuteAsync("set_link", new { name = nic.Id, up });
        Wire[nic.Id].Link = up;
    }

    /// <summary>Migrates the machine to a second process of qemu, live, through a socket. Its VFs must be unplugged.</summary>
    public Task MigrateAsync() => MoveAsync(async (target, path) =>
    {
        var received = await Migration.ReceiveAsync(target.Monitor, $"unix:{path}");
        await Migration.SendAsync(_qemu.Monitor, $"unix:{path}");
        await received;
    });

    /// <summary>Begins to migrate the machine, and cancels that half-way.</summary>
    public async Task AbortMigrationAsync()
    {
        await using var target = await WaitingAsync();
        var uri = $"unix:{Path.Combine(target.SocketDirectory, "migration")}";
        await target.Monitor.ExecuteAsync("migrate-incoming", new { uri });
        await Migration.SetAsync(_qemu.Monitor, ignoreShared: false);
        await Migration.AbortAsync(_qemu.Monitor, uri);
    }

    /// <summary>Saves the machine in a file, ends it, and restores it in a new process later. Its VFs must be unplugged.</summary>
    public Task SaveAndRestoreAsync(TimeSpan away) => MoveAsync(async (target, path) =>
    {
        await _qemu.Monitor.ExecuteAsync("stop");
        await Migration.SendAsync(_qemu.Monitor, $"exec:cat > '{path}'");
        await _qemu.EndAsync();
        await Task.Delay(away);
        await await Migration.ReceiveAsync(target.Monitor, $"exec:cat '{path}'");
    });

    /// <summary>Has the guest suspend itself to memory, and wakes it up later.</summary>
    public async Task SuspendAsync(TimeSpan asleep)
    {
        var suspended = _qemu.Monitor.EventAsync("SUSPEND", _ => true, Stretched(s_hotPlug));
        await RunAsync("(sleep 1; echo mem >/sys/power/state) >/dev/null 2>&1 &");
        await suspended;
        await Task.Delay(asleep);
        await _qemu.Monitor.ExecuteAsync("system_wakeup");
        await _qemu.Agent.SyncAsync(s_resume);
    }

    /// <summary>The guest's names for the interfaces of a NIC, once udev has finished with them; two for a virtio NIC with
    /// failover=on.</summary>
    public async Task<string[]> NamesAsync(Nic nic)
    {
        var device = $"/sys/bus/pci/devices/{nic.PciAddress}";
        // "udevadm wait" exists since systemd 251; before, there is no way to know that udevd has received the kernel's event.
        var output = await RunAsync($"udevadm wait --timeout={Seconds(20)} {device} 2>/dev/null || " +
            $"timeout {Seconds(20)} sh -c 'until [ -e {device} ]; do sleep 0.1; done; sleep 1'; udevadm settle --timeout={Seconds(60)}; " +
            $"for name in {device}/net/* {device}/virtio*/net/*; do [ -e $name ] && echo ${{name##*/}}; done; true");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The guest's name for the interface of a NIC, once udev has finished with it.</summary>
    public async Task<string> NameAsync(Nic nic) => await NamesAsync(nic) is [var name, ..]
        ? name
        : throw new InvalidOperationException($"{nic.Id} has no interface in the guest\n{_qemu.LastWords()}");

    /// <summary>Starts a <c>ping</c> in the guest, which also reports the sends that its kernel refuses.</summary>
    public Task<GuestPing> StartGuestPingAsync(IPAddress address, Pace pace) => GuestPing.StartAsync(this, address, pace);

    /// <summary>The guest kernel's counters on the way of a frame: at each NIC received, sent, dropped; packets for which a processor had
    /// no room; echo requests seen and answered, and suppressed answers.</summary>
    public Task<string> CountersAsync() => RunAsync("""
        for nic in /sys/class/net/*/; do nic=${nic%/}
            ethtool -S ${nic##*/} 2>/dev/null | awk -v nic=${nic##*/} '/OOB|drv dropped|no_buf|drops|err/ && $NF > 0 { print nic": "$0 }'
            cd $nic/statistics; echo ${nic##*/}: $(grep -H . rx_packets tx_packets rx_dropped tx_dropped rx_missed_errors)
        done
        for cache in arp ndisc; do
            awk -v cache=$cache 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "unresolved_discards") n = i }
                NR > 1 { print cache ": replies dropped because a neighbour was not resolved: 0x" $n }' /proc/net/stat/${cache}_cache
        done
        echo backlog: $(awk '{ print $2 }' /proc/net/softnet_stat)
        nstat -az | awk '/Icmp6?(In|Out)Echo|RateLimit/ && $2 > 0 { print $1, $2 }'
        """);

    internal Task<Heartbeat> StartHeartbeatAsync() => Heartbeat.StartAsync(this, _qemu.Echo);

    /// <summary>The guest's log since this machine was started; without systemd, its kernel's log.</summary>
    public Task<string> JournalAsync() => RunAsync(
        (_options.Init == Init.Systemd ? "journalctl -b -o short-monotonic --no-pager" : "dmesg") +
        (_resumed ? $" | sed '1,/{SavedMark}/d'" : ""));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync(Wire, _qemu, Peer, _taps);
        foreach (var qemu in _former)
            await qemu.DisposeAsync();
    }

    // A process with the same machine that waits for its state.
    private async Task<Qemu> WaitingAsync()
    {
        var target = await Qemu.StartAsync(_options, await Image.GetAsync(_options), Wire, Peer.Namespace, null, resume: true);
        await Migration.SetAsync(target.Monitor, ignoreShared: false);
        return target;
    }

    private async Task MoveAsync(Func<Qemu, string, Task> moveAsync)
    {
        var target = await WaitingAsync();
        await Migration.SetAsync(_qemu.Monitor, ignoreShared: false);
        await moveAsync(target, Path.Combine(target.SocketDirectory, "migration"));
        await _qemu.EndAsync();
        // Its directory has the sockets of the NICs, which the new process has taken over.
        _former.Add(_qemu);
        _qemu = target;
        foreach (var nic in _options.Synthetics)
            Wire.Reconnect(nic);
        await target.Monitor.ExecuteAsync("cont");
        await target.Agent.SyncAsync(s_resume);
    }

    private static async Task<Machine> StartAsync(MachineOptions options, Image image, SavedMachine? saved, bool resume)
    {
        var peer = await Peer.StartAsync(options.Offloads);
        var taps = options.Offloads ? new Taps() : null;
        var wire = new Wire(peer.OpenWire(), options.Host, taps);
        Qemu? qemu = null;
        try
        {
            if (options.AtPeer is { } prepare)
                await prepare(peer);
            qemu = await Qemu.StartAsync(options, image, wire, taps?.Namespace ?? peer.Namespace, saved, resume);
            var machine = new Machine(qemu, options, resume, peer, wire, taps);
            if (resume)
                await machine.ResumeAsync(saved!);
            else
                await machine.BootAsync();
            return machine;
        }
        catch
        {
            await EndAsync(wire, qemu, peer, taps);
            throw;
        }
    }

    private static async Task EndAsync(Wire wire, Qemu? qemu, Peer peer, Taps? taps)
    {
        try
        {
            wire.Dispose();
        }
        finally
        {
            if (qemu is not null)
                await qemu.DisposeAsync();
            peer.Dispose();
            taps?.Dispose();
        }
    }

    private async Task BootAsync()
    {
        await _qemu.Monitor.ExecuteAsync("cont");
        await _qemu.Agent.SyncAsync(s_boot);
        await MeasureAsync();
        // The exit code says whether a unit failed; the test has to judge that.
        if (_options.Init == Init.Systemd)
            await TryAsync("systemctl is-system-running --wait");
        if (_options.Setup is { } setup)
            await setup.RunAsync(this);
    }

    private async Task ResumeAsync(SavedMachine saved)
    {
        await saved.ResumeAsync(_qemu.Monitor);
        await _qemu.Agent.SyncAsync(s_resume);
        await MeasureAsync();
    }

    // The load of the host changes from minute to minute, so allow three times the slowness that was measured.
    private TimeSpan Stretched(TimeSpan idle) => idle * Math.Max(1, 3 * Slowness);

    // A job that uses only the processor; the guest's clock is the host's.
    private async Task MeasureAsync()
    {
        const double idle = 0.5;
        var output = (await TryAsync("""
            read from rest </proc/uptime; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; read to rest </proc/uptime; echo $from $to
            """, s_boot)).Output;
        var times = output.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        Slowness = Math.Max(1, (times[1] - times[0]) / idle);
    }
}
