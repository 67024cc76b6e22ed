using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>What an owner does by itself next to a VF that has its udev properties and is not joined: the scenarios with a join build on
/// this.</summary>
public abstract class UnjoinedTests(ITestOutputHelper output, OwnerTable table, Owner owner)
    : OwnerScenario(output, table, owner, Join.None)
{
    [Fact]
    public virtual async Task A_lease_is_renewed_and_a_vf_that_is_switched_on_gets_nothing()
    {
        await StartMachineAsync();
        var router = await StartRouterAsync();
        await StartOwnerAsync(Method.Dhcp, First);
        var before = await ConfiguredAsync();
        Say(before);
        var clients = await ClientsAsync();
        Say(clients);
        using var probe = await StartProbeAsync("renewals");
        await RenewedAsync(2);

        probe.Mark("VF on");
        var vf = await PlugAndSwitchOnAsync();
        await RenewedAsync(2);
        await StopAsync(probe, "not joined");

        await StillAsync(before, clients);
        await NobodyElseAsync(vf);
        router.Dhcp.Count(DhcpType.Release).ShouldBe(0);
        router.Leases.Count.ShouldBe(1);
    }

    [Fact]
    public virtual async Task Static_addresses_are_set_and_a_vf_that_is_switched_on_gets_nothing()
    {
        await StartMachineAsync();
        await StartOwnerAsync(Method.Static, First);
        var before = await ConfiguredAsync(Method.Static);
        Say(before);
        before.ShouldContain($"{Owner.StaticV4}/24");
        before.ShouldContain($"{Owner.StaticV6}/64");
        var vf = await PlugAndSwitchOnAsync();
        await PassAsync(5);
        await StillAsync(before);
        await NobodyElseAsync(vf);
    }

    // The caller that switches it on prevents the kernel's own addresses.
    private async Task<string> PlugAndSwitchOnAsync()
    {
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await RunAsync($"ip link set {vf} addrgenmode none; echo 0 >/proc/sys/net/ipv6/conf/{vf}/accept_ra; ip link set {vf} up");
        return vf;
    }
}
