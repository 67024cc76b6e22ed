using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>Guests with several adapters.</summary>
public class NetvscPairsTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Theory, OnKernels("2", "8", All = false)]
    public async Task Each_pair_is_joined_by_the_kernel_through_two_migrations(string kernel, bool product, string pairs)
    {
        Nic[] adapters = [.. Enumerable.Range(0, int.Parse(pairs, System.Globalization.CultureInfo.InvariantCulture)).Select(Nic.Netvsc)];
        Nic[] vfs = [.. Enumerable.Range(0, adapters.Length).Select(number => Nic.NetvscVf(number))];
        await StartHostAsync(kernel, product, adapters);
        await ConfigureAsync();
        await SwitchOnAsync(adapters.Skip(1));
        var before = await ConfigurationAsync();
        for (var migration = 1; migration <= 2; migration++)
        {
            foreach (var (adapter, vf) in adapters.Zip(vfs))
            {
                await Host.OfferAsync(adapter, vf);
                await Machine.PlugAsync(vf);
            }
            foreach (var (adapter, vf) in adapters.Zip(vfs))
            {
                await PathAsync(adapter, vf: true, seconds: 60);
                await Machine.NameAsync(vf);
            }
            await IdleAsync(60);
            await StatusSaysAsync([.. adapters.Select(adapter => $"{adapter.Mac}  joined by the kernel")]);
            foreach (var (adapter, vf) in adapters.Zip(vfs))
            {
                await Host.RevokeAsync(adapter);
                await Machine.UnplugAsync(vf);
            }
            await StatusSaysAsync([.. adapters.Select(adapter => $"{adapter.Mac}  has no VF now")]);
        }
        (await ConfigurationAsync()).ShouldBe(before);
        (await LogAsync()).ShouldNotContain("refused");
    }
}
