using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>The VF exists before the guest boots.</summary>
[Part(Part.Migration)]
public class BootTests(ITestOutputHelper output) : Scenario(output)
{
    /// <inheritdoc/>
    protected override MachineOptions Options => new()
    {
        VfsAtBoot = [Vf],
        Files =
        [
            .. Product.Files(),
            GuestFile.Text("/etc/network/interfaces.d/synthetic",
                $"auto enp0s16\niface enp0s16 inet static\n  address {V4}/24\n  gateway {Peer.V4}\n"),
            // Installed as by a package: all files exist when the machine starts.
            GuestFile.Text("/etc/systemd/system/install-product.service", """
                [Unit]
                DefaultDependencies=no
                Before=systemd-udevd.service systemd-udev-trigger.service
                After=systemd-remount-fs.service
                [Service]
                Type=oneshot
                ExecStart=/root/hyperv-vfattach/install/install.sh --pci
                [Install]
                WantedBy=sysinit.target
                """),
        ],
    };

    [Fact, Core]
    public async Task A_vf_present_at_boot_is_joined()
    {
        var vf = await Machine.NameAsync(Vf);
        await RunAsync("/root/hyperv-vfattach/install/install.sh --pci && systemctl start hyperv-vfattach-scan.service");
        // The interface of ifupdown keeps its name.
        await RunAsync($"""
            timeout {Machine.Seconds(30)} sh -c 'until [ "$(cat /sys/class/net/enp0s16/bonding/active_slave 2>/dev/null)" = {vf} ]; do sleep 0.1; done'
            """);
        (await RunAsync("ip -br address show enp0s16")).ShouldContain($"{V4}/24");
        (await RunAsync("ip route show default")).ShouldContain($"default via {Peer.V4} dev enp0s16");
        await RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4}");
        // As an ordinary user, who may see that there is a journal but not read it.
        (await RunAsync("setpriv --reuid=65534 --regid=65534 --clear-groups hyperv-vfattach status || [ $? -ge 6 ]")).ShouldContain("joined in enp0s16");
        await RunAsync("setpriv --reuid=65534 --regid=65534 --clear-groups hyperv-vfattach --dry-run enp0s16");
    }
}

/// <summary>A guest without systemd: udevd starts the program, a detached process does the work.</summary>
[Part(Part.Migration)]
public class PlainInitTests(ITestOutputHelper output) : Scenario(output)
{
    /// <inheritdoc/>
    protected override MachineOptions Options => new() { Init = Init.Plain };

    /// <inheritdoc/>
    protected override Setup? Setup => Product.Setup;

    [Fact, Core]
    public async Task A_vf_is_joined_without_systemd()
    {
        await AddressAsync();
        using var probe = await StartProbeAsync("join");
        await Machine.PlugAsync(Vf);
        var vf = await Machine.NameAsync(Vf);
        await RunAsync($"""
            timeout {Machine.Seconds(20)} sh -c 'until [ "$(cat /sys/class/net/bond-enp0s16/bonding/active_slave 2>/dev/null)" = {vf} ]; do sleep 0.05; done'
            """);
        probe.Mark("VF away and back");
        await Machine.UnplugAsync(Vf);
        await Machine.PlugAsync(Vf);
        await RunAsync($"""
            timeout {Machine.Seconds(20)} sh -c 'until [ "$(cat /sys/class/net/bond-enp0s16/bonding/active_slave 2>/dev/null)" = {vf} ]; do sleep 0.05; done'
            """);
        await StopAsync(probe);
        if (IsKvm)
            await Machine.UnplugAsync(Vf);
        await RunAsync("hyperv-vfattach detach enp0s16 && ! test -e /sys/class/net/bond-enp0s16");
        await RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4}");
    }
}
