using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>The host removes the synthetic NIC and brings it back.</summary>
/// <remarks>An e1000: qemu 7.2 crashes when the virtio-net device of a machine that was resumed is reset.</remarks>
[Part(Part.Migration)]
public class SyntheticReturnsTests(ITestOutputHelper output) : ProductScenario(output)
{
    private const string Driver = "e1000";

    /// <inheritdoc/>
    protected override MachineOptions Options => new() { Synthetics = [Synthetic with { Model = Driver }] };

    /// <inheritdoc/>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Machine.CopyAsync(Product.Settings(Settings, Driver));
    }

    [Fact, Core]
    public async Task It_becomes_a_port_of_the_bond_again()
    {
        var name = await AddressAsync();
        var vf = await PlugAndJoinAsync();
        var index = await RunAsync($"cat /sys/class/net/{name}/ifindex");
        // Its driver releases it and binds it again: another interface, with another index.
        await RunAsync($"""
            device=$(basename $(readlink /sys/class/net/{name}/device)); cd /sys/bus/pci/drivers/{Driver}
            echo $device >unbind; echo $device >bind
            """);
        await LoggedAsync($"putting it into {Bond} again");
        await IdleAsync();
        (await RunAsync($"cat /sys/class/net/{name}/ifindex")).ShouldNotBe(index);
        await CarriedByAsync(vf);

        await Machine.UnplugAsync(Vf);
        await CarriedByAsync(name);
        await AnswersAsync();
        await PlugAndJoinAsync();
        await DetachAsync(name);
        (await RunAsync($"ip -o address show dev {name} scope global | wc -l")).Trim().ShouldBe("2");
        // On a KVM host nothing answers between the arrival of the VF and its join, so the detach may find no neighbour that it could wait for, and the
        // e1000 that leaves the bond takes up to two seconds for its link.
        if (IsKvm)
            await RunAsync($"timeout {Machine.Seconds(5)} sh -c 'until ping -q -c 1 -W 1 {Peer.V4}; do sleep 0.1; done'");
        await AnswersAsync();
        (await RunAsync("ls /run/hyperv-vfattach/*.journal 2>/dev/null || true")).ShouldBe("");
    }
}
