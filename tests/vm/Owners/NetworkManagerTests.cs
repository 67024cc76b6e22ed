using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <inheritdoc/>
[Part(Part.OwnersNone)]
public sealed class NetworkManagerUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedTests(output, table, new NetworkManager());

/// <inheritdoc/>
[Part(Part.OwnersRedirect)]
public sealed class NetworkManagerRedirectTests(ITestOutputHelper output, OwnerTable table)
    : NetworkManagerJoinedTests(output, table, Join.Redirect)
{
    /// <inheritdoc/>
    [Core]
    public override Task A_vf_that_is_there_before_the_first_lease() => base.A_vf_that_is_there_before_the_first_lease();
}

/// <inheritdoc/>
[Part(Part.OwnersBond)]
public sealed class NetworkManagerBondTests(ITestOutputHelper output, OwnerTable table)
    : NetworkManagerJoinedTests(output, table, Join.Bond)
{
    /// <inheritdoc/>
    [Core]
    public override Task A_lease_lives_on_whatever_happens_to_the_vf_and_to_its_owner() => base.A_lease_lives_on_whatever_happens_to_the_vf_and_to_its_owner();
}

/// <summary>A behaviour of NetworkManager only: it generates a profile for every new NIC.</summary>
public abstract class NetworkManagerJoinedTests(ITestOutputHelper output, OwnerTable table, Join join)
    : JoinedOnBusTests(output, table, new NetworkManager(), join)
{
    [Fact]
    public async Task A_vf_that_it_took_before_there_was_a_synthetic_to_know_it_by()
    {
        const string rules = "/etc/udev/rules.d/61-hyperv-vfattach-pci.rules";
        await StartMachineAsync();
        await StartRouterAsync();
        await StartOwnerAsync(Method.Dhcp, First);
        var before = await ConfiguredAsync();
        // As at a boot where the VF's driver is faster and NetworkManager starts in between.
        await RunAsync($"mv {rules} /run/away; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await RunAsync($"timeout {Machine.Seconds(50)} sh -c 'until ip -4 -o address show dev {vf} | grep -q .; do sleep 0.2; done'");
        await RunAsync($"mv /run/away {rules}; udevadm control --reload");

        await RunAsync($"hyperv-vfattach {vf}");
        using var probe = await StartProbeAsync("join");
        await SendsByAsync(Vf);
        await IdleAsync();
        probe.Mark("joined");
        await RenewedAsync(2);
        await StillAsync(before);
        (await RunAsync($"ip -o address show dev {vf}")).ShouldBe("");
        await StopAsync(probe, "VF taken by the owner");
    }
}
