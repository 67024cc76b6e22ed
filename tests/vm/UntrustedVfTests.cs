using System.Net.NetworkInformation;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A card that does not trust its VF, on a host that delivers to the VF only: the VF receives what the guest's kernel put into its
/// list, and nothing else.</summary>
/// <remarks>qemu knows the list of a virtio NIC only. So the synthetic NIC is another model here.</remarks>
[Part(Part.Redirect)]
public class UntrustedVfTests(ITestOutputHelper output) : ProductScenario(output)
{
    private static readonly Nic s_synthetic = Synthetic with { Model = "e1000" };
    private static readonly Nic s_vf = Nic.Vf(model: "virtio-net-pci");

    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;

    /// <inheritdoc/>
    protected override MachineOptions Options => new() { Synthetics = [s_synthetic] };

    [Fact]
    public async Task IPv6_neighbours_reach_the_guest_through_the_vf()
    {
        await Machine.CopyAsync(Product.Settings("join = \"redirect\"\ndelay = 0\n", driver: "e1000"));
        var name = await Machine.NameAsync(s_synthetic);
        await AddressAsync(name);
        await Machine.PlugAsync(s_vf);
        Machine.Distrust(s_vf);
        var vf = await Machine.NameAsync(s_vf);
        await ActivePathAsync($"{vf} (VF)");
        await IdleAsync();
        (await LogAsync()).ShouldContain($"{vf} receives what IPv6 neighbours ask for {name}");
        (await Machine.RxFilterAsync(s_vf)).TakesAllMulticasts.ShouldBeTrue("it is told so, too, but that does not count here");

        await AnswersAsync();
        // From now on the host delivers nothing to the synthetic NIC.
        Machine.Wire[s_synthetic.Id].On = false;
        (await ReachesAsync($"{V6}")).ShouldBeTrue();

        // The group of a new address is not in the list until the next scan.
        await RunAsync($"ip address add fd77::99:9999/64 dev {name} nodad");
        (await ReachesAsync("fd77::99:9999")).ShouldBeFalse();
        await RunAsync("hyperv-vfattach scan --repair");
        (await Machine.RxFilterAsync(s_vf)).Groups.ShouldContain(PhysicalAddress.Parse("33:33:ff:99:99:99"));
        (await ReachesAsync("fd77::99:9999")).ShouldBeTrue();

        // What the synthetic NIC does not receive any more, the VF does not either.
        await RunAsync($"ip address del fd77::99:9999/64 dev {name}; hyperv-vfattach scan --repair");
        (await Machine.RxFilterAsync(s_vf)).Groups.ShouldNotContain(PhysicalAddress.Parse("33:33:ff:99:99:99"));
    }
}
