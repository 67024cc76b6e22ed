using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>Hosts that do not do what the driver expects.</summary>
public class NetvscHostTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Theory, OnKernels]
    public async Task A_host_that_does_not_switch_the_data_path_is_reported(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        await Host.OnSwitchAsync(Adapter, "ignore");
        var vf = await OfferAndPlugAsync();
        await RunAsync($"timeout {Machine.Seconds(20)} sh -c 'until [ -e /sys/class/net/{vf}/master ]; do sleep 0.1; done'");
        using var probe = await StartProbeAsync("not switched");
        await PassAsync(1);
        await StatusSaysAsync("joined by the kernel",
            $"packets are sent through {vf} but received through {Name}: the host has not switched the data path");
        await probe.StopAsync();
    }

    [Theory, OnKernels(All = false)]
    public async Task Two_adapters_are_offered_vfs_with_one_serial(string kernel, bool product)
    {
        Nic[] adapters = [Adapter, Nic.Netvsc(1)];
        Nic[] vfs = [AdapterVf, Nic.NetvscVf(1)];
        await StartHostAsync(kernel, product, adapters);
        await ConfigureAsync();
        await SwitchOnAsync(adapters[1]);
        var before = await ConfigurationAsync();
        foreach (var (adapter, vf) in adapters.Zip(vfs))
        {
            await Host.OfferAsync(adapter, vfs[0]);
            await Machine.PlugAsync(vf);
            await Machine.NameAsync(vf);
        }
        await IdleAsync();
        using var probe = await StartProbeAsync("one serial");
        await PassAsync(1);
        var status = await StatusAsync();
        Say(status);
        (await probe.StopAsync()).ShouldAllBe(row => row.IsWhole);
        // Each pair is as the kernel has it, whichever that is.
        foreach (var (adapter, vf) in adapters.Zip(vfs))
        {
            var name = await Host.NameAsync(adapter);
            var joined = (await RunAsync($"cat /sys/class/net/{await Machine.NameAsync(vf)}/master/ifindex || true")).Trim()
                == (await RunAsync($"cat /sys/class/net/{name}/ifindex")).Trim();
            status.ShouldContain($"{name}  {adapter.Mac}  {(joined ? "joined by the kernel" : "not joined")}");
        }
        (await ConfigurationAsync()).ShouldBe(before);
    }

    [Theory, OnKernels(All = false, Compare = true)]
    public async Task The_channel_is_rescinded_in_the_middle_of_a_join(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        foreach (var pause in new[] { 0, 0.05, 0.1, 0.2, 0.4 })
        {
            await Host.OfferAsync(Adapter, AdapterVf);
            await Machine.PlugAsync(AdapterVf);
            await PassAsync(pause);
            await Host.RescindAsync(Adapter);
            await Machine.NameAsync(AdapterVf);
            await IdleAsync();
            if (product)
            {
                await RunAsync("hyperv-vfattach scan --foreground");
                await StatusAsync();
            }
            (await RunAsync("ls /run/hyperv-vfattach/*.journal 2>/dev/null || true")).ShouldBe("");
            await Host.AddAsync(Adapter);
            await Machine.UnplugAsync(AdapterVf);
            await PresentAsync();
            await ConfigureAsync();
        }
        await OfferAndPlugAsync();
        await PathAsync(vf: true);
        (await RunAsync("dmesg")).ShouldNotContain("Call Trace");
    }
}
