using System.Text.Json;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm.Netvsc;

/// <summary>A guest whose VF the kernel joins, in which <c>doctor</c> has to find what a test breaks, and nothing else.</summary>
public abstract class NetvscDoctorScenario(ITestOutputHelper output) : NetvscScenario(output)
{
    /// <summary>The findings that are no notes, as <c>check object</c>, in the order of the report.</summary>
    protected async Task<string[]> FaultsAsync()
    {
        using var report = JsonDocument.Parse((await Machine.TryAsync("hyperv-vfattach doctor --json")).Output);
        return [.. report.RootElement.GetProperty("findings").EnumerateArray().Where(finding => Text(finding, "severity") != "note")
            .Select(finding => $"{Text(finding, "check")} {Text(finding, "object")}")];

        static string Text(JsonElement finding, string key) => finding.GetProperty(key).GetString()!;
    }

    /// <summary>Runs <c>doctor</c> for people.</summary>
    protected async Task<string> ReportAsync(int exitCode)
    {
        var run = await Machine.TryAsync("hyperv-vfattach doctor");
        Say(run.Output + run.Error);
        run.ExitCode.ShouldBe(exitCode);
        run.Output.Split('\n').ShouldAllBe(line => line.Length <= 80);
        return run.Output;
    }
}

/// <summary>Faults of the guest.</summary>
public class NetvscDoctorTests(ITestOutputHelper output) : NetvscDoctorScenario(output)
{
    [Theory, OnKernels(All = false)]
    public async Task Faults_that_are_made_one_after_the_other_are_found_and_gone_when_they_are_mended(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await IdleAsync();
        await ReportAsync(exitCode: 0);
        (await FaultsAsync()).ShouldBeEmpty();
        (await RunAsync("hyperv-vfattach doctor --selftest")).ShouldBe("");

        await FaultAsync($"vf-address {vf}", $"ip address add 203.0.113.9/24 dev {vf}", $"ip address flush dev {vf} scope global");
        await FaultAsync($"default-route {vf}", $"ip route add default dev {vf} metric 7", $"ip route del default dev {vf} metric 7");
        await FaultAsync($"mtu {vf}", $"ip link set {vf} mtu 1400", $"ip link set {vf} mtu 1500");
        await FaultAsync($"upper {vf}", $"ip link add link {vf} name v7 type vlan id 7", "ip link del v7");
        await FaultAsync($"filter {vf}", $"tc qdisc add dev {vf} clsact; tc filter add dev {vf} ingress prio 7 bpf bytecode '1,6 0 0 0,'", $"tc qdisc del dev {vf} clsact");
        await FaultAsync("shadowed /etc/udev/rules.d/60-hyperv-vfattach.rules", "echo '# older' > /usr/lib/udev/rules.d/60-hyperv-vfattach.rules",
            "rm /usr/lib/udev/rules.d/60-hyperv-vfattach.rules");
        await FaultAsync($"udev-marks {vf}", $"f=/run/udev/data/n$(cat /sys/class/net/{vf}/ifindex); cp $f /run/kept; sed -i /HYPERV/d $f",
            $"mv /run/kept /run/udev/data/n$(cat /sys/class/net/{vf}/ifindex)");
        await FaultAsync($"vf-file {vf}", $"printf '[Match]\\nName={vf}\\n[Network]\\nDHCP=yes\\n' > /run/systemd/network/00-a.network", "rm /run/systemd/network/00-a.network");
        await FaultAsync($"configuration [interface.{vf}]", $"printf '[interface.{vf}]\\njoin = \"none\"\\n' > /etc/hyperv-vfattach.toml", "rm /etc/hyperv-vfattach.toml");
        await FaultAsync("configuration configuration file", "echo nonsense = 1 > /etc/hyperv-vfattach.toml", "rm /etc/hyperv-vfattach.toml");
        await FaultAsync($"data-path {Name}", $"ip link set {vf} down", $"ip link set {vf} up");

        async Task FaultAsync(string fault, string make, string mend)
        {
            await RunAsync($"mkdir -p /run/systemd/network; {make}");
            (await FaultsAsync()).ShouldBe([fault], make);
            await RunAsync(mend);
            (await FaultsAsync()).ShouldBeEmpty(mend);
        }
    }

    [Theory, OnKernels(All = false)]
    public async Task A_data_path_that_the_host_does_not_switch_is_found(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        await Host.OnSwitchAsync(Adapter, "ignore");
        var vf = await OfferAndPlugAsync();
        await RunAsync($"timeout {Machine.Seconds(20)} sh -c 'until [ -e /sys/class/net/{vf}/master ]; do sleep 0.1; done'");
        using var probe = await StartProbeAsync("not switched");
        await PassAsync(1);
        var report = await ReportAsync(exitCode: 6);
        var selftest = await Machine.TryAsync("hyperv-vfattach doctor --selftest");
        await probe.StopAsync();
        report.ShouldContain($"degraded  {Name}  (data-path)");
        selftest.ExitCode.ShouldBe(6);
        selftest.Output.ShouldContain("(data-path)");
    }

    [Theory, OnKernels(All = false)]
    public async Task A_VF_whose_module_is_not_loaded_is_found_with_the_module(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        await RunAsync("modprobe -r vmxnet3 2>/dev/null; echo 'install vmxnet3 /bin/false' > /etc/modprobe.d/x.conf");
        await Host.OfferAsync(Adapter, AdapterVf);
        await Machine.PlugAsync(AdapterVf);
        await RunAsync($"timeout {Machine.Seconds(20)} sh -c 'until hyperv-vfattach doctor | grep -q no-driver; do sleep 0.3; done'");
        var report = await ReportAsync(exitCode: 6);
        report.ShouldContain("(no-driver)");
        report.ShouldContain("modprobe vmxnet3");
    }
}

/// <summary>A kernel that never joins.</summary>
public class NetvscDoctorNeverJoinsTests(ITestOutputHelper output) : NetvscDoctorScenario(output)
{
    /// <inheritdoc/>
    protected override bool NumberedSlots => false;

    /// <inheritdoc/>
    /// <remarks>The name of the first slot is "0", which is a number.</remarks>
    protected override Nic AdapterVf => Nic.NetvscVf(port: 2);

    [Theory, OnKernels(All = false)]
    public async Task It_is_found_with_the_kernels_own_reason(string kernel, bool product)
    {
        await StartAsync(kernel, product);
        await OfferAndPlugAsync();
        await IdleAsync();
        var report = await ReportAsync(exitCode: 6);
        report.ShouldContain("(kernel-join)");
        report.ReplaceLineEndings(" ").ShouldContain("Invalid vf serial");
        (await FaultsAsync()).ShouldContain($"kernel-join {Name}");
    }
}
