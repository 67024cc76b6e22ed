using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>Pairs joined by redirecting the synthetic NIC's traffic.</summary>
[Part(Part.Redirect)]
public class RedirectTests(ITestOutputHelper output) : RedirectScenario(output)
{
    [Fact, Core]
    public async Task Nothing_of_a_full_configuration_changes_and_detach_leaves_nothing()
    {
        var name = await AddressAsync();
        await RunAsync($"""
            ip link add {name}.5 link {name} type vlan id 5; ip address add 10.78.0.2/24 dev {name}.5; ip link set {name}.5 up
            ip route add default via {Peer.V4} dev {name}; ip -6 route add default via {Peer.V6} dev {name} metric 512
            ip route add 192.0.2.0/24 via {Peer.V4} table 100; ip rule add iif {name} table 100 pref 100
            ip nexthop add id 5 via {Peer.V4} dev {name}; ip route add 198.51.100.0/24 nhid 5
            ip neigh add 10.77.0.99 lladdr 02:00:00:00:00:99 dev {name} nud permanent
            while ip -6 address show tentative | grep -q .; do sleep 0.1; done
            """);
        await RunAsync("mv /etc/udev/rules.d/61-hyperv-vfattach-pci.rules /root; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await OnceOnAsync(vf);
        var (before, all) = (await ConfigurationAsync(vf), await ConfigurationAsync());

        await RunAsync($"hyperv-vfattach --foreground {vf} 0");
        (await ConfigurationAsync(vf)).ShouldBe(before);
        (await StatusAsync()).ShouldContain($"carried by  {vf} (VF)");
        (await RunAsync($"ip -6 -o address show dev {vf}")).ShouldBe("");

        await DetachAsync(name);
        (await ConfigurationAsync(IsKvm ? vf : null)).ShouldBe(IsKvm ? before : all);
        (await RunAsync("tc qdisc show; ls /run/hyperv-vfattach; systemctl list-units --no-legend 'hyperv-vfattach-[0-9]*'"))
            .ShouldNotContain("clsact");
        (await RunAsync("ls /run/hyperv-vfattach/*.journal 2>/dev/null | wc -l; cat /proc/*/fdinfo/* 2>/dev/null | grep -c prog_id || true"))
            .Split('\n')[0].ShouldBe("0");
        (await StatusAsync()).ShouldContain(IsKvm ? "has no VF now" : "not joined");
    }

    [Fact, Core]
    public async Task A_vlan_a_macvlan_and_a_bridge_on_the_synthetic_keep_working()
    {
        var name = await AddressAsync();
        Machine.Wire[Synthetic.Id].MacSpoofing = true;
        await Machine.Peer.Namespace.RunAsync("ip", "address", "add", "10.78.0.1/24", "dev", Peer.Interface);
        Machine.Wire.Trunk = new WireVlan(5, System.Net.IPNetwork.Parse("10.78.0.0/24"));
        await RunAsync($"""
            ip link add {name}.5 link {name} type vlan id 5; ip address add 10.78.0.2/24 dev {name}.5; ip link set {name}.5 up
            ip netns add guest; ip link add mv0 link {name} address 02:00:00:00:77:01 type macvlan mode bridge; ip link set mv0 netns guest
            ip -n guest address add 10.77.0.3/24 dev mv0; ip -n guest link set mv0 up
            """);
        var vf = await PlugAndRedirectAsync();
        await PingsAsync("10.77.0.1", "10.78.0.1");
        await RunAsync($"ip netns exec guest ping -q -c 5 -i 0.1 -W 2 {Peer.V4}");
        (await RunAsync($"ip -d link show {vf}")).ShouldContain("PROMISC");

        // The synthetic NIC becomes a bridge's port; its address moves to the bridge, and the bridge gets a guest.
        await RunAsync($"""
            ip -n guest link del mv0
            ip link add br0 address {Synthetic.Mac} type bridge; ip address flush dev {name}; ip link set {name} master br0
            ip address add {V4}/24 dev br0; ip link set br0 up
            ip link add tap0 type veth peer name eth0 netns guest address 02:00:00:00:77:02; ip link set tap0 master br0 up
            ip -n guest address add 10.77.0.4/24 dev eth0; ip -n guest link set eth0 up
            """);
        await RunAsync($"until ping -q -c 1 -W 1 {Peer.V4}; do sleep 0.1; done");
        await PingsAsync("10.77.0.1");
        await RunAsync($"ip netns exec guest ping -q -c 5 -i 0.1 -W 2 {Peer.V4}");
        Machine.Wire.Spoofed.ShouldBe(0);
        // Its own frames go through the VF, those of its guest through the synthetic NIC.
        (Machine.Wire[Vf.Id].FromGuest, Machine.Wire[Synthetic.Id].FromGuest).ShouldSatisfyAllConditions(
            frames => frames.Item1.ShouldBeGreaterThan(10), frames => frames.Item2.ShouldBeGreaterThan(10));
    }

    [Fact]
    public async Task Somebody_elses_egress_program_is_named_and_left_alone()
    {
        var name = await AddressAsync();
        await RunAsync("rm /etc/udev/rules.d/61-hyperv-vfattach-pci.rules; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await RunAsync($"tc qdisc add dev {name} clsact; tc filter add dev {name} egress prio 7 bpf bytecode '1,6 0 0 0,'");
        var before = await ConfigurationAsync();
        var result = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 0");
        Say(result.Error);
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("another program's egress filter without a name (bpf, priority 7)");
        (await ConfigurationAsync()).ShouldBe(before);

        // An ingress filter is accepted, sees the frames received on the VF, and stays.
        await RunAsync($"tc filter del dev {name} egress; tc filter add dev {name} ingress prio 7 bpf bytecode '1,6 0 0 0,'");
        await RunAsync($"hyperv-vfattach --foreground {vf} 0");
        await PingsAsync("10.77.0.1");
        await DetachAsync(name);
        (await RunAsync($"tc filter show dev {name} ingress; tc filter show dev {name} egress")).ShouldSatisfyAllConditions(
            shown => shown.ShouldContain("pref 7"), shown => shown.ShouldNotContain("hyperv-vfattach"));
    }

    [Theory]
    [InlineData("cls_bpf")]
    [InlineData("sch_ingress")]
    public async Task A_kernel_that_cannot_is_named_and_nothing_is_touched(string module)
    {
        await AddressAsync();
        await RunAsync($"echo 'install {module} /bin/false' >/etc/modprobe.d/no.conf; ! modprobe {module} || rmmod {module} || true");
        await RunAsync("rm /etc/udev/rules.d/61-hyperv-vfattach-pci.rules; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        var before = await ConfigurationAsync();
        var result = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 0");
        Say(result.Error);
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain($"module {module} is needed");
        result.Error.ShouldContain("everything is as before");
        (await ConfigurationAsync()).ShouldBe(before);
        (await RunAsync("tc qdisc show")).ShouldNotContain("clsact");
    }

    [Fact, Core]
    public async Task What_somebody_takes_away_is_put_back_by_the_timers_service()
    {
        var name = await AddressAsync();
        var vf = await PlugAndRedirectAsync();
        await RunAsync($"tc qdisc del dev {name} clsact; ip link set {vf} allmulticast off");
        (await StatusAsync()).ShouldContain("taken apart");
        await PingsAsync("10.77.0.1");
        // As started by the timer.
        await RunAsync("systemctl start hyperv-vfattach-repair.service");
        await LoggedAsync("is redirected through", 2);
        (await StatusAsync()).ShouldContain($"carried by  {vf} (VF)");
        await DetachAsync(name);
        (await RunAsync("tc qdisc show")).ShouldNotContain("clsact");
    }

    [Fact]
    public async Task A_vf_that_carries_nothing_gets_no_traffic()
    {
        await AddressAsync();
        await RunAsync($"ip route add default via {Peer.V4}; rm /etc/udev/rules.d/61-hyperv-vfattach-pci.rules; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        Machine.Wire[Vf.Id].On = false;
        await OnceOnAsync(vf);
        var before = await ConfigurationAsync();
        var result = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 0");
        Say(result.Error);
        (result.ExitCode, result.Error.Contains(Peer.V4.ToString(), StringComparison.Ordinal)).ShouldBe((1, true));
        (await ConfigurationAsync()).ShouldBe(before);
        await PingsAsync("10.77.0.1");
    }

    // An interface that was switched on once keeps its queueing discipline.
    private async Task OnceOnAsync(string name) =>
        await RunAsync($"ip link set {name} addrgenmode none; ip link set {name} up; ip link set {name} down; ip link set {name} addrgenmode eui64");

    private async Task PingsAsync(params string[] addresses)
    {
        foreach (var address in addresses)
            await RunAsync($"ping -q -c 5 -i 0.1 -W 2 {address}");
    }
}
