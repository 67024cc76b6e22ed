using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>What is kept of what happens to a pair.</summary>
[Part(Part.Migration)]
public class HistoryTests(ITestOutputHelper output) : ProductScenario(output)
{
    [Fact]
    public async Task A_migration_is_recorded_and_a_full_disk_costs_no_join()
    {
        await AddressAsync();
        var vf = await PlugAndJoinAsync();
        await Machine.UnplugAsync(Vf);
        await HistoryAsync($"the VF {vf} left");
        await PlugAndJoinAsync();
        await HistoryAsync("again");
        var history = await RunAsync("hyperv-vfattach status --history");
        Say(history);
        // The timer may have seen the path meanwhile.
        history.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains("carries"))
            .Select(line => line[(line.IndexOf("Z  ", StringComparison.Ordinal) + 3)..]).ShouldBe([
                $"enp0s16  the VF {vf} arrived", $"enp0s16  joined: enp0s16 and {vf} are joined in {Bond}",
                $"enp0s16  the VF {vf} left", $"enp0s16  the VF {vf} arrived", $"enp0s16  joined: {vf} is a port of {Bond} again",
            ]);
        (await RunAsync("su nobody -s /bin/sh -c '/usr/local/sbin/hyperv-vfattach status --history'")).ShouldContain($"the VF {vf} left");
        (await StatusAsync()).ShouldContain("the VF arrived 2 times and left once; ");

        // A disk that is full in the middle of an entry, and one that is read-only.
        await RunAsync("""
            cd /var/lib/hyperv-vfattach; cp history /root; mount -t tmpfs -o size=8k none .; cd .; cp /root/history .
            touch history.lock; dd if=/dev/zero bs=1 count=4096 of=fill 2>/dev/null; head -c 4000 /dev/zero | tr '\0' '\n' >>history || true
            """);
        await Machine.UnplugAsync(Vf);
        await CarriedByAsync("enp0s16");
        await PlugAndJoinAsync();
        await RunAsync("mount -o remount,ro /var/lib/hyperv-vfattach");
        await Machine.UnplugAsync(Vf);
        await CarriedByAsync("enp0s16");
        await PlugAndJoinAsync();
        await RunAsync("umount /var/lib/hyperv-vfattach");
        await DetachAsync("enp0s16");
        (await RunAsync("hyperv-vfattach status --history")).ShouldContain("detached: ");
        (await LogAsync()).ShouldNotContain("history");
    }

    private async Task HistoryAsync(string words) => await RunAsync($"""
        timeout {Machine.Seconds(20)} sh -c 'until hyperv-vfattach status --history | grep -q "{words}"; do sleep 0.1; done'
        """);
}
