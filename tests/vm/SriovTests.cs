using HypervVfattach.Machines;
using HypervVfattach.Tests.Vm.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A real SR-IOV VF that the host does not trust (<see cref="SriovHost"/>): the card refuses it further unicast addresses, and the VF's
/// driver does not even ask for all multicasts.</summary>
[Part(Part.Kvm)]
public class SriovTests(ITestOutputHelper output) : TransferScenario(output)
{
    /// <inheritdoc/>
    protected override Nic Card { get; } = Nic.CardVf();

    /// <inheritdoc/>
    protected override MachineOptions Options => base.Options with { Sriov = true };

    /// <summary>Without a lost carrier: with this qemu only the PF's driver notices it.</summary>
    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public Task A_stream_survives_the_join_two_removals_and_the_detach(Join join) =>
        LivesThroughItAsync(join, HostKind.Kvm, 10, hasCarrier: false);

    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public Task Its_driver_is_unbound_and_bound(Join join) => LiveAsync(join, _ => RebindAsync());

    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public async Task IPv6_goes_on_for_minutes_nothing_arrives_twice_and_detach_leaves_nothing(Join join)
    {
        using var transfer = await BeginAsync(join);
        var before = await NetworkAsync();
        var vf = await PlugAsync();
        (await RunAsync($"cat /sys/class/net/{vf}/address; ethtool -i {vf}")).ShouldSatisfyAllConditions(
            shown => shown.ShouldStartWith(Synthetic.Mac), shown => shown.ShouldContain("driver: igbvf"));
        (await new SriovHost(Machine).ShowAsync()).ShouldSatisfyAllConditions(
            shown => shown.ShouldContain(Synthetic.Mac), shown => shown.ShouldContain("spoof checking on"), shown => shown.ShouldContain("trust off"));
        (await LogAsync()).ShouldNotContain("not verified: nothing answers");
        await OnceAsync();

        // From now on only what the VF receives arrives.
        Machine.Wire[Synthetic.Id].On = false;
        for (var third = 0; third < 6; third++)
        {
            (await ReachesAsync($"{V6}")).ShouldBeTrue();
            await AnswersAsync();
            await PassAsync(20);
        }
        if (join == Join.Redirect)
        {
            // The card does not deliver all multicasts. A bond has the kernel keep the list in step.
            await RunAsync($"ip address add fd77::99:9999/64 dev {Name} nodad");
            (await ReachesAsync("fd77::99:9999")).ShouldBeFalse();
            await RunAsync("hyperv-vfattach scan --repair");
            (await ReachesAsync("fd77::99:9999")).ShouldBeTrue();
            await RunAsync($"ip address del fd77::99:9999/64 dev {Name}");
        }
        var status = await StatusAsync();
        Say(status);
        status.ShouldContain("[healthy]");
        Machine.Wire.Spoofed.ShouldBe(0);

        Machine.Wire[Synthetic.Id].On = true;
        await Machine.UnplugAsync(Card);
        await RunAsync($"hyperv-vfattach detach {Name}");
        await AnswersAsync();
        (await NetworkAsync()).ShouldBe(before);
        Say($"{await transfer.StopAsync()} bytes each way, unchanged");
    }

    [Fact]
    public async Task A_macvlan_whose_address_the_card_refuses_has_its_network_by_the_synthetic_NIC()
    {
        using var transfer = await BeginAsync(Join.Redirect);
        await RunAsync($"""
            ip netns add guest; ip link add mv0 link {Name} address 02:00:00:00:77:01 type macvlan mode bridge; ip link set mv0 netns guest
            ip -n guest address add 10.77.0.3/24 dev mv0; ip -n guest link set mv0 up
            """);
        for (var migration = 0; migration < 2; migration++)
        {
            var vf = await PlugAsync();
            (await RunAsync("dmesg")).ShouldContain("VF 0 requested MAC filter but is administratively denied");
            await RunAsync($"ip netns exec guest ping -q -c 5 -i 0.1 -W 2 {Peer.V4}");
            await CarriesAsync(vf, transfer, Megabyte);
            (await StatusAsync()).ShouldContain("[healthy]");
            await Machine.UnplugAsync(Card, surprise: true);
            await ActivePathAsync($"{Name} (synthetic)");
            await RunAsync($"ip netns exec guest ping -q -c 5 -i 0.1 -W 2 {Peer.V4}");
        }
        // The VF sends with its own address only.
        Machine.Wire.Spoofed.ShouldBe(0);
    }

    [Theory]
    [InlineData(Join.Bond)]
    [InlineData(Join.Redirect)]
    public async Task A_vf_that_gets_another_address_from_the_host_is_out_of_use_with_a_path_check(Join join)
    {
        using var transfer = await BeginAsync(join);
        await Machine.CopyAsync(Product.Settings($"{Settings}join = \"{join.ToString().ToLowerInvariant()}\"\npath_check = \"gateway\"\n"));
        var host = new SriovHost(Machine);
        var vf = await PlugAsync();
        await CarriesAsync(vf, transfer, Megabyte);
        await host.SetAsync("trust on");
        await host.SetAsync("trust off");
        await CarriesAsync(vf, transfer, Megabyte);

        // The guest's driver is not told.
        await host.SetMacAsync("52:54:00:77:00:99");
        await ActivePathAsync($"{Name} (synthetic)");
        await AnswersAsync();
        await CarriesAsync(Name, transfer, Megabyte);
        await host.SetMacAsync(Card.Mac);
        await ActivePathAsync($"{vf} (VF)");
        await CarriesAsync(vf, transfer, Megabyte);

        // A driver that starts anew learns the address.
        await host.SetMacAsync("52:54:00:77:00:99");
        await RebindAsync();
        vf = await Machine.NameAsync(Card);
        var words = $"{vf} (igbvf) is a VF, but has the address 52:54:00:77:00:99 and not that of {Name}";
        await RunAsync($"timeout {Machine.Seconds(20)} sh -c 'until hyperv-vfattach status | grep -qF \"{words}\"; do sleep 0.5; done'");
        await EndAsync(transfer);
    }
}
