using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>What is kept of a pair that the kernel joins.</summary>
public class NetvscHistoryTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Theory, OnKernels(All = false)]
    public async Task Comings_goings_joins_and_the_path_are_recorded(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        var first = await HereAsync();
        await RevokeAndUnplugAsync();
        await PathAsync(vf: false);
        var second = await HereAsync();
        await RunAsync($"ping -q -c 20 -i 0.05 {Peer.V4} && hyperv-vfattach scan --repair && ping -q -c 20 -i 0.05 {Peer.V4} && hyperv-vfattach scan --repair");
        var history = await RunAsync("hyperv-vfattach status --history");
        Say(history);
        string[] lines = [.. history.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line[(line.IndexOf("Z  ", StringComparison.Ordinal) + 3)..])];
        lines.Where(line => !line.Contains("carries")).ShouldBe([
            $"{Name}  the VF {first} arrived", $"{Name}  joined: by the kernel", $"{Name}  the VF {first} left",
            $"{Name}  the VF {second} arrived", $"{Name}  joined: by the kernel",
        ]);
        lines[^1].ShouldBe($"{Name}  the VF carries the traffic (seen by the timer)");
        await StatusSaysAsync("the VF arrived 2 times and left once; ");
    }

    private async Task<string> HereAsync()
    {
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await IdleAsync();
        return vf;
    }
}
