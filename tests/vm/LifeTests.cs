using HypervVfattach.Machines;
using HypervVfattach.Tests.Vm.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>What happens to the VF of a real guest: a TCP connection survives it, and the VF carries its bytes again.</summary>
[Part(Part.Lives)]
public class LifeTests(ITestOutputHelper output) : LifeScenario(output)
{
    // The VF's device in the guest.
    private static readonly string s_device = $"/sys/bus/pci/devices/{Vf.PciAddress}";

    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public async Task Its_driver_is_unbound_and_bound(Join join) => await LiveAsync(join, _ => RebindAsync());

    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public async Task It_is_removed_from_the_bus_and_found_again(Join join) => await LiveAsync(join, async _ =>
    {
        await RunAsync($"echo 1 >{s_device}/remove");
        await ActivePathAsync($"{Name} (synthetic)");
        await RunAsync("echo 1 >/sys/bus/pci/rescan");
    });

    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public async Task It_is_lent_to_a_network_namespace(Join join) => await LiveAsync(join, async vf =>
    {
        await RunAsync($"ip netns add pod && ip link set {vf} netns pod && ip -n pod link set {vf} up");
        await ActivePathAsync($"{Name} (synthetic)");
        await RunAsync($"ip -n pod link set {vf} down && ip -n pod link set {vf} name lent0 && ip -n pod link set lent0 netns 1");
    });

    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public async Task It_is_switched_off_and_on(Join join) => await LiveAsync(join, async vf =>
    {
        await RunAsync($"ip link set {vf} down");
        await ActivePathAsync($"{Name} (synthetic)");
        await RunAsync($"ip link set {vf} up");
    });
}

/// <summary>What happens to a real guest as a whole.</summary>
[Part(Part.Lives)]
public class GuestLifeTests(ITestOutputHelper output) : LifeScenario(output)
{
    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public async Task It_is_migrated_to_another_qemu_after_an_attempt_that_was_aborted(Join join)
    {
        using var transfer = await BeginAsync(join);
        await CarriesAsync(await PlugAsync(), transfer, 5 * Megabyte);
        await Machine.UnplugAsync(Vf);
        await ActivePathAsync($"{Name} (synthetic)");
        await Machine.AbortMigrationAsync();
        await CarriesAsync(await PlugAsync(), transfer, Megabyte);
        await Machine.UnplugAsync(Vf);
        await Machine.MigrateAsync();
        await CarriesAsync(Name, transfer, Megabyte);
        await CarriesAsync(await PlugAsync(), transfer, 5 * Megabyte);
        await EndAsync(transfer);
    }

    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public async Task It_is_saved_in_a_file_and_restored(Join join)
    {
        using var transfer = await BeginAsync(join);
        await CarriesAsync(await PlugAsync(), transfer, 5 * Megabyte);
        await Machine.UnplugAsync(Vf);
        await Machine.SaveAndRestoreAsync(TimeSpan.FromSeconds(10));
        await CarriesAsync(Name, transfer, Megabyte);
        await CarriesAsync(await PlugAsync(), transfer, 5 * Megabyte);
        await EndAsync(transfer);
    }
}

/// <summary>A guest that is suspended to memory together with its VF.</summary>
/// <remarks>Booted: qemu 7.2 crashes when the virtio-net device of a machine that was resumed is reset. Not detached: after it, qemu does not
/// unplug the VF, which a KVM host must do first.</remarks>
[Part(Part.Lives)]
public class SuspendTests(ITestOutputHelper output) : LifeScenario(output)
{
    /// <inheritdoc/>
    protected override MachineOptions Options => new() { Boot = true };

    /// <inheritdoc/>
    /// <remarks>qemu's vmxnet3 delivers nothing after it.</remarks>
    protected override Nic Card => Vf with { Model = "e1000" };

    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public async Task It_goes_on_as_before(Join join)
    {
        using var transfer = await BeginAsync(join);
        var vf = await PlugAsync();
        await CarriesAsync(vf, transfer, 5 * Megabyte);
        await Machine.SuspendAsync(TimeSpan.FromSeconds(5));
        await JoinedAsync();
        await CarriesAsync(vf, transfer, 5 * Megabyte);
        Say($"{await transfer.StopAsync()} bytes each way, unchanged");
        await AnswersAsync();
    }
}
