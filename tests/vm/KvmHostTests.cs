using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A KVM host: a bridge beside the card's own switch (<see cref="HostKind.Kvm"/>). What it delivers to the VF before the join, while
/// that is down, is lost: nothing in the guest can change that.</summary>
[Part(Part.Kvm)]
public class KvmHostTests(ITestOutputHelper output) : ProductScenario(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public async Task Nothing_arrives_twice_and_the_network_goes_on_when_the_vf_leaves(string join)
    {
        await Machine.CopyAsync(Product.Settings($"{Settings}join = \"{join}\"\n"));
        var name = await AddressAsync();
        await RouteAsync(name);
        (await BroadcastsAsync()).ShouldBe(Broadcasts);
        // The guest only answers, and the host's bridge delivers nothing to it before it hears it.
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);
        for (var migration = 1; migration <= 2; migration++)
        {
            probe.Mark($"VF comes, {migration}");
            await Machine.PlugAsync(Vf);
            var vf = await Machine.NameAsync(Vf);
            await JoinedAsync(vf);
            await probe.SettleAsync();
            probe.Mark($"joined, {migration}");
            await PassAsync(2);
            probe.Mark($"VF away, {migration}");
            await Machine.UnplugAsync(Vf, surprise: true);
            await PassAsync(3);
        }
        probe.Mark("VF comes, 3");
        await Machine.PlugAsync(Vf);
        await JoinedAsync(await Machine.NameAsync(Vf));
        await probe.SettleAsync();
        probe.Mark("joined, 3");
        await PassAsync(1);
        var rows = await StopAsync(probe);
        rows.Where(row => row.Phase == "before" || row.Phase.StartsWith("joined", StringComparison.Ordinal)).ShouldAllBe(row => row.IsWhole);
        rows.Where(row => row.Phase.StartsWith("VF away", StringComparison.Ordinal)).ShouldAllBe(row => IsBrief(row));

        await OnceAsync();
        // The host would deliver to the VF, which nothing uses any more.
        (await Machine.TryAsync($"hyperv-vfattach detach {name}")).ExitCode.ShouldBe(1);
        await AnswersAsync();
        await Machine.UnplugAsync(Vf);
        await RunAsync($"hyperv-vfattach detach {name}");
        await AnswersAsync();
    }

    /// <summary>libvirt's recipe: the synthetic NIC has a link only while the VF is away.</summary>
    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public async Task A_synthetic_NIC_without_a_carrier_is_joined_and_takes_over_with_its_link(string join)
    {
        await Machine.CopyAsync(Product.Settings($"{Settings}join = \"{join}\"\n"));
        var name = await AddressAsync();
        await RouteAsync(name);
        await Machine.SetLinkAsync(Synthetic, up: false);
        for (var migration = 1; migration <= 2; migration++)
        {
            await Machine.PlugAsync(Vf);
            await JoinedAsync(await Machine.NameAsync(Vf));
            await AnswersAsync();
            await Machine.SetLinkAsync(Synthetic, up: false);
            await AnswersAsync();
            var status = await StatusAsync();
            Say(status);
            status.ShouldContain("[healthy]");
            status.ShouldContain("no carrier");
            await Machine.SetLinkAsync(Synthetic, up: true);
            await Machine.UnplugAsync(Vf);
            await ActivePathAsync($"{name} (synthetic)");
            await AnswersAsync();
        }
        await RunAsync($"hyperv-vfattach detach {name}");
        await AnswersAsync();
    }

    private async Task JoinedAsync(string vf)
    {
        await ActivePathAsync($"{vf} (VF)", seconds: 40);
        await IdleAsync();
    }
}
