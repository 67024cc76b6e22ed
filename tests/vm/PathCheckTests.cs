using System.Globalization;
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

    // The core's only joins on a KVM host.
    [Theory, Core]
    [InlineData("bond")]
    [InlineData("redirect")]
    public async Task The_synthetic_carries_the_traffic_until_the_switch_works_again(string join)
    {
        await SettingsAsync(join, "gateway");
        var name = await AddressAsync();
        await RunAsync($"ip route add default via {Peer.V4} dev {name}");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await ActivePathAsync($"{vf} (VF)");
        await IdleAsync();
        await StateAsync($"path check: {Peer.V4} is asked through {vf} each second");

        // Its carrier stays.
        var taken = $"does not answer through {vf}, but through {name}";
        var begun = await SecondsAsync("date +%s.%N");
        Machine.Wire[Vf.Id].On = false;
        await LoggedAsync(taken, seconds: 30);
        var passed = await SecondsAsync($"journalctl -t hyperv-vfattach -o short-unix --no-pager | grep '{taken}' | cut -d ' ' -f 1") - begun;
        Say($"{join}: the path was switched {passed:0.0} s after its failure; this machine counts {Machine.Seconds(5)} s as 5");
        // hyperv-vfattach.toml(5).
        passed.ShouldBeInRange(2, Machine.Seconds(5));
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

        await RunAsync($"hyperv-vfattach status --history | grep -F 'the synthetic NIC carries the traffic: {Peer.V4} did not answer through {vf}'");
        await RunAsync($"hyperv-vfattach status --history | grep -F 'the VF carries the traffic: {Peer.V4} answers through {vf} again'");

        // A restart goes on, also without the neighbour's answer.
        var unit = $"hyperv-vfattach-path@{Synthetic.Mac}.service";
        await RunAsync($"systemctl restart {unit}");
        Machine.Wire[Vf.Id].On = false;
        await ActivePathAsync(name);
        await RunAsync($"systemctl restart {unit} && sleep 3");
        await ActivePathAsync(name);
        // The setting goes, and the VF stays out of use as long as its path is dead.
        await SettingsAsync(join, "off");
        await EndedAsync();
        await ActivePathAsync(name);
        await StateAsync($"the check has ended, and the timer uses {vf} again when a gateway answers through it");
        await RunAsync("hyperv-vfattach scan --event --repair");
        await ActivePathAsync(name);
        await AnswersAsync();
        Machine.Wire[Vf.Id].On = true;
        await RunAsync("hyperv-vfattach scan --event --repair");
        await ActivePathAsync($"{vf} (VF)");
        await AnswersAsync();

        await SettingsAsync(join, "gateway");
        await RunAsync("hyperv-vfattach scan --event --repair");
        await StateAsync($"path check: {Peer.V4} is asked through {vf} each second");
        // A mistake ends it, and is logged once.
        await SettingsAsync(join, "sideways");
        await RunAsync($"timeout {Machine.Seconds(30)} sh -c 'until systemctl is-failed -q {unit}; do sleep 0.3; done'");
        await SettingsAsync(join, "gateway");
        await RunAsync("hyperv-vfattach scan --event --repair");
        await StateAsync($"path check: {Peer.V4} is asked through {vf} each second");

        await Machine.UnplugAsync(Vf);
        await RunAsync($"hyperv-vfattach detach {name}");
        await EndedAsync();
        (await RunAsync("systemctl is-failed hyperv-vfattach-path@* || true")).ShouldNotContain("failed");
    }

    private async Task SettingsAsync(string join, string check) =>
        await Machine.CopyAsync(Product.Settings($"join = \"{join}\"\ndelay = 0\npath_check = \"{check}\"\n"));

    private async Task<double> SecondsAsync(string command) => double.Parse(await RunAsync(command), CultureInfo.InvariantCulture);

    private async Task EndedAsync() =>
        await RunAsync($"timeout {Machine.Seconds(30)} sh -c 'while systemctl is-active -q hyperv-vfattach-path@{Synthetic.Mac}; do sleep 0.3; done'");

    private async Task StateAsync(string words) => await RunAsync($"""
        timeout {Machine.Seconds(30)} sh -c 'until hyperv-vfattach status | tr "\n" " " | tr -s " " | grep -qF "{words}"; do sleep 0.5; done'
        """);
}
