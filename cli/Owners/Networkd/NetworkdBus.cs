using HypervVfattach.Core;
using HypervVfattach.Linux.DBus;
using Tmds.DBus.Protocol;

namespace HypervVfattach.Owners;

/// <summary>systemd-networkd on the system bus (org.freedesktop.network1(5)).</summary>
internal static class NetworkdBus
{
    /// <summary>Where networkd logs why it refuses.</summary>
    public const string Advice = "see journalctl -u systemd-networkd";

    private const string Service = "org.freedesktop.network1";
    private const string Object = "/org/freedesktop/network1";
    private const string Interface = Service + ".Manager";

    /// <summary>Makes networkd read its files again and reconfigure the interfaces to which another file applies now.</summary>
    /// <exception cref="SystemRefusal">networkd does not run, or refuses.</exception>
    public static void Reload()
    {
        using BusPeer bus = Connect();
        bus.Send(new MethodCall(Object, Interface, "Reload"), "reload");
    }

    /// <summary>Makes networkd start over with an interface, with the file that applies now.</summary>
    /// <inheritdoc cref="Reload"/>
    public static void Reconfigure(int link)
    {
        using BusPeer bus = Connect();
        bus.Send(new MethodCall(Object, Interface, "ReconfigureLink", "i", (ref MessageWriter writer) => writer.WriteInt32(link)),
            $"reconfigure interface {link}");
    }

    private static BusPeer Connect() => BusPeer.OnSystemBus(Service, "systemd-networkd", Advice);
}
