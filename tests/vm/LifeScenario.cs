using System.Globalization;
using HypervVfattach.Machines;
using HypervVfattach.Tests.Vm.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A guest, of a KVM host unless a test says otherwise, whose pair is joined, with a TCP connection that must survive whatever happens. Each test names the
/// join.</summary>
public abstract class LifeScenario(ITestOutputHelper output) : ProductScenario(output)
{
    /// <summary>A million bytes.</summary>
    protected const long Megabyte = 1_000_000;

    /// <summary>The VF that <see cref="PlugAsync"/> plugs.</summary>
    protected virtual Nic Card => Vf;

    private HostKind _host = HostKind.Kvm;

    /// <inheritdoc/>
    protected override HostKind HostKind => _host;

    /// <summary>The synthetic NIC's name in the guest.</summary>
    protected string Name { get; set; } = "";

    /// <inheritdoc/>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Starts the machine, gives it its addresses and routes, and opens the connection.</summary>
    protected async Task<GuestTransfer> BeginAsync(Join join, HostKind host = HostKind.Kvm)
    {
        _host = host;
        await StartAsync(Options with { Setup = Setup });
        await Machine.CopyAsync(Product.Settings($"{Settings}join = \"{join.ToString().ToLowerInvariant()}\"\n"));
        Name = await AddressAsync();
        await RouteAsync(Name);
        return await GuestTransfer.StartAsync(Machine, Peer.V4);
    }

    /// <summary>Plugs the VF and waits until it is the active path.</summary>
    /// <returns>The guest's name for it.</returns>
    protected async Task<string> PlugAsync()
    {
        await Machine.PlugAsync(Card);
        return await JoinedAsync();
    }

    /// <summary>Waits until the VF is the active path.</summary>
    /// <returns>The guest's name for it.</returns>
    protected async Task<string> JoinedAsync()
    {
        var vf = await Machine.NameAsync(Card);
        await ActivePathAsync($"{vf} (VF)");
        await IdleAsync();
        return vf;
    }

    /// <summary>Transfers this many bytes, and checks that this interface carries them in both directions.</summary>
    protected async Task CarriesAsync(string nic, GuestTransfer transfer, long bytes)
    {
        var before = await BytesAsync(nic);
        await transfer.PassAsync(bytes);
        var after = await BytesAsync(nic);
        Say($"{nic}: {after.Received - before.Received} bytes received, {after.Sent - before.Sent} sent for {bytes} of the stream");
        // A little may be under way on the other path when the counters are read.
        (after.Received - before.Received).ShouldBeGreaterThan(bytes * 9 / 10);
        (after.Sent - before.Sent).ShouldBeGreaterThan(bytes * 9 / 10);
    }

    /// <summary>Does something to the joined VF that takes it away and brings it back; the connection lives through it.</summary>
    /// <param name="join">The join.</param>
    /// <param name="eventAsync">Gets the guest's name of the VF.</param>
    protected async Task LiveAsync(Join join, Func<string, Task> eventAsync)
    {
        using var transfer = await BeginAsync(join);
        var vf = await PlugAsync();
        await CarriesAsync(vf, transfer, 5 * Megabyte);
        await eventAsync(vf);
        vf = await JoinedAsync();
        await CarriesAsync(vf, transfer, 5 * Megabyte);
        (await RunAsync($"ip -o address show dev {vf}")).ShouldBe("");
        await EndAsync(transfer);
    }

    /// <summary>Takes the VF's driver away, and gives it back.</summary>
    protected async Task RebindAsync()
    {
        var driver = (await RunAsync($"readlink -f /sys/bus/pci/devices/{Card.PciAddress}/driver")).Trim();
        await RunAsync($"echo {Card.PciAddress} >{driver}/unbind");
        await ActivePathAsync($"{Name} (synthetic)");
        await RunAsync($"echo {Card.PciAddress} >{driver}/bind");
    }

    /// <summary>Detaches the pair, and ends the connection.</summary>
    protected async Task EndAsync(GuestTransfer transfer)
    {
        await DetachAsync(Name, Card);
        await CarriesAsync(Name, transfer, Megabyte);
        Say($"{await transfer.StopAsync()} bytes each way, unchanged");
        await AnswersAsync();
    }

    private async Task<(long Received, long Sent)> BytesAsync(string nic)
    {
        var words = (await RunAsync($"cd /sys/class/net/{nic}/statistics && cat rx_bytes tx_bytes")).Split('\n');
        return (long.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture));
    }
}
