using HypervVfattach.Core;
using HypervVfattach.Linux.DBus;

namespace HypervVfattach.Linux.Systemd;

/// <summary>systemd-networkd on the system bus (org.freedesktop.network1(5)).</summary>
internal static class NetworkdBus
{
    /// <summary>Where it says why it refuses.</summary>
    public const string Advice = "see journalctl -u systemd-networkd";

    private const string Service = "org.freedesktop.network1";

    /// <summary>Has it read its files again, and configure the interfaces for which another file holds now.</summary>
    /// <exception cref="SystemRefusal">It is not there, or refuses.</exception>
    public static void Reload()
    {
        using BusPeer bus = Connect();
        using MethodCall call = Method(bus, "Reload");
        bus.Send(call, "reload")!.Dispose();
    }

    /// <summary>Has it begin anew with an interface, by the file that holds now.</summary>
    /// <inheritdoc cref="Reload"/>
    public static void Reconfigure(int link)
    {
        using BusPeer bus = Connect();
        using MethodCall call = Method(bus, "ReconfigureLink");
        call.Append(link);
        bus.Send(call, $"reconfigure interface {link}")!.Dispose();
    }

    private static BusPeer Connect() =>
        BusPeer.OnSystemBus(Service, "systemd-networkd", Advice);

    private static MethodCall Method(BusPeer bus, string name) =>
        bus.Method("/org/freedesktop/network1", Service + ".Manager", name);
}
