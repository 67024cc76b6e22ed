using HypervVfattach.Machines;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A scenario with the product installed and set to redirect.</summary>
public abstract class RedirectScenario(ITestOutputHelper output) : ProductScenario(output)
{
    private int _joined;

    /// <inheritdoc/>
    protected override string Settings => base.Settings + "join = \"redirect\"\n";

    /// <summary>Plugs the VF and waits until the traffic is redirected through it.</summary>
    /// <returns>The guest's name for it.</returns>
    protected async Task<string> PlugAndRedirectAsync(Nic? nic = null)
    {
        await Machine.PlugAsync(nic ?? Vf);
        var vf = await Machine.NameAsync(nic ?? Vf);
        await LoggedAsync("is redirected through", ++_joined);
        await IdleAsync();
        return vf;
    }

    /// <summary>Waits until the product has logged this text this many times.</summary>
    protected async Task LoggedAsync(string words, int times, int seconds = 30) => await RunAsync($"""
        timeout {Machine.Seconds(seconds)} sh -c 'until [ "$(journalctl -t hyperv-vfattach -o cat | grep -c "{words}")" -ge {times} ]; do sleep 0.1; done'
        """);

    /// <summary>All configuration as shown by <c>ip</c>, except for what changes by itself and for one interface.</summary>
    protected async Task<string> ConfigurationAsync(string? but = null)
    {
        var all = await RunAsync("""
            ip -d -o link | sed 's/qlen.*//'; ip -o address | sed 's/valid_lft.*//'; ip route show table all; ip -6 route show table all
            ip rule; ip -6 rule; ip nexthop; ip neigh show nud permanent
            """);
        return but is null ? all
            : string.Join('\n', all.Split('\n').Where(line => !line.Contains($" {but} ") && !line.Contains($" {but}:")));
    }
}
