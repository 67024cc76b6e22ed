using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>A bond whose owner does not hand its lease over: refused, and nothing is touched.</summary>
/// <remarks>Once the hand-over of an owner is there, its class of these tests becomes one of <see cref="JoinedTests"/>.</remarks>
public abstract class RefusedBondTests(ITestOutputHelper output, OwnerTable table, Owner owner)
    : OwnerScenario(output, table, owner, Join.Bond)
{
    [Fact]
    public async Task The_bond_is_refused_and_the_lease_lives_on()
    {
        await StartMachineAsync();
        var router = await StartRouterAsync();
        await StartOwnerAsync(Method.Dhcp, First);
        var before = await ConfiguredAsync();
        var clients = await ClientsAsync();
        using var probe = StartProbe("refused");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await LoggedAsync(Owner.Program);
        await IdleAsync();
        await RenewedAsync(2);
        await StopAsync(probe, "lease");
        (await RunAsync("ls /sys/class/net")).ShouldNotContain(Bond);
        await StillAsync(before);
        (await ClientsAsync()).ShouldBe(clients);
        await NobodyElseAsync(vf);
        router.Dhcp.Count(DhcpType.Release).ShouldBe(0);
    }
}
