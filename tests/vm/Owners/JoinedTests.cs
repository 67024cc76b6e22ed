using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>What must work with each owner and each join.</summary>
public abstract class JoinedTests(ITestOutputHelper output, OwnerTable table, Owner owner, Join join)
    : EveryHostTests(output, table, owner, join)
{
    [Fact]
    public virtual async Task A_vf_that_is_there_before_the_first_lease()
    {
        await StartMachineAsync();
        await StartOwnerAsync(Method.Dhcp, First);
        await RunAsync($"timeout {Machine.Seconds(30)} sh -c 'until ip -6 -o address show dev {First} scope link -tentative | grep -q .; do sleep 0.1; done'");
        if (Join == Join.Redirect)
        {
            // No interface has an address yet; the traffic goes to all nodes of the link instead.
            await RunAsync($"while :; do ping -q -i 0.02 -w 2 ff02::1%{First}; sleep 0.1; done >/dev/null 2>&1 & echo $! >/run/talk.pid");
            await JoinAsync(Vf);
            await RunAsync("kill $(cat /run/talk.pid)");
        }
        else
        {
            // An owner that waits for a lease cannot be handed over yet: the timer joins the pair when it has one.
            await Machine.PlugAsync(Vf);
            await Machine.NameAsync(Vf);
            await PassAsync(5);
            await IdleAsync();
        }
        var vf = await Machine.NameAsync(Vf);

        await StartRouterAsync();
        var before = await ConfiguredAsync();
        Say(before);
        using var probe = await StartProbeAsync("first lease");
        if (Join == Join.Bond)
        {
            await PassAsync(3);
            await RunAsync("systemctl start hyperv-vfattach-repair.service");
        }
        await SendsByAsync(Vf);
        await RenewedAsync(2);
        probe.Mark("VF away");
        await Machine.UnplugAsync(Vf);
        await RenewedAsync();
        await StillAsync(before);
        await NobodyElseAsync(vf);
        Lossless(await StopAsync(probe, "VF before the lease"));
    }

    [Fact]
    public virtual async Task A_silent_server_costs_no_address()
    {
        await StartMachineAsync();
        var router = await StartRouterAsync(lease: 3600);
        await StartOwnerAsync(Method.Dhcp, First);
        await ConfiguredAsync();
        using var probe = await StartProbeAsync("before");
        await RenewedAsync();
        await router.StopAsync();

        probe.Mark("join");
        await Machine.PlugAsync(Vf);
        await Machine.NameAsync(Vf);
        await SendsByAsync(Vf);
        probe.Mark("joined");
        await PassAsync(60);
        probe.Mark("detach");
        if (Join == Join.Bond && Owner is NetworkManager)
        {
            // It would start over on the synthetic NIC, and give up.
            (await Machine.TryAsync($"hyperv-vfattach detach {First}")).ExitCode.ShouldBe(1);
            (await LogAsync()).ShouldContain("NetworkManager waits for the DHCP server's answer");
        }
        else
        {
            await RunAsync($"hyperv-vfattach detach {First}");
            await SendsByAsync(Synthetic);
        }
        probe.Mark("detached");
        // Longer than any owner waits for an answer by default: NetworkManager's 45 s (ipv4.dhcp-timeout, nm-settings(5)).
        await PassAsync(60);
        Lossless(await StopAsync(probe, "silent server"));
    }
}

/// <summary>An owner that is asked over D-Bus, and a D-Bus that does not work.</summary>
public abstract class JoinedOnBusTests(ITestOutputHelper output, OwnerTable table, Owner owner, Join join)
    : JoinedTests(output, table, owner, join)
{
    private const string Denied = """
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig><policy context="mandatory">
        <deny send_destination="org.freedesktop.NetworkManager"/><deny send_destination="org.freedesktop.network1"/>
        </policy></busconfig>
        """;

    [Fact]
    public virtual async Task Without_the_owners_interface_on_the_bus()
    {
        await StartMachineAsync();
        await StartRouterAsync();
        await StartOwnerAsync(Method.Dhcp, First);
        var before = await ConfiguredAsync();
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);

        probe.Mark("an error for an answer");
        await Machine.CopyAsync(GuestFile.Text("/etc/dbus-1/system.d/zz-denied.conf", Denied));
        await RunAsync("systemctl reload dbus");
        await TryJoinAsync();
        await RenewedAsync();
        probe.Mark("VF away");
        await Machine.UnplugAsync(Vf);
        probe.Mark("no bus");
        await RunAsync("mv /run/dbus/system_bus_socket /run/dbus/away");
        await TryJoinAsync();
        await RenewedAsync();
        // resolvectl and nmcli need it too.
        await RunAsync("mv /run/dbus/away /run/dbus/system_bus_socket");
        await StillAsync(before);
        await NobodyElseAsync("enp1s0");
        Lossless(await StopAsync(probe, "no D-Bus"));
    }

    // A redirect needs no owner; a bond is refused, or undone.
    private async Task TryJoinAsync()
    {
        if (Join == Join.Redirect)
        {
            await JoinAsync(Vf);
            return;
        }
        await Machine.PlugAsync(Vf);
        await Machine.NameAsync(Vf);
        await LoggedAsync(Owner.Program);
        await IdleAsync();
        (await RunAsync("ls /sys/class/net")).ShouldNotContain(Bond);
    }
}
