using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>Live migrations of a pair that the kernel joins.</summary>
public abstract class NetvscMigrations(ITestOutputHelper output) : NetvscScenario(output)
{
    [Fact]
    public async Task Twenty_live_migrations()
    {
        var before = await ConfigurationAsync();
        using var probe = await StartProbeAsync("before");
        for (var migration = 1; migration <= 20; migration++)
        {
            probe.Mark($"VF here, {migration}");
            var vf = await OfferAndPlugAsync();
            await PathAsync(vf: true);
            (await RunAsync($"ip -o address show dev {vf}")).ShouldBe("");
            probe.Mark($"VF away, {migration}");
            await RevokeAndUnplugAsync();
            await PathAsync(vf: false);
        }
        await IdleAsync();
        (await ConfigurationAsync()).ShouldBe(before);
        var rows = await StopAsync(probe);
        rows.ShouldAllBe(row => row.IsCut);
        Say($"lost {rows.Sum(row => row.Lost)} of {rows.Sum(row => row.Sent)}");
        (await LogAsync()).ShouldNotContain("refused");
    }
}

/// <summary>With the product, which must not make them worse.</summary>
[Part(Part.Netvsc)]
public sealed class NetvscMigrationTests(ITestOutputHelper output) : NetvscMigrations(output);

/// <summary>Without it: what is seen here, too, is the kernel's.</summary>
[Part(Part.Netvsc)]
public sealed class NetvscMigrationWithoutProductTests(ITestOutputHelper output) : NetvscMigrations(output)
{
    /// <inheritdoc/>
    protected override bool WithProduct => false;
}
