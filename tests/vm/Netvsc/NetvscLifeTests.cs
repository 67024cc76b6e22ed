using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>What happens to the adapter and its VF while the kernel joins them; in each case the product changes nothing and status tells
/// the truth.</summary>
[Part(Part.Netvsc)]
public class NetvscLifeTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Fact]
    public async Task A_vf_that_comes_while_the_adapter_is_off_is_used_when_it_is_on()
    {
        await RunAsync($"ip link set {Name} down");
        var vf = await OfferAndPlugAsync();
        await IdleAsync();
        await RunAsync($"ip link set {Name} up && ip address add {V6}/64 dev {Name} nodad");
        await PathAsync(vf: true);
        await UsedAsync(vf);
        (await LogAsync()).ShouldNotContain("refused");
    }

    [Fact]
    public async Task A_vf_that_is_switched_off_and_on()
    {
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await RunAsync($"ip link set {vf} down");
        await PathAsync(vf: false);
        using (var probe = await StartProbeAsync("off"))
        {
            await PassAsync(1);
            (await RunAsync("hyperv-vfattach status")).ShouldContain($"carried by  {Name} (synthetic)");
            await probe.StopAsync();
        }
        await RunAsync($"ip link set {vf} up");
        await PathAsync(vf: true);
        await UsedAsync(vf);
    }

    [Fact]
    public async Task The_vfs_driver_is_unloaded_and_loaded()
    {
        var before = await ConfigurationAsync();
        await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await RunAsync("modprobe -r vmxnet3");
        await PathAsync(vf: false);
        var status = await RunAsync("hyperv-vfattach status");
        Say(status);
        status.ShouldContain($"{Name}  {Adapter.Mac}  has no VF with a driver");
        status.ShouldContain("has no driver: load the module vmxnet3 (modprobe vmxnet3)");
        await RunAsync("modprobe vmxnet3");
        await PathAsync(vf: true);
        await UsedAsync(await Machine.NameAsync(AdapterVf));
        (await ConfigurationAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task An_adapter_that_is_rescinded_and_offered_again_is_joined_again()
    {
        await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await Host.RescindAsync(Adapter);
        await RunAsync($"while [ -e /sys/class/net/{Name} ]; do sleep 0.1; done");
        Say(await RunAsync("hyperv-vfattach status; hyperv-vfattach scan --repair; echo scan $?"));
        await Host.AddAsync(Adapter);
        await Host.OfferAsync(Adapter, AdapterVf);
        await RunAsync($"until [ -e /sys/class/net/{Name} ]; do sleep 0.1; done; ip address add {V4}/24 dev {Name} && ip address add {V6}/64 dev {Name} nodad && ip link set {Name} up");
        await PathAsync(vf: true);
        await UsedAsync(await Machine.NameAsync(AdapterVf));
    }

    [Fact]
    public async Task An_address_on_the_vf_is_a_fault()
    {
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await RunAsync($"ip address add 10.77.0.99/24 dev {vf}");
        (await RunAsync("hyperv-vfattach status")).ShouldContain("fault       the VF has addresses of its own: 10.77.0.99/24");
    }

    [Fact]
    public async Task A_vf_with_another_address_is_left_alone()
    {
        var before = await ConfigurationAsync();
        var other = AdapterVf with { Mac = "00:15:5d:77:00:77" };
        await Host.OfferAsync(Adapter, other.RootPort + 7);
        await Machine.PlugAsync(other);
        var vf = await Machine.NameAsync(other);
        var run = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 0");
        Say(run.Error);
        run.ExitCode.ShouldBe(0);
        (await ConfigurationAsync()).ShouldBe(before);
        (await RunAsync("hyperv-vfattach status")).ShouldContain("has no VF now");
    }

    private async Task UsedAsync(string vf)
    {
        using var probe = await StartProbeAsync("used");
        await PassAsync(1);
        (await RunAsync("hyperv-vfattach status")).ShouldContain($"carried by  {vf} (VF)");
        (await probe.StopAsync()).ShouldAllBe(row => row.IsWhole);
    }
}
