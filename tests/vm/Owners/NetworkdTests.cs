using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <inheritdoc/>
[Part(Part.OwnersNone)]
public sealed class NetworkdUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedTests(output, table, new Networkd());

/// <inheritdoc/>
[Part(Part.OwnersRedirect)]
public sealed class NetworkdRedirectTests(ITestOutputHelper output, OwnerTable table)
    : JoinedOnBusTests(output, table, new Networkd(), Join.Redirect)
{
    /// <inheritdoc/>
    [Core]
    public override Task Without_the_owners_interface_on_the_bus() => base.Without_the_owners_interface_on_the_bus();
}

/// <summary>networkd with a file of indented lines, which systemd reads like unindented ones.</summary>
[Part(Part.OwnersBond)]
public sealed class IndentedNetworkdTests(ITestOutputHelper output, OwnerTable table)
    : OwnerScenario(output, table, new IndentedNetworkd(), Join.Bond)
{
    /// <remarks>Without a manager an interface loses its address when the lease ends: so the address is checked after more than a whole
    /// lease.</remarks>
    [Fact]
    public async Task The_lease_lives_on()
    {
        await StartMachineAsync();
        await StartRouterAsync();
        await StartOwnerAsync(Method.Dhcp, First);
        var before = await ConfiguredAsync();
        using var probe = await StartProbeAsync("before");
        await JoinAsync(Vf);
        (await RunAsync("networkctl --no-legend list")).ShouldMatch($" {Bond} +bond +routable +configured");
        probe.Mark("renewals");
        await RenewedAsync();
        await RenewedAsync();
        await StillAsync(before);
        await StopAsync(probe, "indented");
    }
}

/// <inheritdoc/>
[Part(Part.OwnersBond)]
public sealed class NetworkdBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedOnBusTests(output, table, new Networkd(), Join.Bond)
{
    /// <inheritdoc/>
    [Core]
    public override Task Two_pairs_have_a_lease_each() => base.Two_pairs_have_a_lease_each();

    /// <remarks>networkd does not notice that an interface has lost its last alternative name, and fails on the one that has got it.</remarks>
    [Fact]
    public async Task The_last_alternative_name_moves_with_the_lease()
    {
        await StartMachineAsync();
        await StartRouterAsync();
        await RunAsync($"ip link property add dev {First} altname uplink");
        await StartOwnerAsync(Method.Dhcp, First);
        var before = await ConfiguredAsync();
        await JoinAsync(Vf);
        await IdleAsync();
        (await RunAsync("ip -o link show dev uplink")).ShouldContain(Bond);
        await RenewedAsync();
        await RunAsync($"hyperv-vfattach detach {First}");
        await RenewedAsync();
        await StillAsync(before);
        (await RunAsync("ip -d link show dev uplink")).ShouldContain(First);
        (await RunAsync("ip link show")).ShouldNotContain("hyperv-vfattach");
        (await RunAsync("journalctl -o cat --no-pager -u systemd-networkd")).ShouldNotContain("Could not process link message");
    }

    /// <remarks>The kernel's events about the synthetic NIC's carrier reach networkd before our request; so it configures a port, fails,
    /// and gives the port up.</remarks>
    [Fact]
    public async Task It_notices_late_what_becomes_of_the_synthetic()
    {
        await StartMachineAsync();
        await StartOwnerAsync(Method.Static, First);
        var before = await ConfiguredAsync(Method.Static);
        using var probe = await StartProbeAsync("join");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        for (var attempt = 1; ; attempt++)
        {
            await RunAsync($"until [ -e /sys/class/net/{First}/master ]; do :; done; pkill -STOP systemd-network; sleep 2; pkill -CONT systemd-network");
            await SendsByAsync(Vf);
            await IdleAsync();
            if (attempt == 5 || await HasFailedAsync())
                break;
            await RunAsync($"hyperv-vfattach detach {First}");
            await SendsByAsync(Synthetic);
            await RunAsync($"setsid hyperv-vfattach {vf} 0 >/dev/null 2>&1 &");
        }
        await StillAsync(before);
        await NobodyElseAsync(vf);
        (await RunAsync($"ip -o address show dev {First}")).ShouldBe("");
        probe.Mark("detach");
        await RunAsync($"hyperv-vfattach detach {First}");
        await SendsByAsync(Synthetic);
        await StillAsync(before);
        (await RunAsync("networkctl --no-legend list")).ShouldMatch($" {First} +ether +routable +configured");
        await StopAsync(probe, "late");
        Assert.SkipUnless(await HasFailedAsync(), "networkd was quicker than the signal that stops it, and gave nothing up");

        async Task<bool> HasFailedAsync() => (await Machine.JournalAsync()).Contains($"{First}: Failed", StringComparison.Ordinal);
    }
}
