using HypervVfattach.Machines;
using HypervVfattach.Tests.Vm.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A TCP connection lives through everything that a host does with a VF, and its bytes arrive unchanged.</summary>
[Part(Part.Lives)]
public class TransferTests(ITestOutputHelper output) : LifeScenario(output)
{
    [Theory]
    [InlineData(Join.Bond, HostKind.HyperV, 200)]
    [InlineData(Join.Redirect, HostKind.HyperV, 200)]
    [InlineData(Join.Bond, HostKind.Kvm, 10)]
    [InlineData(Join.Redirect, HostKind.Kvm, 10)]
    public async Task It_survives_the_join_two_migrations_a_lost_carrier_and_the_detach(Join join, HostKind host, int megabytes)
    {
        using var transfer = await BeginAsync(join, host);
        await CarriesAsync(Name, transfer, Megabyte);
        var vf = await PlugAsync();
        await CarriesAsync(vf, transfer, megabytes * Megabyte);
        for (var migration = 0; migration < 2; migration++)
        {
            await Machine.UnplugAsync(Vf, surprise: true);
            await ActivePathAsync($"{Name} (synthetic)");
            await CarriesAsync(Name, transfer, Megabyte);
            await CarriesAsync(await PlugAsync(), transfer, 2 * Megabyte);
        }
        await Machine.SetLinkAsync(Vf, up: false);
        await ActivePathAsync($"{Name} (synthetic)");
        await CarriesAsync(Name, transfer, Megabyte);
        await Machine.SetLinkAsync(Vf, up: true);
        await ActivePathAsync($"{vf} (VF)");
        await CarriesAsync(vf, transfer, Megabyte);
        await EndAsync(transfer);
    }
}
