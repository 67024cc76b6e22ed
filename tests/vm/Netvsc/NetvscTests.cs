using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>The kernel joins the pair itself, as on Azure: the product marks the VF, reports, and changes nothing.</summary>
public class NetvscTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Theory, OnKernels]
    public async Task The_stand_in_exports_what_the_driver_imports(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        (await RunAsync("modinfo -n hv_netvsc")).ShouldNotContain("hv_vmbus");
        if (kernel == "7.2")
        {
            // This kernel has no versions of symbols. A copy of the driver has other names for what it imports (rebind.sh), and is loaded.
            (await Machine.TryAsync("modprobe --dump-modversions $(modinfo -n hv_netvsc)")).Output.ShouldBe("");
            return;
        }
        (await RunAsync("modinfo -n hv_netvsc")).ShouldNotContain("updates");
        (await RunAsync("""
            wanted() { modprobe --dump-modversions $(modinfo -n hv_netvsc) | awk '{ print $2, $1 }' | sort; }
            ours() { awk '{ print $2, $1 }' /lib/modules/$(uname -r)/updates/Module.symvers | sort; }
            wanted > /run/wanted; ours > /run/ours; join /run/wanted /run/ours | awk '{ print $1, $2 == $3 ? "same" : "DIFFERENT" }'
            """)).Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldSatisfyAllConditions(
                lines => lines.Length.ShouldBeGreaterThan(12), lines => lines.ShouldAllBe(line => line.EndsWith(" same", StringComparison.Ordinal)));
    }

    [Theory, OnKernels(All = false, Core = true)]
    public async Task The_kernel_joins_a_vf_and_the_product_reports_it_and_changes_nothing(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        var before = await ConfigurationAsync();
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);
        probe.Mark("join");
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await IdleAsync();
        probe.Mark("joined");
        var delivered = Machine.Wire[AdapterVf.Id].ToGuest;
        await PassAsync(1);
        Machine.Wire[AdapterVf.Id].ToGuest.ShouldBeGreaterThan(delivered);
        (await RunAsync($"cat /sys/class/net/{vf}/master/ifindex")).ShouldBe(await RunAsync($"cat /sys/class/net/{Name}/ifindex"));
        (await RunAsync($"udevadm info -q property /sys/class/net/{vf}")).ShouldContain("HYPERV_VF=");
        (await RunAsync($"ip -o address show dev {vf}")).ShouldBe("");
        // The probes are traffic enough.
        var status = await StatusAsync();
        Say(status);
        status.ShouldContain("joined by the kernel");
        status.ShouldContain($"carried by  {vf} (VF)");
        status.ShouldNotContain("note");

        probe.Mark("VF away");
        await RevokeAndUnplugAsync();
        await PathAsync(vf: false);
        await PassAsync(1);
        (await StatusAsync()).ShouldContain($"carried by  {Name} (synthetic)");

        probe.Mark("VF back");
        await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await PassAsync(1);
        await IdleAsync();
        (await StatusAsync()).ShouldContain($"carried by  {vf} (VF)");
        (await ConfigurationAsync()).ShouldBe(before);
        var rows = await StopAsync(probe);
        rows.Where(row => row.Phase is "before" or "joined").ShouldAllBe(row => row.IsWhole);
        rows.ShouldAllBe(row => row.IsCut);
        (await LogAsync()).ShouldNotContain("refused");
    }

    // The kernel falls back to the MAC address (get_netvsc_byslot, Linux 5.9).
    [Theory, OnKernels(All = false)]
    public async Task A_vf_with_another_serial_is_joined_all_the_same(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        await Host.OfferAsync(Adapter, AdapterVf.RootPort + 7);
        await Machine.PlugAsync(AdapterVf);
        var vf = await Machine.NameAsync(AdapterVf);
        await PathAsync(vf: true);
        var run = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 2");
        Say(run.Error);
        run.ExitCode.ShouldBe(0);
        (await StatusAsync()).ShouldContain("joined by the kernel");
    }

    [Theory, OnKernels(All = false)]
    public async Task The_packets_of_the_vf_are_not_counted_as_the_synthetic_nics_and_an_idle_pair_has_its_last_path(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        // The timer's sample.
        await RunAsync("hyperv-vfattach scan --repair");
        await RunAsync($"ping -q -c 50 -i 0.02 {Peer.V4}");
        (await CounterAsync("vf_tx_packets")).ShouldBeGreaterThanOrEqualTo(50);
        // Until neighbours are confirmed once more and the guest is quiet.
        await PassAsync(8);
        await RunAsync("hyperv-vfattach scan --repair");
        var status = await StatusAsync();
        Say(status);
        status.ShouldMatch($@"carried by  (idle, last used: )?{vf} \(VF\)");
        var host = await Host.StateAsync(Adapter);
        status.ShouldContain($"synthetic   {Name} (hv_netvsc), {host["rx"]} packets in, {host["tx"]} out");
    }
}
