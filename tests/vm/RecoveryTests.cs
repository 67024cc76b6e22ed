using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>The process dies in the middle of its work.</summary>
[Part(Part.Migration)]
public class RecoveryTests(ITestOutputHelper output) : ProductScenario(output)
{
    [Fact]
    public async Task Killed_at_many_moments_and_put_right_by_the_next_run()
    {
        var synthetic = await AddressAsync();
        await RouteAsync(synthetic);
        await RunAsync("rm /etc/udev/rules.d/61-hyperv-vfattach-pci.rules; udevadm control --reload");
        var without = await NetworkAsync();
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        // An interface that was never on has no queueing discipline yet.
        await RunAsync($"ip link set {vf} up; ip link set {vf} down");
        var before = await NetworkAsync();
        int unfinished = 0;
        foreach (var milliseconds in new[] { 0, 20, 50, 100, 150, 200, 300, 500 })
        {
            // From the moment when the journal exists, a run is active. The next run finds a finished join, or an unfinished one that it
            // undoes.
            await RunAsync($"""
                hyperv-vfattach --foreground {vf} 0 & pid=$!
                until ls /run/hyperv-vfattach/*.journal >/dev/null 2>&1 || ! kill -0 $pid; do :; done
                sleep {milliseconds / 1000.0:0.000}; kill -9 $pid; wait $pid; true
                """);
            if ((await Machine.TryAsync("hyperv-vfattach scan --unfinished")).Error.Contains("interrupted", StringComparison.Ordinal))
                unfinished++;
            if (IsKvm)
                await JoinedByTheTimerAsync(vf);
            if ((await Machine.TryAsync($"test -e /sys/class/net/{Bond}")).ExitCode == 0)
                await DetachAsync(synthetic);
            (await NetworkAsync()).ShouldBe(IsKvm ? without : before, $"killed after {milliseconds} ms");
            await AnswersAsync();
            if (IsKvm)
            {
                await Machine.PlugAsync(Vf);
                await Machine.NameAsync(Vf);
            }
        }
        Say($"{unfinished} of them were unfinished");
        unfinished.ShouldBeGreaterThan(0);
    }

    [Fact, Core]
    public async Task The_service_recovers_when_its_process_dies()
    {
        await AddressAsync();
        await Machine.PlugAsync(Vf);
        // It dies as soon as the bond exists, which is in the middle.
        await RunAsync($"""
            timeout {Machine.Seconds(30)} sh -c 'until pid=$(pgrep -f "^[^ ]*hyperv-vfattach --event --foreground"); do :; done
                until [ -e /sys/class/net/{Bond} ]; do :; done; kill -9 $pid'
            """);
        await IdleAsync();
        (await Machine.TryAsync($"test -e /sys/class/net/{Bond}")).ExitCode.ShouldBe(1);
        var vf = await Machine.NameAsync(Vf);
        if (IsKvm)
        {
            await JoinedByTheTimerAsync(vf);
            return;
        }
        await AnswersAsync();
        // The guest has its network: the timer does not risk that.
        await RunAsync("systemctl start hyperv-vfattach-repair.service");
        await IdleAsync();
        (await Machine.TryAsync($"test -e /sys/class/net/{Bond}")).ExitCode.ShouldBe(1);
        await RunAsync("hyperv-vfattach --foreground enp0s16 0");
        await CarriedByAsync(vf);
    }

    // A KVM host delivers to the VF, so that an undone join leaves the guest without a network, until the timer has the pair joined.
    private async Task JoinedByTheTimerAsync(string vf)
    {
        await RunAsync("systemctl start hyperv-vfattach-repair.service");
        await CarriedByAsync(vf, seconds: 40);
        await IdleAsync();
        await AnswersAsync();
    }

    [Fact]
    public async Task A_damaged_journal_is_named_and_nothing_else_is_touched()
    {
        await AddressAsync();
        await PlugAndJoinAsync();
        await RunAsync("sed -i 's/begun/bogus/; 3s/^/x/' /run/hyperv-vfattach/*.journal");
        var before = await NetworkAsync();
        var result = await Machine.TryAsync("hyperv-vfattach detach enp0s16");
        result.ExitCode.ShouldBe(4);
        result.Error.ShouldContain("/run/hyperv-vfattach/");
        (await NetworkAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Two_runs_at_once_queue_up()
    {
        await AddressAsync();
        await RunAsync("rm /etc/udev/rules.d/61-hyperv-vfattach-pci.rules; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await RunAsync($"hyperv-vfattach --foreground {vf} 0 & hyperv-vfattach --foreground enp0s16 0 & wait");
        await CarriedByAsync(vf);
        await RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4}");
    }
}
