using HypervVfattach.Machines;
using HypervVfattach.Tests.Vm.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A host whose switch sends the guest's frames back to it.</summary>
[Part(Part.Kvm)]
public class EchoTests(ITestOutputHelper output) : ProductScenario(output)
{
    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public async Task What_comes_back_besides_disturbs_nothing(Join join)
    {
        var (name, vf) = await BeginAsync(join);
        Machine.Wire[Synthetic.Id].Echo = Machine.Wire[Vf.Id].Echo = Echo.Too;
        await RunAsync($"hyperv-vfattach --foreground {vf} 0");
        await ActivePathAsync($"{vf} (VF)");
        await AnswersAsync();
        // The kernel takes its own question after a duplicate of an address for that of another host, unless it knows its own (RFC 7527).
        (await RunAsync("ip -6 address show dadfailed")).ShouldBe("");
        await DetachAsync(name);
        await AnswersAsync();
        (await LogAsync()).ShouldNotContain("refused");
    }

    [Theory]
    [InlineData(Join.Bond, 5)]
    [InlineData(Join.Redirect, 1)]
    public async Task A_vf_that_only_sends_back_is_found_out_and_named(Join join, int exitCode)
    {
        var (name, vf) = await BeginAsync(join);
        Machine.Wire[Vf.Id].Echo = Echo.Only;
        var result = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 0");
        Say(result.Error);
        // A KVM host delivers to this VF from its arrival. If nothing has answered for so long, the join cannot be judged, and says so.
        if (IsKvm && result.ExitCode == 0)
        {
            result.Error.ShouldContain("not verified");
            return;
        }
        result.ExitCode.ShouldBe(exitCode);
        result.Error.ShouldContain(Peer.V4.ToString());
        if (join == Join.Bond)
            await CarriedByAsync(name);
        if (IsKvm)
            await Machine.UnplugAsync(Vf);
        await AnswersAsync();
    }

    private async Task<(string Name, string Vf)> BeginAsync(Join join)
    {
        await Machine.CopyAsync(Product.Settings($"join = \"{join.ToString().ToLowerInvariant()}\"\n"));
        var name = await AddressAsync();
        await RouteAsync(name);
        await RunAsync("rm /etc/udev/rules.d/61-hyperv-vfattach-pci.rules; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        return (name, await Machine.NameAsync(Vf));
    }
}
