using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>hv_netvsc waits for a VF's association with the kernel's network lock, and everything that asks the kernel about interfaces
/// hangs.</summary>
public class NetvscLockTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Theory, OnKernels(All = false)]
    public async Task Import_and_the_events_of_udev_do_not_hang_while_the_association_is_missing(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        await Machine.PlugAsync(AdapterVf);
        await HangAsync(
            async () => await RunAsync("until dmesg | grep -q 'Waiting for the VF association from host'; do sleep 0.1; done"),
            async () => await Host.OfferAsync(Adapter, AdapterVf));
        await PathAsync(vf: true);
        await StatusSaysAsync("joined by the kernel");
    }

    [Theory, OnKernels(All = false)]
    public async Task They_do_not_hang_either_while_the_host_does_not_answer_the_switch_of_the_data_path(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        await Host.OnSwitchAsync(Adapter, "hold");
        await Host.OfferAsync(Adapter, AdapterVf);
        await Machine.PlugAsync(AdapterVf);
        await HangAsync(
            async () => await RunAsync($"until dmesg | grep -q 'VF registering'; do sleep 0.1; done; until [ -e /sys/class/net/{Name}/lower_* ]; do sleep 0.1; done; sleep 1"),
            async () => await Host.OnSwitchAsync(Adapter, "answer"));
        await PathAsync(vf: true);
        await StatusSaysAsync("joined by the kernel");
    }

    private async Task HangAsync(Func<Task> begin, Func<Task> end)
    {
        try
        {
            await begin();
            var vf = (await RunAsync($"basename $(dirname $(grep -l {AdapterVf.Mac} /sys/class/net/*/address | grep -v /{Name}/))")).Trim();
            // ip hangs, which shows that the lock is held; it ends when the host has answered.
            await RunAsync("(ip link; echo done) >/run/ip.log 2>&1 & sleep 2; ! grep -q done /run/ip.log");
            var index = (await RunAsync($"cat /sys/class/net/{vf}/ifindex")).Trim();
            (await RunAsync($"IFINDEX={index} timeout 20 hyperv-vfattach import {vf}")).ShouldContain("HYPERV_VF=1");
            await RunAsync($"IFINDEX={index} timeout 20 hyperv-vfattach --event {vf}");
            await RunAsync("! grep -q done /run/ip.log");
        }
        finally
        {
            // Otherwise everything that shows the guest's state hangs, too.
            await end();
        }
        await RunAsync("until grep -q done /run/ip.log; do sleep 0.1; done");
    }
}
