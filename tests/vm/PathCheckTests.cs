using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A switch behind the VF that carries nothing more, while the VF has its carrier.</summary>
[Part(Part.Redirect)]
public class PathCheckTests(ITestOutputHelper output) : ProductScenario(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.Kvm;

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public async Task The_synthetic_carries_the_traffic_until_the_switch_works_again(string join)
    {
        await Machine.CopyAsync(Product.Settings($"join = \"{join}\"\ndelay = 0\npath_check = \"gateway\"\n"));
        var name = await AddressAsync();
        await RunAsync($"ip route add default via {Peer.V4} dev {name}");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await ActivePathAsync($"{vf} (VF)");
        await IdleAsync();
        await StateAsync($"path check: {Peer.V4} is asked through {vf} each second");

        // Its carrier stays.
        Machine.Wire[Vf.Id].On = false;
        await LoggedAsync($"does not answer through {vf}, but through {name}", seconds: 30);
        (await RunAsync($"cat /sys/class/net/{vf}/carrier")).Trim().ShouldBe("1");
        await AnswersAsync();
        await ActivePathAsync(name);
        await StateAsync($"path check: {vf} is out of use until {Peer.V4} answers through it again");
        // What the timer does each minute.
        await RunAsync("hyperv-vfattach scan --event --repair");
        await ActivePathAsync(name);

        Machine.Wire[Vf.Id].On = true;
        await LoggedAsync($"answers through {vf} again", seconds: 60);
        await ActivePathAsync($"{vf} (VF)");
        await AnswersAsync();

        await Machine.UnplugAsync(Vf);
        await RunAsync($"hyperv-vfattach detach {name}");
        await RunAsync($"timeout {Machine.Seconds(30)} sh -c 'while systemctl is-active -q hyperv-vfattach-path@{Synthetic.Mac}; do sleep 0.3; done'");
        (await RunAsync("systemctl is-failed hyperv-vfattach-path@* || true")).ShouldNotContain("failed");
    }

    private async Task StateAsync(string words) => await RunAsync($"""
        timeout {Machine.Seconds(30)} sh -c 'until hyperv-vfattach status | tr "\n" " " | tr -s " " | grep -qF "{words}"; do sleep 0.5; done'
        """);
}
