using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary>ifupdown's ifup@.service, which systemd stops when no interface has the name of its device any more.</summary>
[Part(Part.ClientsBond)]
public class HotplugTests(ITestOutputHelper output, OwnerTable table) : OwnerScenario(output, table, new Ifupdown(), Join.Bond)
{
    [Fact]
    public async Task The_lease_is_not_released_while_the_name_goes_over()
    {
        await StartMachineAsync();
        var router = await StartRouterAsync();
        await RunAsync($"echo 'allow-hotplug {First}\niface {First} inet dhcp\niface {First} inet6 auto' >>/etc/network/interfaces; systemctl start --no-block ifup@{First}.service");
        await ConfiguredAsync();
        // The guest's answers show through which NIC it sends.
        using var probe = await StartProbeAsync("hotplug");
        var vf = await JoinAsync(Vf);
        await RenewedAsync();
        (await RunAsync($"systemctl is-active ifup@{First}.service")).Trim().ShouldBe("active");
        (await RunAsync("cat /proc/$(pidof -s dhclient)/cgroup")).ShouldContain($"ifup@{First}.service");
        await DetachAsync(First);
        await RenewedAsync();
        (await RunAsync($"systemctl is-active ifup@{First}.service")).Trim().ShouldBe("active");
        // systemd has not yet read that the unit is bound again.
        if (IsKvm)
            await JoinAsync(Vf);
        else
            await RunAsync($"hyperv-vfattach {vf} 0");
        await RenewedAsync();
        (await RunAsync($"systemctl is-active ifup@{First}.service")).Trim().ShouldBe("active");
        router.Dhcp.Count(DhcpType.Release).ShouldBe(0);
        await NobodyElseAsync(vf);
    }
}
