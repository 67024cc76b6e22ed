using HypervVfattach.Machines;
using HypervVfattach.Machines.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>The kernel joins the pair itself, as on Azure: the product marks the VF, reports, and changes nothing.</summary>
[Part(Part.Netvsc)]
public class NetvscTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Fact]
    public async Task The_stand_in_exports_what_the_driver_imports()
    {
        (await RunAsync("""
            wanted() { modprobe --dump-modversions $(modinfo -n hv_netvsc) | awk '{ print $2, $1 }' | sort; }
            ours() { awk '{ print $2, $1 }' /lib/modules/$(uname -r)/updates/Module.symvers | sort; }
            wanted > /run/wanted; ours > /run/ours; join /run/wanted /run/ours | awk '{ print $1, $2 == $3 ? "same" : "DIFFERENT" }'
            """)).Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldSatisfyAllConditions(
                lines => lines.Length.ShouldBe(15), lines => lines.ShouldAllBe(line => line.EndsWith(" same", StringComparison.Ordinal)));
        (await RunAsync("modinfo -n hv_netvsc")).ShouldNotContain("updates");
    }

    [Fact, Core]
    public async Task The_kernel_joins_a_vf_and_the_product_reports_it_and_changes_nothing()
    {
        var before = await ConfigurationAsync();
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);
        probe.Mark("join");
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await IdleAsync();
        probe.Mark("joined");
        var delivered = Machine.Wire[AdapterVf.Id].ToGuest;
        await PassAsync(1);
        Machine.Wire[AdapterVf.Id].ToGuest.ShouldBeGreaterThan(delivered);
        (await RunAsync($"cat /sys/class/net/{vf}/master/ifindex")).ShouldBe(await RunAsync($"cat /sys/class/net/{Name}/ifindex"));
        (await RunAsync($"udevadm info -q property /sys/class/net/{vf}")).ShouldContain("HYPERV_VF=");
        (await RunAsync($"ip -o address show dev {vf}")).ShouldBe("");
        // The probes are traffic enough.
        var status = await RunAsync("hyperv-vfattach status");
        Say(status);
        status.ShouldContain("joined by the kernel");
        status.ShouldContain($"carried by  {vf} (VF)");
        status.ShouldNotContain("note");

        probe.Mark("VF away");
        await RevokeAndUnplugAsync();
        await PathAsync(vf: false);
        await PassAsync(1);
        (await RunAsync("hyperv-vfattach status")).ShouldContain($"carried by  {Name} (synthetic)");

        probe.Mark("VF back");
        await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await PassAsync(1);
        await IdleAsync();
        (await RunAsync("hyperv-vfattach status")).ShouldContain($"carried by  {vf} (VF)");
        (await ConfigurationAsync()).ShouldBe(before);
        var rows = await StopAsync(probe);
        rows.Where(row => row.Phase is "before" or "joined").ShouldAllBe(row => row.IsWhole);
        rows.ShouldAllBe(row => row.IsCut);
        (await LogAsync()).ShouldNotContain("refused");
    }

    // The kernel falls back to the MAC address (get_netvsc_byslot, Linux 5.9).
    [Fact]
    public async Task A_vf_with_another_serial_is_joined_all_the_same()
    {
        await Host.OfferAsync(Adapter, AdapterVf.RootPort + 7);
        await Machine.PlugAsync(AdapterVf);
        var vf = await Machine.NameAsync(AdapterVf);
        await PathAsync(vf: true);
        var run = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 2");
        Say(run.Error);
        run.ExitCode.ShouldBe(0);
        (await RunAsync("hyperv-vfattach status")).ShouldContain("joined by the kernel");
    }

    [Fact]
    public async Task The_packets_of_the_vf_are_not_counted_as_the_synthetic_nics_and_an_idle_pair_has_its_last_path()
    {
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        // The timer's sample.
        await RunAsync("hyperv-vfattach scan --repair");
        await RunAsync($"ping -q -c 50 -i 0.02 {Peer.V4}");
        (await CounterAsync("vf_tx_packets")).ShouldBeGreaterThanOrEqualTo(50);
        // Until neighbours are confirmed once more and the guest is quiet.
        await PassAsync(8);
        await RunAsync("hyperv-vfattach scan --repair");
        var status = await RunAsync("hyperv-vfattach status");
        Say(status);
        status.ShouldMatch($@"carried by  (idle, last used: )?{vf} \(VF\)");
        var host = await Host.StateAsync(Adapter);
        status.ShouldContain($"synthetic   {Name} (hv_netvsc), {host["rx"]} packets in, {host["tx"]} out");
    }

    [Fact]
    public async Task A_host_that_does_not_switch_the_data_path_is_reported()
    {
        await Host.OnSwitchAsync(Adapter, "ignore");
        var vf = await OfferAndPlugAsync();
        await RunAsync($"timeout {Machine.Seconds(20)} sh -c 'until [ -e /sys/class/net/{vf}/master ]; do sleep 0.1; done'");
        using var probe = await StartProbeAsync("not switched");
        await PassAsync(1);
        var status = await RunAsync("hyperv-vfattach status");
        Say(status);
        await probe.StopAsync();
        status.ShouldContain("joined by the kernel");
        status.ShouldContain($"packets are sent through {vf} but received through {Name}: the host has not switched the data path");
    }
}

/// <summary>Live migrations of a pair that the kernel joins.</summary>
public abstract class NetvscMigrations(ITestOutputHelper output) : NetvscScenario(output)
{
    [Fact]
    public async Task Twenty_live_migrations()
    {
        var before = await ConfigurationAsync();
        using var probe = await StartProbeAsync("before");
        for (var migration = 1; migration <= 20; migration++)
        {
            probe.Mark($"VF here, {migration}");
            var vf = await OfferAndPlugAsync();
            await PathAsync(vf: true);
            (await RunAsync($"ip -o address show dev {vf}")).ShouldBe("");
            probe.Mark($"VF away, {migration}");
            await RevokeAndUnplugAsync();
            await PathAsync(vf: false);
        }
        await IdleAsync();
        (await ConfigurationAsync()).ShouldBe(before);
        var rows = await StopAsync(probe);
        rows.ShouldAllBe(row => row.IsCut);
        Say($"lost {rows.Sum(row => row.Lost)} of {rows.Sum(row => row.Sent)}");
        (await LogAsync()).ShouldNotContain("refused");
    }
}

/// <summary>With the product, which must not make them worse.</summary>
[Part(Part.Netvsc)]
public sealed class NetvscMigrationTests(ITestOutputHelper output) : NetvscMigrations(output);

/// <summary>Without it: what is seen here, too, is the kernel's.</summary>
[Part(Part.Netvsc)]
public sealed class NetvscMigrationWithoutProductTests(ITestOutputHelper output) : NetvscMigrations(output)
{
    /// <inheritdoc/>
    protected override bool WithProduct => false;
}

/// <summary>A kernel that never joins: it cannot read the VF's serial from the name of its slot.</summary>
[Part(Part.Netvsc)]
public class NetvscNeverJoinsTests(ITestOutputHelper output) : NetvscScenario(output)
{
    /// <inheritdoc/>
    protected override bool NumberedSlots => false;

    /// <inheritdoc/>
    /// <remarks>The name of the first slot is "0", which is a number.</remarks>
    protected override Nic AdapterVf => Nic.NetvscVf(port: 2);

    [Fact, Core]
    public async Task It_is_said_in_the_log_and_nothing_is_changed()
    {
        var before = await ConfigurationAsync();
        var vf = await OfferAndPlugAsync();
        var run = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 2");
        Say(run.Error);
        run.ExitCode.ShouldBe(1);
        (await LogAsync()).ShouldContain("the kernel's log says: \"Invalid vf serial");
        (await ConfigurationAsync()).ShouldBe(before);
        (await RunAsync("hyperv-vfattach status")).ShouldContain("not joined");
    }

    [Fact]
    public async Task A_forced_bond_is_refused_because_it_would_receive_nothing()
    {
        var before = await ConfigurationAsync();
        await Machine.CopyAsync(GuestFile.Text("/etc/hyperv-vfattach.toml", "force = true\n"));
        var vf = await OfferAndPlugAsync();
        var run = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 2");
        Say(run.Error);
        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("redirect");
        (await ConfigurationAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_forced_redirect_carries_the_traffic_through_a_migration_and_can_be_undone()
    {
        var before = await ConfigurationAsync();
        await Machine.CopyAsync(GuestFile.Text("/etc/hyperv-vfattach.toml", "force = true\njoin = \"redirect\"\n"));
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);
        for (var migration = 1; migration <= 2; migration++)
        {
            probe.Mark($"join {migration}");
            var vf = await OfferAndPlugAsync();
            var sent = Machine.Wire[AdapterVf.Id].FromGuest;
            await RunAsync($"timeout {Machine.Seconds(30)} sh -c 'until hyperv-vfattach status | grep -q \"carried by *{vf}\"; do sleep 0.3; done'", TimeSpan.FromSeconds(40));
            await IdleAsync();
            await PassAsync(1);
            Machine.Wire[AdapterVf.Id].FromGuest.ShouldBeGreaterThan(sent);
            probe.Mark($"away {migration}");
            await RevokeAndUnplugAsync();
            await PassAsync(1);
        }
        await RunAsync($"hyperv-vfattach detach {Name}");
        (await ConfigurationAsync()).ShouldBe(before);
        var rows = await StopAsync(probe);
        rows.ShouldAllBe(row => row.IsCut);
    }
}

/// <summary>The stock hv_netvsc of the other Debian releases.</summary>
[Part(Part.Releases)]
public class NetvscReleaseTests(ITestOutputHelper output) : NetvscScenario(output)
{
    /// <inheritdoc/>
    /// <remarks>Each test names its release.</remarks>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("bullseye", "5.10.")]
    [InlineData("trixie", "6.12.")]
    [InlineData("forky", "7.2.")]
    public async Task The_kernel_joins_the_vf_through_three_live_migrations_and_the_product_sees_each_path(string release, string kernel)
    {
        await StartReleaseAsync(release);
        (await RunAsync("uname -r")).ShouldStartWith(kernel);
        var before = await ConfigurationAsync();
        using var probe = await StartProbeAsync("before");
        await PassAsync(1);
        for (var migration = 1; migration <= 3; migration++)
        {
            probe.Mark($"VF here, {migration}");
            var vf = await OfferAndPlugAsync();
            await PathAsync(vf: true);
            await IdleAsync();
            await PassAsync(1);
            (await RunAsync($"ip -o address show dev {vf}")).ShouldBe("");
            (await RunAsync("hyperv-vfattach status")).ShouldContain($"carried by  {vf} (VF)");
            probe.Mark($"VF away, {migration}");
            await RevokeAndUnplugAsync();
            await PathAsync(vf: false);
            await PassAsync(1);
            (await RunAsync("hyperv-vfattach status")).ShouldContain($"carried by  {Name} (synthetic)");
        }
        (await ConfigurationAsync()).ShouldBe(before);
        (await StopAsync(probe)).ShouldAllBe(row => row.IsCut);
        (await LogAsync()).ShouldNotContain("refused");
    }
}

/// <summary>The programs that configure interfaces, beside a VF that the kernel joins.</summary>
[Part(Part.Netvsc)]
public class NetvscOwnerTests(ITestOutputHelper output) : NetvscScenario(output)
{
    private static readonly Dictionary<string, Owner> s_owners = new()
    {
        ["NetworkManager"] = new NetworkManager(), ["networkd"] = new Networkd(), ["ifupdown"] = new Ifupdown(), ["dhcpcd"] = new Dhcpcd(),
    };

    public static TheoryData<string> Owners => [.. s_owners.Keys];

    /// <inheritdoc/>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(Owners))]
    public async Task The_vf_gets_no_configuration_and_the_lease_is_renewed(string name)
    {
        var owner = s_owners[name];
        await StartHostAsync(new MachineOptions().Release);
        using var router = await Router.StartAsync(Machine.Peer);
        await Machine.CopyAsync(owner.Files(Method.Dhcp, Name));
        await RunAsync($"ip -o monitor address route >/run/monitor.log 2>&1 & {owner.Start(Name)}");
        await RunAsync($"until ip -o -4 address show dev {Name} scope global | grep -q . && ping -q -c 1 -W 1 {Peer.V4}; do sleep 0.2; done", TimeSpan.FromSeconds(120));
        var before = await RunAsync($"ip -o -4 address show dev {Name} scope global | awk '{{ print $4 }}'; ip route show default");
        var vf = "";
        for (var migration = 1; migration <= 2; migration++)
        {
            vf = await OfferAndPlugAsync();
            await PathAsync(vf: true);
            await router.Dhcp.RenewedAsync(2, TimeSpan.FromSeconds(120), Adapter.Mac);
            await RevokeAndUnplugAsync();
            await PathAsync(vf: false);
            await router.Dhcp.RenewedAsync(1, TimeSpan.FromSeconds(120), Adapter.Mac);
        }
        // The kernel itself adds the multicast route.
        (await RunAsync($"grep -E '(: |dev ){vf} ' /run/monitor.log | grep -v 'multicast ff00::/8' || true")).ShouldBe("");
        (await RunAsync($"ip -o -4 address show dev {Name} scope global | awk '{{ print $4 }}'; ip route show default")).ShouldBe(before);
        router.Dhcp.Clients.Select(client => client.Mac).Distinct().ShouldBe([Adapter.Mac]);
        if (owner is NetworkManager)
            (await RunAsync("nmcli -t -f NAME connection")).ShouldNotContain("Wired connection");
    }
}

/// <summary>What happens to the adapter and its VF while the kernel joins them; in each case the product changes nothing and status tells
/// the truth.</summary>
[Part(Part.Netvsc)]
public class NetvscLifeTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Fact]
    public async Task A_vf_that_comes_while_the_adapter_is_off_is_used_when_it_is_on()
    {
        await RunAsync($"ip link set {Name} down");
        var vf = await OfferAndPlugAsync();
        await IdleAsync();
        await RunAsync($"ip link set {Name} up && ip address add {V6}/64 dev {Name} nodad");
        await PathAsync(vf: true);
        await UsedAsync(vf);
        (await LogAsync()).ShouldNotContain("refused");
    }

    [Fact]
    public async Task A_vf_that_is_switched_off_and_on()
    {
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await RunAsync($"ip link set {vf} down");
        await PathAsync(vf: false);
        using (var probe = await StartProbeAsync("off"))
        {
            await PassAsync(1);
            (await RunAsync("hyperv-vfattach status")).ShouldContain($"carried by  {Name} (synthetic)");
            await probe.StopAsync();
        }
        await RunAsync($"ip link set {vf} up");
        await PathAsync(vf: true);
        await UsedAsync(vf);
    }

    [Fact]
    public async Task The_vfs_driver_is_unloaded_and_loaded()
    {
        var before = await ConfigurationAsync();
        await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await RunAsync("modprobe -r vmxnet3");
        await PathAsync(vf: false);
        var status = await RunAsync("hyperv-vfattach status");
        Say(status);
        status.ShouldContain($"{Name}  {Adapter.Mac}  has no VF with a driver");
        status.ShouldContain("has no driver: load the module vmxnet3 (modprobe vmxnet3)");
        await RunAsync("modprobe vmxnet3");
        await PathAsync(vf: true);
        await UsedAsync(await Machine.NameAsync(AdapterVf));
        (await ConfigurationAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task An_adapter_that_is_rescinded_and_offered_again_is_joined_again()
    {
        await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await Host.RescindAsync(Adapter);
        await RunAsync($"while [ -e /sys/class/net/{Name} ]; do sleep 0.1; done");
        Say(await RunAsync("hyperv-vfattach status; hyperv-vfattach scan --repair; echo scan $?"));
        await Host.AddAsync(Adapter);
        await Host.OfferAsync(Adapter, AdapterVf);
        await RunAsync($"until [ -e /sys/class/net/{Name} ]; do sleep 0.1; done; ip address add {V4}/24 dev {Name} && ip address add {V6}/64 dev {Name} nodad && ip link set {Name} up");
        await PathAsync(vf: true);
        await UsedAsync(await Machine.NameAsync(AdapterVf));
    }

    [Fact]
    public async Task An_address_on_the_vf_is_a_fault()
    {
        var vf = await OfferAndPlugAsync();
        await PathAsync(vf: true);
        await RunAsync($"ip address add 10.77.0.99/24 dev {vf}");
        (await RunAsync("hyperv-vfattach status")).ShouldContain("fault       the VF has addresses of its own: 10.77.0.99/24");
    }

    [Fact]
    public async Task A_vf_with_another_address_is_left_alone()
    {
        var before = await ConfigurationAsync();
        var other = AdapterVf with { Mac = "00:15:5d:77:00:77" };
        await Host.OfferAsync(Adapter, other.RootPort + 7);
        await Machine.PlugAsync(other);
        var vf = await Machine.NameAsync(other);
        var run = await Machine.TryAsync($"hyperv-vfattach --foreground {vf} 0");
        Say(run.Error);
        run.ExitCode.ShouldBe(0);
        (await ConfigurationAsync()).ShouldBe(before);
        (await RunAsync("hyperv-vfattach status")).ShouldContain("has no VF now");
    }

    private async Task UsedAsync(string vf)
    {
        using var probe = await StartProbeAsync("used");
        await PassAsync(1);
        (await RunAsync("hyperv-vfattach status")).ShouldContain($"carried by  {vf} (VF)");
        (await probe.StopAsync()).ShouldAllBe(row => row.IsWhole);
    }
}

/// <summary>hv_netvsc waits for a VF's association with the kernel's network lock, and everything that asks the kernel about interfaces
/// hangs.</summary>
[Part(Part.Netvsc)]
public class NetvscLockTests(ITestOutputHelper output) : NetvscScenario(output)
{
    [Fact]
    public async Task Import_and_the_events_of_udev_do_not_hang()
    {
        // Without an association.
        await Machine.PlugAsync(AdapterVf);
        try
        {
            await RunAsync("until dmesg | grep -q 'Waiting for the VF association from host'; do sleep 0.1; done");
            var vf = (await RunAsync($"basename $(dirname $(grep -l {AdapterVf.Mac} /sys/class/net/*/address | grep -v /{Name}/))")).Trim();
            // ip hangs, which shows that the lock is held; it ends when the association comes.
            await RunAsync("(ip link; echo done) >/run/ip.log 2>&1 & sleep 2; ! grep -q done /run/ip.log");
            var index = (await RunAsync($"cat /sys/class/net/{vf}/ifindex")).Trim();
            (await RunAsync($"IFINDEX={index} timeout 20 hyperv-vfattach import {vf}")).ShouldContain("HYPERV_VF=1");
            await RunAsync($"IFINDEX={index} timeout 20 hyperv-vfattach --event {vf}");
            await RunAsync("! grep -q done /run/ip.log");
        }
        finally
        {
            // Otherwise everything that shows the guest's state hangs, too.
            await Host.OfferAsync(Adapter, AdapterVf);
        }
        await RunAsync("until grep -q done /run/ip.log; do sleep 0.1; done");
        await PathAsync(vf: true);
        (await RunAsync("hyperv-vfattach status")).ShouldContain("joined by the kernel");
    }
}
