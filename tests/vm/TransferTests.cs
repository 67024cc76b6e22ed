using HypervVfattach.Machines;
using HypervVfattach.Tests.Vm.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A TCP connection lives through everything that a host does with a VF, and its bytes arrive unchanged.</summary>
public abstract class TransferScenario(ITestOutputHelper output) : LifeScenario(output)
{
    /// <summary>The join, two migrations, a lost carrier and the detach.</summary>
    /// <param name="join">The join.</param>
    /// <param name="host">The host.</param>
    /// <param name="megabytes">The bytes that the VF carries first, in millions.</param>
    /// <param name="hasCarrier">Whether the VF's driver notices a lost carrier.</param>
    protected async Task LivesThroughItAsync(Join join, HostKind host, int megabytes, bool hasCarrier = true)
    {
        using var transfer = await BeginAsync(join, host);
        await CarriesAsync(Name, transfer, Megabyte);
        var vf = await PlugAsync();
        await CarriesAsync(vf, transfer, megabytes * Megabyte);
        for (var migration = 0; migration < 2; migration++)
        {
            await Machine.UnplugAsync(Card, surprise: true);
            await ActivePathAsync($"{Name} (synthetic)");
            await CarriesAsync(Name, transfer, Megabyte);
            await CarriesAsync(await PlugAsync(), transfer, 2 * Megabyte);
        }
        if (hasCarrier)
        {
            await Machine.SetLinkAsync(Card, up: false);
            await ActivePathAsync($"{Name} (synthetic)");
            await CarriesAsync(Name, transfer, Megabyte);
            await Machine.SetLinkAsync(Card, up: true);
            await ActivePathAsync($"{vf} (VF)");
            await CarriesAsync(vf, transfer, Megabyte);
        }
        await EndAsync(transfer);
    }
}

/// <inheritdoc/>
[Part(Part.Lives)]
public class TransferTests(ITestOutputHelper output) : TransferScenario(output)
{
    [Theory]
    [InlineData(Join.Bond, HostKind.HyperV, 200)]
    [InlineData(Join.Redirect, HostKind.HyperV, 200)]
    [InlineData(Join.Bond, HostKind.Kvm, 10)]
    [InlineData(Join.Redirect, HostKind.Kvm, 10)]
    public Task It_survives_the_join_two_migrations_a_lost_carrier_and_the_detach(Join join, HostKind host, int megabytes) =>
        LivesThroughItAsync(join, host, megabytes);
}

/// <summary>The same where both NICs leave checksums and segmentation to the host, as virtio-net and a real VF do.</summary>
[Part(Part.Lives)]
public class OffloadTests(ITestOutputHelper output) : TransferScenario(output)
{
    // More than a frame without segmentation.
    private const int Large = 9100;

    /// <inheritdoc/>
    protected override MachineOptions Options => base.Options with { Offloads = true };

    [Theory]
    [InlineData(Join.Bond, HostKind.HyperV)]
    [InlineData(Join.Redirect, HostKind.HyperV)]
    [InlineData(Join.Bond, HostKind.Kvm)]
    [InlineData(Join.Redirect, HostKind.Kvm)]
    public async Task It_survives_with_offloads(Join join, HostKind host)
    {
        await LivesThroughItAsync(join, host, 10);
        var longest = Machine.Wire.Longest;
        Say(string.Join(", ", longest.Select(sender => $"{(sender.Key == "" ? "peer" : sender.Key)}: longest frame {sender.Value} bytes")));
        foreach (var sender in (string[])[Synthetic.Id, Vf.Id, ""])
            longest.GetValueOrDefault(sender).ShouldBeGreaterThan(Large, sender);
    }
}
