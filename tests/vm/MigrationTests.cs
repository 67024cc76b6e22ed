using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A VF is plugged and unplugged.</summary>
[Part(Part.Migration)]
public class MigrationTests(ITestOutputHelper output) : ProductScenario(output)
{
    [Fact, Core]
    public async Task A_vf_hot_plugged_after_boot_is_joined_and_nothing_is_lost()
    {
        var synthetic = await AddressAsync();
        await RouteAsync(synthetic);
        using var probe = await StartProbeAsync("before");
        var ping = await Machine.StartGuestPingAsync(Peer.V4, await PaceAsync());
        var ping6 = await Machine.StartGuestPingAsync(Peer.V6, await PaceAsync());
        await PassAsync(1);

        probe.Mark("join");
        var vf = await PlugAndJoinAsync();
        probe.Mark("joined");
        var before = Machine.Wire[Vf.Id].ToGuest;
        await PassAsync(1);
        (Machine.Wire[Vf.Id].ToGuest - before).ShouldBeGreaterThan((long)(await PaceAsync()).PerSecond);

        probe.Mark("VF away");
        await probe.SettleAsync(); // Frames in flight belong to the previous phase.
        await Machine.UnplugAsync(Vf);
        await PassAsync(1);
        probe.Mark("VF back");
        await PlugAndJoinAsync();
        probe.Mark("end");
        await PassAsync(1);
        var rows = await StopAsync(probe);
        Say($"{await ping.StopAsync()}\n{await ping6.StopAsync()}");

        rows.Where(row => row.Phase is "before" or "joined" or "VF back" or "end" && IsConnected(row)).ShouldAllBe(row => row.IsWhole);
        rows.Where(IsConnected).ShouldAllBe(row => IsBrief(row));
        (await RunAsync($"cat /sys/class/net/{Bond}/bonding/primary")).ShouldStartWith(vf);
        (await StatusAsync()).ShouldContain(Bond);
    }

    [Fact]
    public async Task No_send_fails_while_the_configuration_moves()
    {
        var synthetic = await AddressAsync();
        await RouteAsync(synthetic);
        var ping = await Machine.StartGuestPingAsync(Peer.V4, await PaceAsync());
        var ping6 = await Machine.StartGuestPingAsync(Peer.V6, await PaceAsync());
        await PassAsync(1);
        await PlugAndJoinAsync();
        await PassAsync(1);
        foreach (var result in new[] { await ping.StopAsync(), await ping6.StopAsync() })
        {
            Say(result.ToString());
            result.Refused.ShouldBe(0);
            result.Received.ShouldBeGreaterThan((int)(await PaceAsync()).PerSecond);
        }
    }

    [Fact]
    public async Task Twenty_live_migrations_in_a_row()
    {
        await AddressAsync();
        await PlugAndJoinAsync();
        using var probe = await StartProbeAsync("VF here");
        for (var turn = 0; turn < 20; turn++)
        {
            probe.Mark("VF away");
            await Machine.UnplugAsync(Vf);
            await CarriedByAsync("enp0s16");
            await probe.SettleAsync(); // Works again.
            probe.Mark("VF back");
            await PlugAndJoinAsync();
        }
        var rows = await StopAsync(probe);
        // Removing the VF costs as much as the emulated device needs for it; its return costs nothing, except on a KVM host.
        foreach (var row in rows.Where(IsConnected).GroupBy(row => row.Address).Select(rows => ProbeRow.Worst([.. rows])))
            (IsKvm ? IsBrief(row) : row.Silence < row.Allowed && row.Lost < row.Sent / 50).ShouldBeTrue(ProbeRow.Table([row]));
        (await RunAsync("ls /run/hyperv-vfattach/*.journal | wc -l")).Trim().ShouldBe("1");
    }

    [Fact, Core]
    public async Task The_vf_loses_its_carrier_and_gets_it_back()
    {
        await AddressAsync();
        var vf = await PlugAndJoinAsync();
        await Machine.SetLinkAsync(Vf, up: false);
        await CarriedByAsync("enp0s16");
        await RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4}");
        await Machine.SetLinkAsync(Vf, up: true);
        await CarriedByAsync(vf);
        await RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4}");
    }

    [Fact]
    public async Task A_vf_without_a_carrier_is_a_port_all_the_same()
    {
        await AddressAsync();
        await Machine.PlugAsync(Vf);
        await Machine.SetLinkAsync(Vf, up: false);
        var vf = await Machine.NameAsync(Vf);
        await RunAsync($"timeout {Machine.Seconds(20)} sh -c 'until grep -q {vf} /sys/class/net/{Bond}/bonding/slaves; do sleep 0.05; done'");
        await IdleAsync();
        await RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4}");
        await Machine.SetLinkAsync(Vf, up: true);
        await CarriedByAsync(vf);
    }

    [Fact, Core]
    public async Task A_vf_that_carries_nothing_is_released()
    {
        var synthetic = await AddressAsync();
        await RunAsync($"ip route add default via {Peer.V4} dev {synthetic}; rm /etc/udev/rules.d/61-hyperv-vfattach-pci.rules; udevadm control --reload");
        // The gateway has not been used for a while.
        await RunAsync($"ip neigh replace {Peer.V4} lladdr $(ip neigh show {Peer.V4} | cut -d ' ' -f 5) dev {synthetic} nud stale");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        Machine.Wire[Vf.Id].On = false;
        var result = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 0");
        Say(result.Error);
        result.ExitCode.ShouldBe(5);
        // On a KVM host a neighbour that the kernel has reached lately saves the question to the gateway.
        result.Error.ShouldContain(IsKvm ? "does not answer" : Peer.V4.ToString());
        await CarriedByAsync(synthetic);
        await RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4}");
        Machine.Wire[Vf.Id].On = true;
        await RunAsync($"hyperv-vfattach --foreground {vf} 0");
        await CarriedByAsync(vf);
        await RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4}");
    }
}
