using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>Several pairs at once.</summary>
[Part(Part.Migration)]
public class PairsTests(ITestOutputHelper output) : ProductScenario(output)
{
    /// <inheritdoc/>
    protected override MachineOptions Options => new() { Synthetics = [Nic.Synthetic(0), Nic.Synthetic(1), Nic.Synthetic(2)] };

    private async Task SwitchOnAsync()
    {
        for (var number = 0; number < 3; number++)
            await RunAsync($"ip address add 10.77.{number}.2/24 dev enp0s{16 + number}; ip link set enp0s{16 + number} up");
    }

    [Fact]
    public async Task Two_pairs_hot_plugged_in_the_same_second()
    {
        await SwitchOnAsync();
        await Task.WhenAll(Machine.PlugAsync(Nic.Vf(0)), Machine.PlugAsync(Nic.Vf(1)));
        await CarriedByAsync(await Machine.NameAsync(Nic.Vf(0)), "bond-enp0s16", 40);
        await CarriedByAsync(await Machine.NameAsync(Nic.Vf(1)), "bond-enp0s17", 40);
        (await RunAsync("ip -br address show bond-enp0s16")).ShouldContain("10.77.0.2/24");
        (await RunAsync("ip -br address show bond-enp0s17")).ShouldContain("10.77.1.2/24");
    }

    [Fact]
    public async Task Three_vfs_in_a_row_bear_the_same_kernel_name_until_they_are_renamed()
    {
        await SwitchOnAsync();
        for (var number = 0; number < 3; number++)
        {
            await Machine.PlugAsync(Nic.Vf(number));
            await Machine.NameAsync(Nic.Vf(number));
        }
        for (var number = 0; number < 3; number++)
            await CarriedByAsync($"enp{number + 1}s0", $"bond-enp0s{16 + number}", 60);
        // All of them were eth0 for a moment, so the name in an event means nothing.
        (await RunAsync("journalctl -k -o cat | grep -c 'enp[123]s0: renamed from eth0'")).Trim().ShouldBe("3");
    }
}
