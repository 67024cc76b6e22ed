using System.Text.RegularExpressions;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>What a person sees of <c>status</c> and <c>doctor</c> at a terminal of 80 columns, in six situations of a guest of Hyper-V.</summary>
/// <remarks>tests/pictures/run.sh draws what is captured here as PNG.</remarks>
public partial class NetvscPicturesTests(ITestOutputHelper output) : NetvscScenario(output)
{
    private static readonly string s_directory = Path.Combine(Repository.Top, "artifacts", "pictures");

    private string _text = "";

    [Theory, OnKernels(All = false)]
    public async Task Six_pictures(string kernel, bool product)
    {
        Directory.CreateDirectory(s_directory);
        await StartAsync(kernel, product);
        await CaptureAsync("1-no-vf", "status");
        await Host.OnSwitchAsync(Adapter, "ignore");
        var vf = await OfferAndPlugAsync();
        await RunAsync($"timeout {Machine.Seconds(20)} sh -c 'until [ -e /sys/class/net/{vf}/master ]; do sleep 0.1; done'");
        await IdleAsync();
        await RunAsync($"ping -q -i 0.05 {Peer.V4} >/dev/null 2>&1 & sleep 1");
        await CaptureAsync("2-not-switched", "status");
        await CaptureAsync("3-not-switched-doctor", "doctor");
        await Host.OnSwitchAsync(Adapter, "answer");
        await RunAsync($"ip link set {vf} down; ip link set {vf} up");
        await PathAsync(vf: true);
        await PassAsync(1);
        await CaptureAsync("4-healthy", "status");
        await RunAsync($"ip address add 10.77.0.3/24 dev {vf}; ip route add default via {Peer.V4} dev {vf} metric 7");
        await CaptureAsync("5-address", "status");
        await CaptureAsync("6-address-doctor", "doctor");
        _text.ShouldMatchApproved(c => c.NoDiff().LocateTestMethodUsingAttribute<TheoryAttribute>());
    }

    private async Task CaptureAsync(string name, string command)
    {
        // script(1) gives the command a terminal.
        var screen = await RunAsync($"TERM=xterm script -q -e -c 'stty columns 80 rows 60; hyperv-vfattach {command}' /dev/null </dev/null || case $? in 6 | 7) ;; *) false ;; esac");
        await File.WriteAllTextAsync(Path.Combine(s_directory, $"{name}.ansi"), $"$ hyperv-vfattach {command}\n{screen}", TestContext.Current.CancellationToken);
        var plain = ConsoleText.Plain(screen.ReplaceLineEndings("\n"));
        plain.Split('\n').ShouldAllBe(line => line.Length <= 80);
        _text += $"({name})\n{Volatile(plain)}\n";
    }

    // Counters, shares and moments differ from run to run, and with their lengths the breaks.
    private static string Volatile(string text) => Moment().Replace(Number().Replace(Share().Replace(text, " N %"), "N"), "TIME");

    [GeneratedRegex(" *[<>]?[0-9]+ %( of [0-9]+)?")]
    private static partial Regex Share();

    [GeneratedRegex("[0-9]+(?= packets| out| ms)")]
    private static partial Regex Number();

    [GeneratedRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}\\s+[0-9]{2}:[0-9]{2}Z")]
    private static partial Regex Moment();
}
