using HypervVfattach.Core;
using HypervVfattach.Linux.DBus;
using Tmds.DBus.Protocol;

namespace HypervVfattach.Linux.Systemd;

/// <summary>systemd-networkd on the system bus (org.freedesktop.network1(5)).</summary>
internal static class NetworkdBus
{
    /// <summary>Where it says why it refuses.</summary>
    public const string Advice = "see journalctl -u systemd-networkd";

    private const string Service = "org.freedesktop.network1";
    private const string Object = "/org/freedesktop/network1";
    private const string Interface = Service + ".Manager";

    /// <summary>Has it read its files again, and configure the interfaces for which another file holds now.</summary>
    /// <exception cref="SystemRefusal">It is not there, or refuses.</exception>
    public static void Reload()
    {
        using BusPeer bus = Connect();
        bus.Send(new MethodCall(Object, Interface, "Reload"), "reload");
    }

    /// <summary>Has it begin anew with an interface, by the file that holds now.</summary>
    /// <inheritdoc cref="Reload"/>
    public static void Reconfigure(int link)
    {
        using BusPeer bus = Connect();
        bus.Send(new MethodCall(Object, Interface, "ReconfigureLink", "i", (ref MessageWriter writer) => writer.WriteInt32(link)),
            $"reconfigure interface {link}");
    }

    private static BusPeer Connect() => BusPeer.OnSystemBus(Service, "systemd-networkd", Advice);
}
