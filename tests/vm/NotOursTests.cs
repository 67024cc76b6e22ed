using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>Interfaces that the product leaves alone.</summary>
[Part(Part.Configuration)]
public class NotOursTests(ITestOutputHelper output) : ProductScenario(output)
{
    [Fact]
    public async Task A_nic_with_another_address()
    {
        await AddressAsync();
        var stranger = Vf with { Mac = "52:54:00:99:99:99" };
        await Machine.PlugAsync(stranger);
        var name = await Machine.NameAsync(stranger);
        await PassAsync(4);
        (await Machine.TryAsync($"test -e /sys/class/net/{Bond}")).ExitCode.ShouldBe(1);
        (await RunAsync($"udevadm info /sys/class/net/{name}")).ShouldNotContain("HYPERV_VF");
        (await LogAsync()).ShouldNotContain(name);
    }

    [Fact]
    public async Task Two_hundred_veth_interfaces_start_no_process()
    {
        await AddressAsync();
        await RunAsync("""
            mv /usr/local/sbin/hyperv-vfattach /usr/local/sbin/hyperv-vfattach.real
            printf '#!/bin/sh\necho "$@" >>/run/hook.log\nexec /usr/local/sbin/hyperv-vfattach.real "$@"\n' >/usr/local/sbin/hyperv-vfattach
            chmod 755 /usr/local/sbin/hyperv-vfattach; touch /run/hook.log
            for i in $(seq 100); do echo link add name a$i type veth peer name b$i; done | ip -batch -
            udevadm settle --timeout=170
            """, TimeSpan.FromSeconds(180));
        (await RunAsync("ls /sys/class/net | grep -c '^[ab][0-9]'")).Trim().ShouldBe("200");
        (await RunAsync("cat /run/hook.log")).ShouldBe("");
        // The log would have shown it: a VF does start a run.
        await Machine.PlugAsync(Vf);
        await Machine.NameAsync(Vf);
        (await RunAsync("cat /run/hook.log")).ShouldContain("import");
    }

    [Fact]
    public async Task Somebody_elses_bond()
    {
        await AddressAsync();
        await RunAsync("rm /etc/udev/rules.d/61-hyperv-vfattach-pci.rules; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await RunAsync($"ip link add theirs type bond mode active-backup; ip link set theirs addrgenmode none; ip link set {vf} master theirs; ip link set theirs up");
        await RunAsync("until [ $(cat /sys/class/net/theirs/operstate) = up ]; do sleep 0.1; done");
        var before = await NetworkAsync();
        var result = await Machine.TryAsync($"hyperv-vfattach {vf} 0");
        result.ExitCode.ShouldBe(0);
        result.Error.ShouldContain("theirs");
        await IdleAsync();
        (await NetworkAsync()).ShouldBe(before);
    }

    [Fact, Core]
    public async Task A_vlan_on_the_synthetic_is_refused()
    {
        var synthetic = await AddressAsync();
        await RunAsync($"ip link add link {synthetic} name {synthetic}.5 type vlan id 5; ip link set {synthetic}.5 addrgenmode none; ip link set {synthetic}.5 up");
        await RunAsync("rm /etc/udev/rules.d/61-hyperv-vfattach-pci.rules; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        var before = await NetworkAsync();
        var result = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 0");
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain($"{synthetic}.5 (vlan)");
        (await NetworkAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_leased_address_is_refused()
    {
        var synthetic = await AddressAsync();
        // What a DHCP client leaves behind; another scenario tests the client itself.
        await RunAsync($"ip route add default via {Peer.V4} dev {synthetic} proto dhcp");
        await Machine.PlugAsync(Vf);
        await Machine.NameAsync(Vf);
        await LoggedAsync("came by DHCP");
        await IdleAsync();
        (await Machine.TryAsync($"test -e /sys/class/net/{Bond}")).ExitCode.ShouldBe(1);
        await RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4}");
    }

    [Fact]
    public async Task A_running_dhcp_client_is_refused()
    {
        var synthetic = await AddressAsync();
        await RunAsync($"dhclient -nw -pf /run/dhclient.pid {synthetic} >/dev/null 2>&1 &");
        await Machine.PlugAsync(Vf);
        await Machine.NameAsync(Vf);
        await LoggedAsync("dhclient");
        await IdleAsync();
        (await Machine.TryAsync($"test -e /sys/class/net/{Bond}")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task Without_the_bonding_module()
    {
        await AddressAsync();
        await RunAsync("echo 'install bonding /bin/false' >/etc/modprobe.d/none.conf");
        await RunAsync("rm /etc/udev/rules.d/61-hyperv-vfattach-pci.rules; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        var before = await NetworkAsync();
        var result = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 0");
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("bonding");
        (await NetworkAsync()).ShouldBe(before);
        (await Machine.TryAsync("ls /run/hyperv-vfattach/*.journal")).ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task The_name_of_the_bond_is_taken()
    {
        await AddressAsync();
        await RunAsync($"ip link add {Bond} type dummy");
        await RunAsync("rm /etc/udev/rules.d/61-hyperv-vfattach-pci.rules; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        var before = await NetworkAsync();
        var result = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 0");
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("aggregate_name");
        (await NetworkAsync()).ShouldBe(before);
    }
}

/// <summary>A pair that the kernel itself joins.</summary>
[Part(Part.Configuration)]
public class FailoverTests(ITestOutputHelper output) : ProductScenario(output)
{
    private static Nic Twin { get; } = Nic.FailoverSynthetic();

    private static Nic Primary { get; } = Nic.FailoverVf();

    /// <inheritdoc/>
    protected override MachineOptions Options => new() { Synthetics = [Twin] };

    [Fact, Core]
    public async Task A_net_failover_pair_is_left_to_the_kernel()
    {
        await RunAsync($"ip address add {V4}/24 dev enp0s16; ip link set enp0s16 up");
        await Machine.PlugAsync(Primary);
        var vf = await Machine.NameAsync(Primary);
        await PassAsync(4);
        await IdleAsync();
        (await RunAsync($"readlink /sys/class/net/{vf}/master")).Trim().ShouldEndWith("/enp0s16");
        (await RunAsync("ls /sys/class/net")).ShouldNotContain("bond");
        (await StatusAsync()).ShouldContain("joined by the kernel");
        (await RunAsync($"udevadm info /sys/class/net/{vf}")).ShouldContain("NM_UNMANAGED=1");
    }
}
