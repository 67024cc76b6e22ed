using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>The start and end of every scenario: a machine with an address on its synthetic NIC, probes, and after a failure the guest's
/// journal and console.</summary>
public abstract class Scenario(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>The synthetic NIC.</summary>
    protected static Nic Synthetic { get; } = Nic.Synthetic();

    /// <summary>Its VF.</summary>
    protected static Nic Vf { get; } = Nic.Vf();

    /// <summary>The guest's IPv4 address.</summary>
    protected static IPAddress V4 { get; } = IPAddress.Parse("10.77.0.2");

    /// <summary>The guest's IPv6 address.</summary>
    protected static IPAddress V6 { get; } = IPAddress.Parse("fd77::2");

    /// <summary>What <see cref="BroadcastsAsync"/> sends.</summary>
    protected const int Broadcasts = 20;

    // A probe costs an emulated guest about a millisecond of processor time, and a scenario needs the guest for other things. At this rate
    // an interruption of 10 ms is still seen.
    private const double ProbesPerSecond = 100;

    // 0.7 s in an emulated guest on a busy host.
    private static readonly TimeSpan s_removal = TimeSpan.FromSeconds(3);

    // Measured once, on a separate machine: owners would configure the device that is plugged in for it.
    private static readonly Lazy<Task<double>> s_answers = new(MeasureAsync);

    /// <summary>The machine of this scenario.</summary>
    protected Machine Machine { get; private set; } = null!;

    /// <summary>The host whose switches the wire imitates.</summary>
    protected virtual HostKind HostKind => HostKind.HyperV;

    /// <summary>Whether that is a KVM host.</summary>
    protected bool IsKvm => HostKind == HostKind.Kvm;

    /// <summary>Parts of the machine; override for others.</summary>
    protected virtual MachineOptions Options => new();

    /// <summary>A change that is made to the machine once, before it is saved.</summary>
    protected virtual Setup? Setup => null;

    /// <inheritdoc/>
    public virtual async ValueTask InitializeAsync() => await StartAsync(Options with { Setup = Setup });

    /// <summary>Starts the machine; for scenarios that choose its parts themselves.</summary>
    protected async Task StartAsync(MachineOptions options)
    {
        RunLimit.SkipWhenOver();
        Machine = await Machine.StartAsync(options with { Host = HostKind });
    }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Machine is null)
            return;
        try
        {
            if (TestContext.Current.TestState?.Result == TestResult.Failed)
            {
                Say($"--- console\n{Machine.Console}");
                await SayWhatIsThereAsync();
            }
        }
        finally
        {
            await Machine.DisposeAsync();
        }
    }

    /// <summary>Prints the state of the guest after a failure. It may not answer any more.</summary>
    protected virtual async Task SayWhatIsThereAsync() => Say($"--- journal of the guest\n{await Machine.JournalAsync()}");

    /// <summary>Writes a line to the test's output.</summary>
    protected void Say(string text) => output.WriteLine(ConsoleText.Plain(text));

    /// <summary>Runs a command in the guest.</summary>
    protected Task<string> RunAsync(string command, TimeSpan? limit = null) => Machine.RunAsync(command, limit);

    /// <summary>Lets time pass, in seconds.</summary>
    protected static Task PassAsync(double seconds) =>
        Task.Delay(TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken);

    /// <summary>Gives the synthetic NIC its addresses, as a static configuration would, and returns its name.</summary>
    protected async Task<string> AddressAsync()
    {
        var name = await Machine.NameAsync(Synthetic);
        await AddressAsync(name);
        return name;
    }

    /// <summary>Gives an interface the guest's addresses, as a static configuration would, and waits until the peer answers.</summary>
    protected async Task AddressAsync(string name)
    {
        await RunAsync($"ip address add {V4}/24 dev {name} && ip address add {V6}/64 dev {name} nodad && ip link set {name} up");
        // The first probe must not wait for the link or for the resolution of the first neighbour.
        await RunAsync($"until ping -q -c 1 -W 1 {Peer.V4} && ping -q -c 1 -W 1 {Peer.V6}; do sleep 0.1; done");
        // An address that is still tentative must not make two moments differ.
        await RunAsync($"while ip -6 address show dev {name} tentative | grep -q .; do sleep 0.1; done");
    }

    /// <summary>Makes the peer the gateway of both families.</summary>
    protected async Task RouteAsync(string name) =>
        await RunAsync($"ip route add default via {Peer.V4} dev {name}; ip -6 route add default via {Peer.V6} dev {name}");

    /// <summary>Checks that the peer answers the guest.</summary>
    protected async Task AnswersAsync() => await RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4} && ping -q -c 3 -i 0.1 -W 1 {Peer.V6}");

    /// <summary>Whether the guest answers a neighbour on this IPv6 address; the neighbour has to ask for its MAC address first.</summary>
    protected async Task<bool> ReachesAsync(string address)
    {
        var ns = Machine.Peer.Namespace;
        await ns.RunAsync("ip", "-6", "neighbour", "flush", "dev", Peer.Interface);
        using var socket = ns.Run(() => new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp));
        await socket.SendToAsync(new byte[1], new IPEndPoint(IPAddress.Parse(address), 9));
        for (var tries = 0; tries < 50; tries++)
        {
            var state = await ns.RunAsync("ip", "-6", "neighbour", "show", address, "dev", Peer.Interface);
            if (state.Contains("REACHABLE"))
                return true;
            if (state.Contains("FAILED"))
                return false;
            await PassAsync(0.1);
        }
        return false;
    }

    /// <summary>Has the peer send <see cref="Broadcasts"/> datagrams to all; returns how many the guest received.</summary>
    protected async Task<int> BroadcastsAsync()
    {
        var before = await DatagramsAsync();
        using var socket = Machine.Peer.Namespace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { EnableBroadcast = true });
        for (var number = 0; number < Broadcasts; number++)
        {
            await socket.SendToAsync(new byte[] { (byte)number }, new IPEndPoint(IPAddress.Parse("10.77.0.255"), 9));
            await Task.Delay(20);
        }
        await PassAsync(0.5);
        return await DatagramsAsync() - before;
    }

    /// <summary>Checks that a joined pair on a KVM host receives what is sent to all, and not twice.</summary>
    /// <remarks>All of them twice without the programs. In a guest that stands still for more than 100 ms the second copy is another frame.</remarks>
    protected async Task OnceAsync() => (await BroadcastsAsync()).ShouldBeInRange(Broadcasts, Broadcasts * 5 / 4);

    /// <summary>The pace at which the guest can answer the probes of this scenario.</summary>
    /// <param name="streams">Number of streams: one to each address, and the guest's own.</param>
    protected static async Task<Pace> PaceAsync(int streams = 3)
    {
        var pace = Pace.Of(await s_answers.Value, streams);
        Assert.SkipUnless(pace.IsEnough, $"this machine is too slow to judge: {pace}");
        return pace with { PerSecond = Math.Min(pace.PerSecond, ProbesPerSecond) };
    }

    /// <summary>Starts probing both addresses of the guest.</summary>
    protected Task<Probe> StartProbeAsync(string phase) => StartProbeAsync(phase, V4, V6);

    /// <summary>Starts probing these addresses of the guest.</summary>
    protected async Task<Probe> StartProbeAsync(string phase, params IPAddress[] addresses)
    {
        var pace = await PaceAsync(addresses.Length + 1);
        Say($"{pace}");
        return await Probe.StartAsync(Machine, pace, phase, addresses);
    }

    /// <summary>Whether the host leaves the guest a network in this phase. A KVM host delivers to a VF from its arrival, to which nothing
    /// listens until the join, and to one without a carrier until the guest sends by another way.</summary>
    protected bool IsConnected(ProbeRow row) => !IsKvm
        || row.Phase is not ("join" or "boot" or "carrier lost") && !row.Phase.StartsWith("VF back", StringComparison.Ordinal);

    /// <summary>Whether nothing was lost except in one short interruption. A KVM host delivers to a VF until the guest has let go of the
    /// device, and the driver is the first that goes.</summary>
    protected bool IsBrief(ProbeRow row) => IsKvm ? row.Silence < row.Allowed + s_removal : row.IsCut;

    /// <summary>Ends the probe and prints its table.</summary>
    protected async Task<IReadOnlyList<ProbeRow>> StopAsync(Probe probe)
    {
        var rows = await probe.StopAsync();
        Say($"{ProbeRow.Table(rows)}\n{await Machine.CountersAsync()}");
        return rows;
    }

    // The guest's kernel counts datagrams to everybody for which there is no socket.
    private async Task<int> DatagramsAsync() => int.Parse(await RunAsync("""
        awk '/^Udp:/ { if (column) n = $column; for (i = 2; i <= NF; i++) if ($i == "IgnoredMulti") column = i } END { print n + 0 }' /proc/net/snmp
        """), CultureInfo.InvariantCulture);

    private static async Task<double> MeasureAsync()
    {
        await using var machine = await Machine.StartAsync();
        var name = await machine.NameAsync(Synthetic);
        await machine.RunAsync($"ip address add {V4}/24 dev {name} && ip link set {name} up; until ping -q -c 1 -W 1 {Peer.V4}; do sleep 0.1; done");
        return (await Pace.MeasureAsync(machine, 1, V4)).Answers;
    }
}
