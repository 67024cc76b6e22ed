using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A redirect in live migrations.</summary>
[Part(Part.Redirect)]
[Collection(Alone.Name)]
public class RedirectMigrationTests(ITestOutputHelper output) : RedirectScenario(output)
{
    [Fact]
    public async Task Twenty_live_migrations_in_a_row_lose_nothing()
    {
        await AddressAsync();
        await PlugAndRedirectAsync();
        using var probe = await StartProbeAsync("VF here");
        for (var turn = 0; turn < 20; turn++)
        {
            probe.Mark("VF away");
            await Machine.UnplugAsync(Vf);
            await probe.SettleAsync(); // Works again.
            probe.Mark("VF back");
            await PlugAndRedirectAsync();
        }
        (await StopAsync(probe)).Where(IsConnected).ShouldAllBe(row => IsBrief(row) && (IsKvm || row.IsWhole));
        (await RunAsync("ls /run/hyperv-vfattach/*.journal | wc -l")).Trim().ShouldBe("1");
        (await RunAsync("tc filter show dev enp0s16 egress | grep -c hyperv-vfattach")).Trim().ShouldBe("1");
    }
}
