using System.Net;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>What the kernel does to a joined VF, seen first without the product and then with it: it must be the same, and where the kernel
/// is wrong, status says so.</summary>
public class NetvscKernelFaultTests(ITestOutputHelper output) : NetvscScenario(output)
{
    private const int Vlan = 5;

    /// <summary>What was seen, and whether it is a fault of the kernel.</summary>
    private sealed record Seen(string What, bool IsFault);

    [Theory, OnKernels]
    public async Task The_mtu_of_a_joined_pair_is_changed(string kernel, bool product) => await CompareAsync(kernel, product, async () =>
    {
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await RunAsync($"ip link set {Name} mtu 1400");
        (await RunAsync($"cat /sys/class/net/{vf}/mtu")).Trim().ShouldBe("1400");
        await PassAsync(3);
        var onVf = Machine.Wire[Adapter.Id].OnVf;
        using var probe = await StartProbeAsync("MTU changed");
        await PassAsync(1);
        await StatusSaysAsync(onVf ? $"carried by  {vf} (VF)" : $"packets are sent through {vf} but received through {Name}");
        await probe.StopAsync();
        // The remedy that status names.
        await RunAsync($"ip link set {vf} down; ip link set {vf} up");
        await PathAsync(vf: true);
        return new Seen($"after a change of the MTU the host delivers to {(onVf ? "the VF" : "the synthetic NIC, and the driver sends through the VF")}", !onVf);
    });

    [Theory, OnKernels(All = false)]
    public async Task A_vlan_above_the_adapter(string kernel, bool product) => await CompareAsync(kernel, product, async () =>
    {
        var address = IPAddress.Parse("10.78.0.2");
        await Machine.Peer.Namespace.RunAsync("ip", "address", "add", "10.78.0.1/24", "dev", Peer.Interface);
        Machine.Wire.Trunk = new WireVlan(Vlan, IPNetwork.Parse("10.78.0.0/24"));
        await RunAsync($"ip link add link {Name} name {Name}.{Vlan} type vlan id {Vlan} && ip address add {address}/24 dev {Name}.{Vlan} && ip link set {Name}.{Vlan} up");
        await RunAsync("until ping -q -c 1 -W 1 10.78.0.1; do sleep 0.1; done");
        await OfferAndPlugAsync();
        await PathAsync(vf: true);
        var reached = (await Machine.TryAsync("ping -q -c 5 -i 0.2 -W 1 10.78.0.1")).ExitCode == 0;
        return new Seen($"a VLAN above the adapter {(reached ? "works" : "receives nothing")} through a VF that filters VLANs", !reached);
    });

    [Theory, OnKernels(All = false)]
    public async Task The_vf_loses_its_carrier(string kernel, bool product) => await CompareAsync(kernel, product, async () =>
    {
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await Machine.SetLinkAsync(AdapterVf, up: false);
        await RunAsync($"until [ $(cat /sys/class/net/{vf}/carrier) = 0 ]; do sleep 0.1; done");
        await PassAsync(2);
        var onVf = Machine.Wire[Adapter.Id].OnVf;
        var answers = (await Machine.TryAsync($"ping -q -c 5 -i 0.2 -W 1 {Peer.V4}")).ExitCode == 0;
        await StatusSaysAsync($"{vf} has no carrier");
        await Machine.SetLinkAsync(AdapterVf, up: true);
        return new Seen($"a VF without a carrier {(onVf ? "keeps the data path" : "loses the data path")}, and the peer {(answers ? "answers" : "does not answer")}", !answers);
    });

    [Theory, OnKernels(All = false)]
    public async Task Addresses_link_state_and_namespaces(string kernel, bool product) => await CompareAsync(kernel, product, async () =>
    {
        await RunAsync($"ip link set {Name} mtu 1450; ip maddr add 01:00:5e:11:22:33 dev {Name}");
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await IdleAsync();
        List<string> seen = [];
        async Task LookAsync(string what, string command) => seen.Add($"{what}: {(await Machine.TryAsync(command)).Output.Trim().ReplaceLineEndings(" ")}");
        var flags = $"ip -o link show dev {vf} | grep -o '<[^>]*>.*mtu [0-9]*' | sed 's/qdisc.*//'";
        await LookAsync("joined", flags);
        await LookAsync("multicast", $"ip maddr show dev {vf} | grep -c 01:00:5e:11:22:33");
        await RunAsync($"ip link set {Name} promisc on allmulticast on");
        await LookAsync("promiscuous", flags);
        await RunAsync($"ip link set {Name} promisc off allmulticast off");
        await LookAsync("not promiscuous", flags);
        await Machine.RunAsync($"echo 'link {Adapter.Mac} down' > /proc/vmbus-host; sleep 3");
        await LookAsync("the adapter's link is down", $"cat /sys/class/net/{Name}/carrier; {flags}");
        await Machine.RunAsync($"echo 'link {Adapter.Mac} up' > /proc/vmbus-host; sleep 3");
        await LookAsync("the adapter's link is up", $"cat /sys/class/net/{Name}/carrier; {flags}");
        await RunAsync($"ip netns add away; ip link set {Name} netns away; sleep 3");
        await LookAsync("in another namespace", $"ip netns exec away ls /sys/class/net; ip -n away -o link show dev {vf} | grep -c . ");
        await RunAsync($"ip -n away link set {Name} netns 1; sleep 3");
        await LookAsync("back", $"ip -o link show dev {Name} | grep -c .; ip -o link show dev {vf} | grep -c .");
        return new Seen(string.Join('\n', seen), IsFault: false);
    });

    private async Task CompareAsync(string kernel, bool product, Func<Task<Seen>> scenario)
    {
        await StartAsync(kernel, product: false);
        var without = await scenario();
        Say($"without the product: {without.What}");
        await Machine.DisposeAsync();
        await StartAsync(kernel, product);
        var with = await scenario();
        Say($"with the product: {with.What}");
        with.ShouldBe(without);
        if (without.IsFault)
            TestContext.Current.AddWarning($"the kernel's own fault: {without.What}");
    }
}
