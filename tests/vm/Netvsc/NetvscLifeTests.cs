using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>What happens to the adapter and its VF while the kernel joins them; in each case the product changes nothing and status tells
/// the truth.</summary>
public class NetvscLifeTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Theory, OnKernels(All = false, Compare = true)]
    public async Task A_vf_that_comes_while_the_adapter_is_off_is_used_when_it_is_on(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        await RunAsync($"ip link set {Name} down");
        var vf = await OfferAndPlugAsync();
        await IdleAsync();
        await RunAsync($"ip link set {Name} up && ip address add {V6}/64 dev {Name} nodad");
        await PathAsync(vf: true);
        await UsedAsync(vf);
        (await LogAsync()).ShouldNotContain("refused");
    }

    [Theory, OnKernels(All = false, Compare = true)]
    public async Task A_vf_that_is_switched_off_and_on(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await RunAsync($"ip link set {vf} down");
        await PathAsync(vf: false);
        using (var probe = await StartProbeAsync("off"))
        {
            await PassAsync(1);
            await StatusSaysAsync($"carried by  {Name} (synthetic)");
            await probe.StopAsync();
        }
        await RunAsync($"ip link set {vf} up");
        await PathAsync(vf: true);
        await UsedAsync(vf);
    }

    [Theory, OnKernels(All = false, Compare = true)]
    public async Task The_vfs_driver_is_unloaded_and_loaded(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        var before = await ConfigurationAsync();
        await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await RunAsync("modprobe -r vmxnet3");
        await PathAsync(vf: false);
        await StatusSaysAsync($"{Name}  {Adapter.Mac}  has no VF with a driver", "has no driver: load the module vmxnet3 (modprobe vmxnet3)");
        await RunAsync("modprobe vmxnet3");
        await PathAsync(vf: true);
        await UsedAsync(await Machine.NameAsync(AdapterVf));
        (await ConfigurationAsync()).ShouldBe(before);
    }

    [Theory, OnKernels(All = false, Compare = true)]
    public async Task An_adapter_that_is_rescinded_and_offered_again_is_joined_again(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await Host.RescindAsync(Adapter);
        await RunAsync($"while [ -e /sys/class/net/{Name} ]; do sleep 0.1; done");
        if (product)
            (await RunAsync("hyperv-vfattach scan --repair 2>&1")).ShouldBe("");
        await Host.AddAsync(Adapter);
        await Host.OfferAsync(Adapter, AdapterVf);
        await PresentAsync();
        await ConfigureAsync();
        await PathAsync(vf: true);
        await UsedAsync(await Machine.NameAsync(AdapterVf));
    }

    [Theory, OnKernels(All = false, Compare = true)]
    public async Task The_driver_hv_netvsc_is_unloaded_and_loaded(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await RunAsync("modprobe -r hv_netvsc");
        if (product)
            (await RunAsync("hyperv-vfattach scan --repair 2>&1")).ShouldBe("");
        await RunAsync("modprobe hv_netvsc");
        await PresentAsync();
        await ConfigureAsync();
        await PathAsync(vf: true);
        await UsedAsync(await Machine.NameAsync(AdapterVf));
    }

    // The kernel has it up before udev gets to it, so whether it gets its name is a race.
    [Theory, OnKernels(All = false, Compare = true)]
    public async Task Udev_renames_the_vf_while_the_kernel_joins_it(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        await Machine.CopyAsync(GuestFile.Text("/etc/udev/rules.d/81-name.rules",
            "SUBSYSTEM==\"net\", ACTION==\"add\", DRIVERS==\"vmxnet3\", NAME=\"fast0\"\n"));
        await RunAsync("udevadm control --reload");
        for (var migration = 1; migration <= 5; migration++)
        {
            var vf = await OfferAndPlugAsync();
            vf.ShouldBeOneOf("fast0", "eth1");
            await PathAsync(vf: true);
            await IdleAsync();
            using (var probe = await StartProbeAsync("renamed"))
            {
                await PassAsync(0.5);
                await StatusSaysAsync("joined by the kernel", $"carried by  {vf} (VF)");
                (await probe.StopAsync()).ShouldAllBe(row => row.IsWhole);
            }
            await RevokeAndUnplugAsync();
        }
        (await LogAsync()).ShouldNotContain("refused");
    }

    [Theory, OnKernels(All = false)]
    public async Task An_address_on_the_vf_is_a_fault(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await RunAsync($"ip address add 10.77.0.99/24 dev {vf}");
        await StatusSaysAsync("fault       the VF has addresses of its own: 10.77.0.99/24");
    }

    [Theory, OnKernels(All = false)]
    public async Task A_vf_with_another_address_is_left_alone(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        var before = await ConfigurationAsync();
        var other = AdapterVf with { Mac = "00:15:5d:77:00:77" };
        await Host.OfferAsync(Adapter, other.RootPort + 7);
        await Machine.PlugAsync(other);
        var vf = await Machine.NameAsync(other);
        var run = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 0");
        Say(run.Error);
        run.ExitCode.ShouldBe(0);
        (await ConfigurationAsync()).ShouldBe(before);
        await StatusSaysAsync("has no VF now");
    }

    private async Task UsedAsync(string vf)
    {
        using var probe = await StartProbeAsync("used");
        await PassAsync(1);
        await StatusSaysAsync($"carried by  {vf} (VF)");
        (await probe.StopAsync()).ShouldAllBe(row => row.IsWhole);
    }
}
