using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>What an owner does by itself, next to a VF that nobody joins: what the scenarios with a join build on.</summary>
public abstract class UnjoinedVfTests(ITestOutputHelper output, OwnerTable table, Owner owner) : OwnerScenario(output, table, owner, "none")
{
    // The VF bears the marks that every VF of a pair gets, and nothing else is done with it yet.
    /// <inheritdoc/>
    protected override string Settings => "delay = 3600\n";

    [Fact]
    public async Task A_lease_is_renewed_and_a_vf_that_is_switched_on_gets_nothing()
    {
        await StartRouterAsync();
        await StartOwnerAsync(Method.Dhcp, First);
        var before = await ConfiguredAsync();
        Say(before);
        var clients = await ClientsAsync();
        Say(clients);
        using var probe = StartProbe("renewals");
        await RenewedAsync(2);

        probe.Mark("VF on");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        // Addresses by the kernel itself are prevented by whoever switches it on.
        await RunAsync($"ip link set {vf} addrgenmode none; echo 0 >/proc/sys/net/ipv6/conf/{vf}/accept_ra; ip link set {vf} up");
        await RenewedAsync(2);
        await StopAsync(probe, "VF not joined");

        (await ConfigurationAsync()).ShouldBe(before);
        (await ClientsAsync()).ShouldBe(clients);
        await NobodyElseAsync(vf);
        Router.Dhcp.Count(DhcpType.Release).ShouldBe(0);
        Say(string.Join('\n', Router.Leases));
    }

    [Fact]
    public async Task Static_addresses_are_set_and_a_vf_that_is_switched_on_gets_nothing()
    {
        await StartOwnerAsync(Method.Static, First);
        var before = await ConfiguredAsync(Method.Static);
        Say(before);
        before.ShouldContain($"{Owner.StaticV4}/24");
        before.ShouldContain($"{Owner.StaticV6}/64");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await RunAsync($"ip link set {vf} addrgenmode none; echo 0 >/proc/sys/net/ipv6/conf/{vf}/accept_ra; ip link set {vf} up");
        await PassAsync(5);
        (await ConfigurationAsync()).ShouldBe(before);
        await NobodyElseAsync(vf);
    }
}
