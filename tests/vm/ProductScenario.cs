using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A scenario with the product installed.</summary>
public abstract class ProductScenario(ITestOutputHelper output) : Scenario(output)
{
    /// <summary>The bond of the first pair.</summary>
    protected const string Bond = "bond-enp0s16";

    /// <summary>Settings in the configuration file besides the synthetic NIC's driver.</summary>
    /// <remarks>A KVM guest has no network between the arrival of a VF and its join.</remarks>
    protected virtual string Settings => IsKvm ? "delay = 0\n" : "";

    /// <inheritdoc/>
    protected override Setup? Setup => Product.Setup;

    /// <inheritdoc/>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (Settings.Length > 0)
            await Machine.CopyAsync(Product.Settings(Settings));
    }

    /// <summary>Waits until a bond sends through this interface.</summary>
    protected async Task CarriedByAsync(string port, string bond = Bond, int seconds = 20) => await RunAsync($"""
        timeout {Machine.Seconds(seconds)} sh -c 'until [ "$(cat /sys/class/net/{bond}/bonding/active_slave 2>/dev/null)" = {port} ]; do sleep 0.05; done'
        """);

    /// <summary>Waits until <c>status</c> names this interface as the active path.</summary>
    protected async Task ActivePathAsync(string name, int seconds = 60) => await RunAsync(
        $"timeout {Machine.Seconds(seconds)} sh -c 'until hyperv-vfattach status | grep -q \"carried by *{name}\"; do sleep 0.3; done'", TimeSpan.FromSeconds(seconds + 10));

    /// <summary>Waits until the product's log has a line with this text.</summary>
    protected async Task LoggedAsync(string words, int seconds = 20) => await RunAsync($"""
        timeout {Machine.Seconds(seconds)} sh -c 'until journalctl -t hyperv-vfattach -o cat | grep -q "{words}"; do sleep 0.1; done'
        """);

    /// <summary>Detaches the pair of this synthetic NIC. A KVM host takes the VF away first: it delivers to a VF that is there, and detach is
    /// refused.</summary>
    protected async Task DetachAsync(string synthetic, Nic? vf = null)
    {
        if (IsKvm && Machine.Wire.Has(vf ?? Vf))
            await Machine.UnplugAsync(vf ?? Vf);
        await RunAsync($"hyperv-vfattach detach {synthetic}");
    }

    /// <summary>The product's log.</summary>
    protected Task<string> LogAsync() => RunAsync("journalctl -t hyperv-vfattach -o cat --no-pager");

    /// <summary>The product's status of the pairs, whether they are healthy, degraded (6) or broken (7).</summary>
    protected Task<string> StatusAsync() => RunAsync("hyperv-vfattach status || case $? in 6 | 7) ;; *) false ;; esac");

    /// <summary>Waits until no run of the product is scheduled or active, nor is undone after its process died.</summary>
    protected async Task IdleAsync(int seconds = 30) => await RunAsync($"""
        timeout {Machine.Seconds(seconds)} sh -c 'while systemctl list-units --no-legend --state=active,activating,deactivating,waiting "hyperv-vfattach-[0-9]*" | grep -q .; do sleep 0.1; done'
        """);

    /// <summary>Plugs the VF and waits until it carries the pair's traffic.</summary>
    /// <returns>The guest's name for it.</returns>
    protected async Task<string> PlugAndJoinAsync()
    {
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await CarriedByAsync(vf);
        await IdleAsync();
        return vf;
    }

    /// <summary>Everything visible about the network, in a form in which two moments can be compared: without what changes by itself, and
    /// without the queueing discipline that an interface keeps once it was switched on.</summary>
    protected async Task<string> NetworkAsync() => await RunAsync("""
        ip -d -o link | sed 's/qlen.*//; s/ qdisc [a-z_]*//'; ip -o address | sed 's/ tentative//'; ip route show table all; ip -6 route show table all
        ip rule; ip -6 rule; ip nexthop; ip neigh show nud permanent
        """);
}
