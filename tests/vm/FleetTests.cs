using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>What install/fleet has, in a guest.</summary>
[Part(Part.Redirect)]
public class FleetTests(ITestOutputHelper output) : RedirectScenario(output)
{
    private const string Service = "hyperv-vfattach-textfile.service";
    private const string Metrics = "/var/lib/prometheus/node-exporter/hyperv-vfattach.prom";

    /// <remarks>The sandbox of the unit must let it see what root sees: the journal, the history and where a redirect sends.</remarks>
    [Fact]
    public async Task The_textfile_service_sees_in_its_sandbox_what_root_sees()
    {
        var name = await AddressAsync();
        // Without node_exporter's directory it is nothing to do.
        await RunAsync($"systemctl start {Service}; systemctl show -P ConditionResult {Service} | grep -qx no");
        // As in Debian, where the exporter is not root.
        await RunAsync("install -d -o nobody /var/lib/prometheus/node-exporter");
        var vf = await PlugAndRedirectAsync();
        (await MetricsAsync()).ShouldSatisfyAllConditions(
            metrics => metrics.ShouldContain($"vf=\"{vf}\",aggregate=\"\",state=\"redirect\"}} 1\n"),
            metrics => metrics.ShouldContain($"hyperv_vfattach_carried_by_vf{{mac=\"{Synthetic.Mac}\",synthetic=\"{name}\"}} 1\n"),
            metrics => metrics.ShouldContain($"hyperv_vfattach_vf_expected{{mac=\"{Synthetic.Mac}\",synthetic=\"{name}\"}} 1\n"),
            metrics => metrics.ShouldContain($"hyperv_vfattach_changed_timestamp_seconds{{mac=\"{Synthetic.Mac}\",synthetic=\"{name}\"}} 1"));

        (await RunAsync($"cat /sys/class/net/{vf}/ifalias")).ShouldBe($"hyperv-vfattach: VF of {name}\n");

        // Degraded, which is no failure of the service.
        await RunAsync($"hyperv-vfattach detach {name}");
        (await RunAsync($"cat /sys/class/net/{vf}/ifalias")).ShouldBe("");
        (await MetricsAsync()).ShouldContain($"hyperv_vfattach_health{{mac=\"{Synthetic.Mac}\",synthetic=\"{name}\"}} 1\n");
        (await RunAsync($"systemctl show -P Result {Service}")).ShouldBe("success\n");

        await Machine.UnplugAsync(Vf);
        var away = await MetricsAsync();
        away.ShouldContain($"hyperv_vfattach_vf_present{{mac=\"{Synthetic.Mac}\",synthetic=\"{name}\"}} 0\n");
        away.ShouldContain($"hyperv_vfattach_vf_expected{{mac=\"{Synthetic.Mac}\",synthetic=\"{name}\"}} 1\n");
        (await RunAsync($"journalctl --no-pager -u {Service} -p warning -o cat")).ShouldBe("");
    }

    // What the service writes; root without a sandbox prints the same, except for the packets that pass meanwhile.
    private async Task<string> MetricsAsync()
    {
        await RunAsync($"systemctl start {Service}");
        var metrics = await RunAsync($"cat {Metrics}");
        var other = await RunAsync("hyperv-vfattach status --prometheus || case $? in 6 | 7) ;; *) false ;; esac");
        Steady(metrics).ShouldBe(Steady(other));
        return metrics;

        static string Steady(string text) => string.Join('\n', text.Split('\n').Where(line => !line.Contains("_packets_total{")));
    }
}
