using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>Throw-away experiments with owners of the synthetic's configuration.</summary>
public class HandOverTests(ITestOutputHelper output) : ProductScenario(output)
{
    private string _leases = "";

    private async Task ServeAsync(int seconds = 120)
    {
        _leases = Path.Combine(Path.GetTempPath(), $"ho-{Environment.ProcessId}-{Guid.NewGuid():n}");
        Machine.Peer.Namespace.Start("dnsmasq", "-k", "-p0", "-C", "/dev/null", "-i", Peer.Interface, "--log-dhcp",
            $"--dhcp-range=10.77.0.50,10.77.0.99,{seconds}", $"--dhcp-option=3,{Peer.V4}", $"--dhcp-leasefile={_leases}.leases",
            $"--log-facility={_leases}.log", "-x", $"{_leases}.pid");
        await PassAsync(1);
    }

    private void Served() => Say("--- dnsmasq\n" + string.Join('\n', File.ReadAllLines(_leases + ".log")
        .Where(line => System.Text.RegularExpressions.Regex.IsMatch(line, "DHCP[A-Z]+\\(|DHCP[A-Z]+ "))));

    private async Task LookAsync(string what) => Say($"--- {what}\n" + await RunAsync(
        "ip -br link; ip -4 addr | grep -A1 inet; ip -4 route; pgrep -a dhclient; pgrep -a dhcpcd; networkctl --no-pager; cat /run/systemd/netif/leases/*; ls /run/systemd/network; hyperv-vfattach status; true"));

    private async Task<string> Lease() => (await RunAsync("ip -4 -o addr show scope global | awk '{print $2, $4}' | grep -v ^lo")).Trim();

    [Fact]
    public async Task Dhclient_by_ifupdown()
    {
        await ServeAsync();
        var name = await Machine.NameAsync(Synthetic);
        await RunAsync($"echo 'iface {name} inet dhcp' >> /etc/network/interfaces; ifup {name}");
        await WholeAsync(name);
    }

    [Fact]
    public async Task Dhclient_by_ifupdown_hotplug()
    {
        await ServeAsync();
        var name = await Machine.NameAsync(Synthetic);
        await RunAsync($"echo 'allow-hotplug {name}\niface {name} inet dhcp' >> /etc/network/interfaces; systemctl start ifup@{name}.service; until pgrep dhclient >/dev/null && ip route | grep -q default; do sleep 0.2; done; systemctl cat ifup@.service");
        await WholeAsync(name);
    }

    [Fact]
    public async Task Networkd()
    {
        await ServeAsync();
        var name = await Machine.NameAsync(Synthetic);
        await RunAsync($"printf '[Match]\\nName={name}\\n[Network]\\nDHCP=yes\\n' > /etc/systemd/network/20-wired.network; mkdir -p /etc/systemd/network/20-wired.network.d; printf '[DHCPv4]\\nRouteMetric=77\\n' > /etc/systemd/network/20-wired.network.d/metric.conf; systemctl start systemd-networkd; until ip route | grep -q default; do sleep 0.2; done; cat /run/systemd/netif/links/* /run/systemd/netif/leases/*");
        await PassAsync(1);
        await WholeAsync(name);
        Say(await RunAsync("ls /run/systemd/network; networkctl; networkctl reload; sleep 3; ip addr; ip route; cat /run/systemd/netif/links/*"));
        Served();
    }

    private async Task WholeAsync(string name)
    {
        var address = (await Lease()).Split(' ', '/')[1];
        await LookAsync("before");
        Say(await RunAsync($"ping -q -c 1 {Peer.V4}; hyperv-vfattach --verbose --dry-run {name} 0; true"));
        using var probe = Probe.Start(Machine.Peer, "idle", System.Net.IPAddress.Parse(address));
        await PassAsync(1);
        probe.Mark("join");
        await Machine.PlugAsync(Vf);
        await PassAsync(8);
        probe.Mark("joined");
        await LookAsync("joined");
        Say(await LogAsync());
        probe.Mark("VF away and back");
        await Machine.UnplugAsync(Vf);
        await PassAsync(1);
        await Machine.PlugAsync(Vf);
        await PassAsync(6);
        await LookAsync("back");
        probe.Mark("detach");
        Say((await Machine.TryAsync($"hyperv-vfattach --verbose detach {name}")).ToString());
        await PassAsync(2);
        await LookAsync("detached");
        probe.Mark("after");
        await PassAsync(1);
        await StopAsync(probe);
        Served();
        Say(await RunAsync("journalctl -b -o short-monotonic --no-pager | grep -v kernel: | tail -120"));
    }
}
