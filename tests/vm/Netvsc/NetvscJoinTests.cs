using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>The orders in which the adapter, the host's offer and the VF can arrive.</summary>
public class NetvscJoinTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Theory, OnKernels("offer first", "VF first", "both before the adapter, at boot", Compare = true)]
    public async Task The_kernel_joins_the_vf(string kernel, bool product, string order)
    {
        if (order.EndsWith("boot", StringComparison.Ordinal))
        {
            await BootAsync(kernel, product);
        }
        else
        {
            await StartAsync(kernel, product);
            if (order == "offer first")
                await Host.OfferAsync(Adapter, AdapterVf);
            await Machine.PlugAsync(AdapterVf);
            if (order == "VF first")
            {
                await PassAsync(2);
                await Host.OfferAsync(Adapter, AdapterVf);
            }
        }
        var vf = await Machine.NameAsync(AdapterVf);
        await PathAsync(vf: true);
        await IdleAsync();
        using var probe = await StartProbeAsync("joined");
        await PassAsync(1);
        await StatusSaysAsync("joined by the kernel", $"carried by  {vf} (VF)");
        (await probe.StopAsync()).ShouldAllBe(row => row.IsWhole);
        (await RunAsync($"ip -o address show dev {vf}")).ShouldBe("");
        (await RunAsync($"cat /sys/class/net/{vf}/master/ifindex")).ShouldBe(await RunAsync($"cat /sys/class/net/{Name}/ifindex"));
        // systemd 247 gives an event up, properties and all, when it cannot rename an interface because the kernel has it up already. The managers
        // then leave the VF alone, because udev has not finished with it (NetvscOwnerTests).
        if ((await RunAsync("journalctl -u systemd-udevd -o cat --no-pager")).Contains("Failed to process device", StringComparison.Ordinal))
            TestContext.Current.AddWarning("udev could not rename the VF and gave its event up");
        else if (product)
            (await RunAsync($"udevadm info -q property /sys/class/net/{vf}")).ShouldContain("HYPERV_VF=1");
        (await LogAsync()).ShouldNotContain("refused");
    }
}
