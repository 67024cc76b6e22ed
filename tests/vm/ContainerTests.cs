using HypervVfattach.Machines;
using HypervVfattach.Tests.Vm.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>Containers on top of the synthetic NIC during live migrations of a redirect: their frames have addresses of their own, which a VF
/// must not send with.</summary>
[Part(Part.Lives)]
public class ContainerTests(ITestOutputHelper output) : LifeScenario(output)
{
    private const string Inside = "ip netns exec container ";

    [Fact]
    public async Task Behind_a_bridge() => await MigrateAsync(async () =>
    {
        await RunAsync($"""
            ip link add br0 address {Synthetic.Mac} type bridge; ip address flush dev {Name}; ip link set {Name} master br0
            ip address add {V4}/24 dev br0; ip address add {V6}/64 dev br0 nodad; ip link set br0 up
            ip link add tap0 type veth peer name eth0 netns container address 02:00:00:00:77:02; ip link set tap0 master br0 up
            ip -n container address add 10.77.0.4/24 dev eth0; ip -n container link set eth0 up
            """);
        return "br0";
    });

    [Fact]
    public async Task On_a_macvlan() => await MigrateAsync(async () =>
    {
        await RunAsync($"""
            ip link add mv0 link {Name} address 02:00:00:00:77:01 type macvlan mode bridge; ip link set mv0 netns container
            ip -n container address add 10.77.0.4/24 dev mv0; ip -n container link set mv0 up
            """);
        return Name;
    });

    private async Task MigrateAsync(Func<Task<string>> connectAsync)
    {
        await StartAsync(Options with { Setup = Setup });
        await Machine.CopyAsync(Product.Settings($"{Settings}join = \"redirect\"\n"));
        // Hyper-V drops the frames of containers otherwise.
        Machine.Wire[Synthetic.Id].MacSpoofing = true;
        await AddressAsync(Name = await Machine.NameAsync(Synthetic));
        await RunAsync("ip netns add container");
        await connectAsync();
        await RunAsync($"until ping -q -c 1 -W 1 {Peer.V4} && {Inside} ping -q -c 1 -W 1 {Peer.V4}; do sleep 0.1; done");
        using var own = await GuestTransfer.StartAsync(Machine, Peer.V4);
        using var container = await GuestTransfer.StartAsync(Machine, Peer.V4, Inside);
        for (var migration = 0; migration < 3; migration++)
        {
            var vf = await PlugAsync();
            await CarriesAsync(vf, own, Megabyte);
            await CarriesAsync(Name, container, Megabyte);
            await KnownAsync();
            await Machine.UnplugAsync(Vf, surprise: true);
            await ActivePathAsync($"{Name} (synthetic)");
            await CarriesAsync(Name, own, Megabyte);
            await container.PassAsync(Megabyte);
            await KnownAsync();
        }
        await RunAsync($"hyperv-vfattach detach {Name}");
        Say($"{await own.StopAsync()} and {await container.StopAsync()} bytes each way, unchanged");
        Machine.Wire.Spoofed.ShouldBe(0);
    }

    // The guest's bridge has not learned its own container at the uplink, from a broadcast that came back.
    private async Task KnownAsync()
    {
        await RunAsync($"{Inside} ping -q -b -c 3 -i 0.2 -W 1 10.77.0.255 || true");
        (await RunAsync("bridge fdb show")).ShouldNotContain($"02:00:00:00:77:02 dev {Name} ");
    }
}
