using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A scenario with the product installed.</summary>
public abstract class ProductScenario(ITestOutputHelper output) : Scenario(output)
{
    /// <summary>The bond of the first pair.</summary>
    protected const string Bond = "bond-enp0s16";

    /// <summary>What stands in the configuration file besides the synthetic's driver.</summary>
    protected virtual string Settings => "";

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

    /// <summary>Waits until the product's log has a line with these words.</summary>
    protected async Task LoggedAsync(string words, int seconds = 20) => await RunAsync($"""
        timeout {Machine.Seconds(seconds)} sh -c 'until journalctl -t hyperv-vfattach -o cat | grep -q "{words}"; do sleep 0.1; done'
        """);

    /// <summary>What the product has logged.</summary>
    protected Task<string> LogAsync() => RunAsync("journalctl -t hyperv-vfattach -o cat --no-pager");

    /// <summary>Waits until nothing of the product is scheduled or at work.</summary>
    protected async Task IdleAsync(int seconds = 30) => await RunAsync($"""
        timeout {Machine.Seconds(seconds)} sh -c 'while systemctl list-units --no-legend --state=active,activating,waiting "hyperv-vfattach-[0-9]*" | grep -q .; do sleep 0.1; done'
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

    /// <summary>Everything that a person can see of the network, in a form that two moments can be compared by: without
    /// what passes by itself, and the queueing discipline that an interface keeps once it was switched on.</summary>
    protected async Task<string> NetworkAsync() => await RunAsync("""
        ip -d -o link | sed 's/qlen.*//; s/ qdisc [a-z_]*//'; ip -o address | sed 's/ tentative//'; ip route show table all; ip -6 route show table all
        ip rule; ip -6 rule; ip nexthop; ip neigh show nud permanent
        """);
}
