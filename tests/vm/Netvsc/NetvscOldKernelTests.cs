using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>A kernel that is too old to join the pair, as far as a new one can play it: it calls itself 4.9, its host speaks NVSP 4, which
/// has no VFs, and its driver cannot read the name of the VF's slot.</summary>
public class NetvscOldKernelTests(ITestOutputHelper output) : NetvscScenario(output)
{
    /// <inheritdoc/>
    protected override bool NumberedSlots => false;

    /// <inheritdoc/>
    /// <remarks>The name of the first slot is "0", which is a number.</remarks>
    protected override Nic AdapterVf => Nic.NetvscVf(port: 2);

    [Theory, OnKernels("bond", "redirect", All = false)]
    public async Task The_product_joins_the_pair_and_keeps_the_network_through_migration_and_detach(string kernel, bool product, string join)
    {
        await StartHostAsync(kernel, product, Adapter);
        await Host.RescindAsync(Adapter);
        await Host.SpeakAsync(0x40000);
        await Host.AddAsync(Adapter);
        Machine.Wire[Adapter.Id].IsSteered = false;
        await PresentAsync();
        await RunAsync("ln -s $(uname -r) /lib/modules/4.9.0");
        await Host.ReleaseAsync("4.9.0");
        await Machine.CopyAsync(GuestFile.Text("/etc/hyperv-vfattach.toml", $"join = \"{join}\"\n"));
        await ConfigureAsync();
        var before = await ConfigurationAsync();
        using var probe = await StartProbeAsync("before");
        for (var migration = 1; migration <= 2; migration++)
        {
            probe.Mark($"VF here, {migration}");
            await Machine.PlugAsync(AdapterVf);
            var vf = await Machine.NameAsync(AdapterVf);
            await ActivePathAsync(vf, seconds: 40);
            await IdleAsync();
            var sent = Machine.Wire[AdapterVf.Id].FromGuest;
            await PassAsync(1);
            Machine.Wire[AdapterVf.Id].FromGuest.ShouldBeGreaterThan(sent);
            await StatusSaysAsync(join == "bond" ? $"joined in bond-{Name}" : "redirected through its VF");
            probe.Mark($"VF away, {migration}");
            await Machine.UnplugAsync(AdapterVf);
            await PassAsync(1);
        }
        probe.Mark("detach");
        await RunAsync($"hyperv-vfattach detach {Name}");
        (await ConfigurationAsync()).ShouldBe(before);
        await PassAsync(1);
        (await StopAsync(probe)).ShouldAllBe(row => row.IsCut);
    }
}
