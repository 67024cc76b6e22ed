using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>ifupdown configures the NIC, and NetworkManager, which excludes NICs by their names, runs as well.</summary>
[Part(Part.ClientsBond)]
public class SecondManagerTests(ITestOutputHelper output, OwnerTable table) : OwnerScenario(output, table, new Ifupdown(), Join.Bond)
{
    [Fact]
    public async Task The_synthetic_nic_stays_in_its_bond_under_its_new_name()
    {
        await StartMachineAsync();
        await StartRouterAsync();
        await StartOwnerAsync(Method.Static, First);
        var before = await ConfiguredAsync(Method.Static);
        // As Debian installs it: managed=false for what is in /etc/network/interfaces.
        await RunAsync("systemctl start NetworkManager");
        await RunAsync($"until nmcli -t -f DEVICE,STATE device | grep -q '^{First}:unmanaged'; do sleep 0.2; done");
        using var probe = await StartProbeAsync("hotplug");
        var vf = await JoinAsync(Vf);
        await PassAsync(10);
        (await RunAsync("nmcli -t -f DEVICE,STATE device")).ShouldContain($"{First}s:unmanaged");
        await PortAsync();
        await StillAsync(before);

        // A person removes that exclusion; the timer puts the NIC back.
        probe.Mark("taken");
        await RunAsync("rm /run/NetworkManager/conf.d/hyperv-vfattach-* && systemctl restart NetworkManager");
        await RunAsync($"until [ ! -e /sys/class/net/{First}s/master ]; do sleep 0.1; done");
        await RunAsync("hyperv-vfattach scan --repair");
        await IdleAsync();
        await PortAsync();
        await Machine.UnplugAsync(Vf);
        await SendsByAsync(Synthetic);
        await JoinAsync(Vf);

        probe.Mark("detached");
        await DetachAsync(First);
        (await RunAsync("nmcli -t -f DEVICE,STATE device")).ShouldContain($"{First}:unmanaged");
        (await RunAsync("ls /run/NetworkManager/conf.d")).ShouldBe("");
        await SendsByAsync(Synthetic);
        await StopAsync(probe, "second manager");
        await NobodyElseAsync(vf);
    }

    private async Task PortAsync() =>
        (await RunAsync($"cat /sys/class/net/{First}s/master/ifindex")).ShouldBe(await RunAsync($"cat /sys/class/net/{First}/ifindex"));
}

/// <summary>A DHCP client of ifupdown dies.</summary>
[Part(Part.ClientsBond)]
public class DeadClientTests(ITestOutputHelper output, OwnerTable table) : OwnerScenario(output, table, new Ifupdown(), Join.Bond)
{
    [Fact]
    public async Task The_timer_starts_it_again()
    {
        await StartMachineAsync();
        await StartRouterAsync();
        await StartOwnerAsync(Method.Dhcp, First);
        var before = await ConfiguredAsync();
        var clients = await ClientsAsync();
        using var probe = await StartProbeAsync("before");
        await JoinAsync(Vf);
        await RenewedAsync();
        probe.Mark("dead client");
        await RunAsync("kill -9 $(pidof dhclient); hyperv-vfattach scan --repair; sleep 31; hyperv-vfattach scan --repair");
        await RenewedAsync();
        await StillAsync(before, clients);
        (await LogAsync()).ShouldContain($"dhclient had lost {First}, and manages it again");
        await StopAsync(probe, "dead client");
    }
}

/// <summary>A unit is bound to the device of the NIC whose name the bond takes.</summary>
[Part(Part.ClientsBond)]
public sealed class BoundUnitTests(ITestOutputHelper output, OwnerTable table) : OwnerScenario(output, table, new Ifupdown(), Join.Bond)
{
    [Fact]
    public async Task Its_pair_is_not_joined()
    {
        await StartMachineAsync();
        await StartRouterAsync();
        await StartOwnerAsync(Method.Static, First);
        await ConfiguredAsync(Method.Static);
        await RunAsync($"""
            printf '[Unit]\nBindsTo=sys-subsystem-net-devices-{First}.device\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nExecStop=/bin/touch /run/stopped\n' >/run/systemd/system/tunnel.service
            systemctl daemon-reload && systemctl start tunnel
            """);
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await LoggedAsync("(tunnel.service)");
        await IdleAsync();
        (await RunAsync("systemctl is-active tunnel; ls /run/stopped 2>/dev/null || true")).ShouldBe("active\n");
        // The timer leaves the pair alone, too, when the unit is away for a moment.
        await RunAsync($"systemctl stop tunnel && rm /run/stopped && hyperv-vfattach scan --repair");
        await IdleAsync();
        (await RunAsync($"ls /sys/class/net/{vf}/master 2>/dev/null || true")).ShouldBe("");
        await RunAsync($"hyperv-vfattach --foreground scan");
        (await StatusAsync()).ShouldContain($"carried by  {vf} (VF)");
    }

}

/// <summary>The host removes the synthetic NIC of a pair that NetworkManager manages, and brings it back.</summary>
/// <remarks>An e1000: qemu 7.2 crashes when the virtio-net device of a machine that was resumed is reset.</remarks>
[Part(Part.OwnersBond)]
public class ManagedSyntheticReturnsTests(ITestOutputHelper output, OwnerTable table)
    : OwnerScenario(output, table, new NetworkManager(), Join.Bond)
{
    private const string Driver = "e1000";

    [Fact]
    public async Task It_becomes_a_port_of_the_bond_again()
    {
        await StartMachineAsync(Synthetic with { Model = Driver });
        await Machine.CopyAsync(Product.Settings(Settings, Driver));
        await StartRouterAsync();
        await StartOwnerAsync(Method.Dhcp, First);
        var before = await ConfiguredAsync();
        using var probe = await StartProbeAsync("before");
        await JoinAsync(Vf);
        await RunAsync($"""
            device=$(basename $(readlink /sys/class/net/{First}/device)); cd /sys/bus/pci/drivers/{Driver}
            echo $device >unbind; echo $device >bind
            """);
        await LoggedAsync($"NetworkManager puts it into {Bond} again");
        await IdleAsync();
        Say(await RunAsync("nmcli device; ip -br address"));
        await Machine.UnplugAsync(Vf);
        await SendsByAsync(Synthetic);
        await StillAsync(before);
        await JoinAsync(Vf);
        await DetachAsync(First);
        await SendsByAsync(Synthetic);
        await StillAsync(before);
        await StopAsync(probe, "synthetic returns");
    }
}
