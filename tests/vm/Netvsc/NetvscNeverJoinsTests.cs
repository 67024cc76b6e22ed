using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>A kernel that never joins: it cannot read the VF's serial from the name of its slot.</summary>
public class NetvscNeverJoinsTests(ITestOutputHelper output) : NetvscScenario(output)
{
    /// <inheritdoc/>
    protected override bool NumberedSlots => false;

    /// <inheritdoc/>
    /// <remarks>The name of the first slot is "0", which is a number.</remarks>
    protected override Nic AdapterVf => Nic.NetvscVf(port: 2);

    [Theory, OnKernels(Core = true)]
    public async Task It_is_said_in_the_log_and_nothing_is_changed(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        var before = await ConfigurationAsync();
        var vf = await OfferAndPlugAsync();
        var run = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 2");
        Say(run.Error);
        run.ExitCode.ShouldBe(1);
        (await LogAsync()).ShouldContain("the kernel's log says: \"Invalid vf serial");
        (await ConfigurationAsync()).ShouldBe(before);
        (await StatusAsync()).ShouldContain("not joined");
    }

    [Theory, OnKernels(All = false)]
    public async Task A_forced_bond_is_refused_because_it_would_receive_nothing(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        var before = await ConfigurationAsync();
        await Machine.CopyAsync(GuestFile.Text("/etc/hyperv-vfattach.toml", "force = true\n"));
        var vf = await OfferAndPlugAsync();
        var run = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 2");
        Say(run.Error);
        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("redirect");
        (await ConfigurationAsync()).ShouldBe(before);
    }

    [Theory, OnKernels(All = false)]
    public async Task A_forced_redirect_carries_the_traffic_through_a_migration_and_can_be_undone(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        var before = await ConfigurationAsync();
        await Machine.CopyAsync(GuestFile.Text("/etc/hyperv-vfattach.toml", "force = true\njoin = \"redirect\"\n"));
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);
        for (var migration = 1; migration <= 2; migration++)
        {
            probe.Mark($"join {migration}");
            var vf = await OfferAndPlugAsync();
            var sent = Machine.Wire[AdapterVf.Id].FromGuest;
            await ActivePathAsync(vf, seconds: 30);
            await IdleAsync();
            await PassAsync(1);
            Machine.Wire[AdapterVf.Id].FromGuest.ShouldBeGreaterThan(sent);
            probe.Mark($"away {migration}");
            await RevokeAndUnplugAsync();
            await PassAsync(1);
        }
        await RunAsync($"hyperv-vfattach detach {Name}");
        (await ConfigurationAsync()).ShouldBe(before);
        var rows = await StopAsync(probe);
        rows.ShouldAllBe(row => row.IsCut);
    }
}
