using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>hv_netvsc waits for a VF's association with the kernel's network lock, and everything that asks the kernel about interfaces
/// hangs.</summary>
[Part(Part.Netvsc)]
public class NetvscLockTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Fact]
    public async Task Import_and_the_events_of_udev_do_not_hang()
    {
        // Without an association.
        await Machine.PlugAsync(AdapterVf);
        try
        {
            await RunAsync("until dmesg | grep -q 'Waiting for the VF association from host'; do sleep 0.1; done");
            var vf = (await RunAsync($"basename $(dirname $(grep -l {AdapterVf.Mac} /sys/class/net/*/address | grep -v /{Name}/))")).Trim();
            // ip hangs, which shows that the lock is held; it ends when the association comes.
            await RunAsync("(ip link; echo done) >/run/ip.log 2>&1 & sleep 2; ! grep -q done /run/ip.log");
            var index = (await RunAsync($"cat /sys/class/net/{vf}/ifindex")).Trim();
            (await RunAsync($"IFINDEX={index} timeout 20 hyperv-vfattach import {vf}")).ShouldContain("HYPERV_VF=1");
            await RunAsync($"IFINDEX={index} timeout 20 hyperv-vfattach --event {vf}");
            await RunAsync("! grep -q done /run/ip.log");
        }
        finally
        {
            // Otherwise everything that shows the guest's state hangs, too.
            await Host.OfferAsync(Adapter, AdapterVf);
        }
        await RunAsync("until grep -q done /run/ip.log; do sleep 0.1; done");
        await PathAsync(vf: true);
        (await RunAsync("hyperv-vfattach status")).ShouldContain("joined by the kernel");
    }
}
