using HypervVfattach.Core;
using HypervVfattach.Linux.DBus;

namespace HypervVfattach.Linux.Systemd;

/// <summary>systemd-networkd on the system bus (org.freedesktop.network1(5)).</summary>
internal static class NetworkdBus
{
    private const string Service = "org.freedesktop.network1";

    /// <summary>Has it read its files again, and configure the interfaces for which another file holds now.</summary>
    /// <exception cref="SystemRefusal">It is not there, or refuses.</exception>
    public static void Reload()
    {
        using var bus = BusPeer.OnSystemBus(Service, "systemd-networkd", "see journalctl -u systemd-networkd");
        using MethodCall call = bus.Method("/org/freedesktop/network1", Service + ".Manager", "Reload");
        bus.Send(call, "reload")!.Dispose();
    }
}
