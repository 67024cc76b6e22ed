using System.Globalization;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>The time between the arrival of a VF and its join.</summary>
[Part(Part.Migration)]
public class DelayTests(ITestOutputHelper output) : ProductScenario(output)
{
    [Fact]
    public async Task The_delay_is_kept()
    {
        await AddressAsync();
        await Machine.CopyAsync(Product.Settings("delay = 6\n"));
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await PassAsync(3);
        (await Machine.TryAsync($"test -e /sys/class/net/{Bond}")).ExitCode.ShouldBe(1);
        await CarriedByAsync(vf);
        await IdleAsync();
        // On the guest's clock: from our log line to the kernel's. The time that a process of ours takes in this emulator under the current
        // load is measured as well.
        var seconds = await SecondsAsync("hyperv-vfattach.*in 6 s", $"{vf}.*Enslaving");
        var process = double.Parse(await RunAsync($"""
            from=$(cut -d ' ' -f 1 /proc/uptime); hyperv-vfattach --dry-run detach enp0s16 >/dev/null
            to=$(cut -d ' ' -f 1 /proc/uptime); echo "$to $from" | awk '{"{"} print $1 - $2 {"}"}'
            """), CultureInfo.InvariantCulture);
        Say($"joined {seconds} s after the hook; a process of ours takes {process} s here");
        // The join is longer than that process, and on a KVM host it may ask for a second.
        seconds.ShouldBeInRange(6.0, (IsKvm ? 9.0 : 8.0) + 5 * process);
    }

    private async Task<double> SecondsAsync(string from, string to) => double.Parse(await RunAsync($"""
        journalctl -b -o short-monotonic --no-pager >/run/journal.txt
        first() {"{"} sed -n 's/^\[ *\([0-9.]*\)\].*'"$1"'.*/\1/p' /run/journal.txt | tail -n 1; {"}"}
        echo "$(first '{to}') $(first '{from}')" | awk '{"{"} print $1 - $2 {"}"}'
        """), CultureInfo.InvariantCulture);

    [Fact]
    public async Task By_hand_with_a_delay()
    {
        await AddressAsync();
        await RunAsync("mv /etc/udev/rules.d/61-hyperv-vfattach-pci.rules /root; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await PassAsync(3);
        (await Machine.TryAsync($"test -e /sys/class/net/{Bond}")).ExitCode.ShouldBe(1);
        await RunAsync($"hyperv-vfattach {vf} 5");
        (await Machine.TryAsync($"test -e /sys/class/net/{Bond}")).ExitCode.ShouldBe(1);
        await CarriedByAsync(vf);
    }

    [Fact]
    public async Task The_vf_is_renamed_while_the_delay_runs()
    {
        await AddressAsync();
        await Machine.CopyAsync(Product.Settings("delay = 5\n"));
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await RunAsync($"ip link set {vf} name wanderer");
        await CarriedByAsync("wanderer");
    }

    [Fact, Core]
    public async Task The_vf_goes_while_the_delay_runs()
    {
        await AddressAsync();
        await Machine.CopyAsync(Product.Settings("delay = 5\n"));
        await Machine.PlugAsync(Vf);
        await Machine.NameAsync(Vf);
        await Machine.UnplugAsync(Vf);
        await PassAsync(6);
        await IdleAsync();
        (await Machine.TryAsync($"test -e /sys/class/net/{Bond}")).ExitCode.ShouldBe(1);
        (await RunAsync("systemctl list-units --failed --no-legend 'hyperv-vfattach*' | wc -l")).Trim().ShouldBe("0");
        await RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4}");
    }

    [Fact, Core]
    public async Task A_dry_run_changes_nothing()
    {
        await AddressAsync();
        await RunAsync("rm /etc/udev/rules.d/61-hyperv-vfattach-pci.rules; udevadm control --reload");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        var before = await NetworkAsync();
        var plan = await RunAsync($"hyperv-vfattach --dry-run {vf}");
        Say(plan);
        plan.ShouldContain(Bond);
        plan.ShouldContain(V4.ToString());
        await PassAsync(3);
        (await NetworkAsync()).ShouldBe(before);
        (await Machine.TryAsync("test -e /run/hyperv-vfattach")).ExitCode.ShouldBe(1);
    }
}
