using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>Tests of the test bed itself: what the other scenarios rely on.</summary>
[Part(Part.Configuration)]
public class TestBedTests(ITestOutputHelper output) : Scenario(output)
{
    [Fact]
    public async Task A_hot_plugged_vf_gets_its_name_from_udev_and_goes_when_it_is_unplugged()
    {
        (await RunAsync("cat /proc/1/comm")).Trim().ShouldBe("systemd");
        (await Machine.NameAsync(Synthetic)).ShouldBe("enp0s16");

        await Machine.PlugAsync(Vf);
        (await Machine.NameAsync(Vf)).ShouldBe("enp1s0");
        (await RunAsync("cat /sys/class/net/enp1s0/address")).Trim().ShouldBe(Synthetic.Mac);
        Machine.Wire.Moves.ShouldBeEmpty("nobody has sent anything yet");

        await Machine.UnplugAsync(Vf);
        (await RunAsync("ls /sys/class/net")).ShouldNotContain("enp1s0");
    }

    [Theory]
    [InlineData("vmxnet3")]
    [InlineData("e1000e")]
    [InlineData("e1000")]
    [InlineData("virtio-net-pci")]
    public async Task A_vf_can_be_any_of_these_models(string model)
    {
        var vf = Nic.Vf(port: 2, model: model);
        await Machine.PlugAsync(vf);
        (await Machine.NameAsync(vf)).ShouldBe("enp2s0");
        await Machine.UnplugAsync(vf);
    }

    [Fact]
    public async Task A_vf_loses_its_carrier_and_gets_it_back()
    {
        await Machine.PlugAsync(Vf);
        var name = await Machine.NameAsync(Vf);
        await RunAsync($"ip link set {name} up");
        await CarrierAsync("1");
        await Machine.SetLinkAsync(Vf, up: false);
        await CarrierAsync("0");
        await Machine.SetLinkAsync(Vf, up: true);
        await CarrierAsync("1");

        Task CarrierAsync(string value) =>
            RunAsync($"timeout {Machine.Seconds(10)} sh -c 'until [ $(cat /sys/class/net/{name}/carrier) = {value} ]; do sleep 0.05; done'");
    }

    [Fact]
    public async Task An_idle_machine_loses_no_probe()
    {
        await AddressAsync();
        using var probe = await StartProbeAsync("idle");
        var ping = await Machine.StartGuestPingAsync(Peer.V4, await PaceAsync());
        await PassAsync(4);
        var rows = await StopAsync(probe);
        var guest = await ping.StopAsync();
        Say(guest.ToString());
        var enough = 2 * (await PaceAsync()).PerSecond;
        rows.ShouldAllBe(row => row.IsWhole && row.Sent > enough);
        guest.Refused.ShouldBe(0);
        guest.Received.ShouldBeInRange(guest.Sent - 1, guest.Sent, "the last one may be under way");
    }

    [Fact, Core]
    public async Task The_wire_follows_the_guest_from_the_synthetic_to_the_vf_and_back()
    {
        var synthetic = await AddressAsync();
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        Machine.Wire[Vf.Id].ToGuest.ShouldBe(0);

        using var probe = await StartProbeAsync("synthetic");
        await PassAsync(1);
        probe.Mark("bond by a script");
        await RunAsync($"""
            modprobe bonding max_bonds=0
            ip link add bond7 address {Synthetic.Mac} type bond mode active-backup miimon 100
            ip link set {synthetic} down; ip link set {synthetic} master bond7
            ip address flush dev {synthetic}
            ip link set bond7 up
            ip address add {V4}/24 dev bond7; ip address add {V6}/64 dev bond7 nodad
            until [ $(cat /sys/class/net/bond7/operstate) = up ]; do sleep 0.1; done
            ip link set {vf} master bond7
            ip link set bond7 type bond primary {vf}
            until [ $(cat /sys/class/net/bond7/bonding/active_slave) = {vf} ]; do sleep 0.1; done
            until ping -q -c 1 -W 1 {Peer.V4} && ping -q -c 1 -W 1 {Peer.V6}; do sleep 0.1; done
            """);
        probe.Mark("on the VF");
        var before = Machine.Wire[Vf.Id].ToGuest;
        await PassAsync(1);
        var after = Machine.Wire[Vf.Id].ToGuest;
        probe.Mark("VF away");
        await probe.SettleAsync(); // Frames in flight belong to the previous phase.
        await Machine.UnplugAsync(Vf);
        await PassAsync(1);
        probe.Mark("on the synthetic");
        await PassAsync(1);
        var rows = await StopAsync(probe);

        // Without an address at its creation udev would give the bond another one, and the wire drops frames from that.
        Machine.Wire.Spoofed.ShouldBe(0);
        (after - before).ShouldBeGreaterThan((long)(await PaceAsync()).PerSecond);
        rows.Single(row => row.Phase == "bond by a script" && row.Address.Equals(V4)).Lost.ShouldBeGreaterThan(0);
        rows.Where(row => row.Phase is "on the VF" or "on the synthetic").ShouldAllBe(row => row.IsWhole);
    }

    [Fact]
    public async Task Files_arrive_with_their_modes()
    {
        var large = new byte[5_000_000];
        new Random(1).NextBytes(large);
        await Machine.CopyAsync(
            GuestFile.Script("/usr/local/sbin/hello", "#!/bin/sh\necho hello\n"),
            new GuestFile("/opt/new/large", large, UnixFileMode.UserRead));
        (await RunAsync("hello")).ShouldBe("hello\n");
        (await RunAsync("sha256sum < /opt/new/large; stat -c %a /opt/new/large")).ShouldBe(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(large)) + "  -\n400\n");
    }
}

/// <summary>A guest without systemd.</summary>
[Part(Part.Configuration)]
public class TestBedPlainTests(ITestOutputHelper output) : Scenario(output)
{
    /// <inheritdoc/>
    protected override MachineOptions Options => new() { Init = Init.Plain };

    [Fact]
    public async Task Udev_works_without_systemd()
    {
        (await RunAsync("cat /proc/1/comm")).Trim().ShouldBe("init-plain");
        await Machine.PlugAsync(Vf);
        (await Machine.NameAsync(Vf)).ShouldBe("enp1s0");
        (await Machine.TryAsync("test -e /run/systemd/system")).ExitCode.ShouldBe(1);
    }
}

/// <summary>A synthetic NIC with failover=on: the kernel's own pair.</summary>
[Part(Part.Configuration)]
public class TestBedFailoverTests(ITestOutputHelper output) : Scenario(output)
{
    private static Nic Twin { get; } = Nic.FailoverSynthetic();

    /// <inheritdoc/>
    protected override MachineOptions Options => new() { Synthetics = [Twin] };

    [Fact]
    public async Task A_failover_pair_is_three_interfaces_with_one_address()
    {
        (await Machine.NamesAsync(Twin)).Length.ShouldBe(2);
        await Machine.PlugAsync(Nic.FailoverVf());
        var vf = await Machine.NameAsync(Nic.FailoverVf());
        (await RunAsync($"grep -l {Twin.Mac} /sys/class/net/*/address")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Length.ShouldBe(3);
        (await RunAsync($"readlink /sys/class/net/{vf}/master")).Trim().ShouldEndWith("/enp0s16");
    }
}

/// <summary>What exists while the guest boots.</summary>
[Part(Part.Configuration)]
public class TestBedBootTests(ITestOutputHelper output) : Scenario(output)
{
    /// <inheritdoc/>
    protected override MachineOptions Options => new()
    {
        VfsAtBoot = [Vf],
        Files = [GuestFile.Text("/etc/network/interfaces.d/synthetic",
            $"auto enp0s16\niface enp0s16 inet static\n  address {V4}/24\n")],
    };

    [Fact]
    public async Task A_vf_and_files_can_be_there_before_the_boot()
    {
        (await Machine.NameAsync(Vf)).ShouldBe("enp1s0");
        (await RunAsync("ip -br address show enp0s16")).ShouldContain($"{V4}/24");
    }
}
