using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>Live migrations of a pair that the kernel joins; the product must not make them worse.</summary>
public class NetvscMigrationTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Theory, OnKernels(Compare = true)]
    public async Task Twenty_live_migrations(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        var before = await ConfigurationAsync();
        using var probe = await StartProbeAsync("before");
        for (var migration = 1; migration <= 20; migration++)
        {
            probe.Mark($"VF here, {migration}");
            var vf = await OfferAndPlugAsync();
            await PathAsync(vf: true);
            (await RunAsync($"ip -o address show dev {vf}")).ShouldBe("");
            if (migration <= 3)
                await StatusSaysAsync($"carried by  {vf} (VF)");
            probe.Mark($"VF away, {migration}");
            await RevokeAndUnplugAsync();
            await PathAsync(vf: false);
            if (migration <= 3)
                await StatusSaysAsync($"carried by  {Name} (synthetic)");
        }
        await IdleAsync();
        (await ConfigurationAsync()).ShouldBe(before);
        var rows = await StopAsync(probe);
        rows.ShouldAllBe(row => row.IsCut);
        Say($"lost {rows.Sum(row => row.Lost)} of {rows.Sum(row => row.Sent)}");
        (await LogAsync()).ShouldNotContain("refused");
    }
}
