using HypervVfattach.Machines;

namespace HypervVfattach.Try;

/// <summary>A faulty product, to prove that the try-out notices it.</summary>
internal static class Broken
{
    /// <summary>Switches the active port off one second before each change to another port.</summary>
    /// <remarks>A drop-in for all units whose names begin with this prefix (systemd.unit(5)); joins run in such units. Addresses and routes
    /// stay, so that only the silence can be noticed.</remarks>
    public static async Task InstallAsync(Machine machine, string synthetic)
    {
        await machine.CopyAsync(
            GuestFile.Text("/etc/systemd/system/hyperv-vfattach-.service.d/broken.conf", "[Service]\nExecStartPre=/root/broken\n"),
            GuestFile.Script("/root/broken", $"""
                #!/bin/sh
                echo 1 >/proc/sys/net/ipv6/conf/{synthetic}/keep_addr_on_down
                v4=$(ip route show default) v6=$(ip -6 route show default)
                ip link set {synthetic} down
                sleep 1
                ip link set {synthetic} up
                ip route add $v4
                ip -6 route add $v6
                exit 0

                """));
        await machine.RunAsync("systemctl daemon-reload");
    }
}
