using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>The stock hv_netvsc of the other Debian releases.</summary>
[Part(Part.Releases)]
public class NetvscReleaseTests(ITestOutputHelper output) : NetvscScenario(output)
{
    /// <inheritdoc/>
    /// <remarks>Each test names its release.</remarks>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("bullseye", "5.10.")]
    [InlineData("trixie", "6.12.")]
    [InlineData("forky", "7.2.")]
    public async Task The_kernel_joins_the_vf_through_three_live_migrations_and_the_product_sees_each_path(string release, string kernel)
    {
        await StartReleaseAsync(release);
        (await RunAsync("uname -r")).ShouldStartWith(kernel);
        var before = await ConfigurationAsync();
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);
        for (var migration = 1; migration <= 3; migration++)
        {
            probe.Mark($"VF here, {migration}");
            var vf = await OfferAndPlugAsync();
            await PathAsync(vf: true);
            await IdleAsync();
            await PassAsync(1);
            (await RunAsync($"ip -o address show dev {vf}")).ShouldBe("");
            (await RunAsync("hyperv-vfattach status")).ShouldContain($"carried by  {vf} (VF)");
            probe.Mark($"VF away, {migration}");
            await RevokeAndUnplugAsync();
            await PathAsync(vf: false);
            await PassAsync(1);
            (await RunAsync("hyperv-vfattach status")).ShouldContain($"carried by  {Name} (synthetic)");
        }
        (await ConfigurationAsync()).ShouldBe(before);
        (await StopAsync(probe)).ShouldAllBe(row => row.IsCut);
        (await LogAsync()).ShouldNotContain("refused");
    }
}
