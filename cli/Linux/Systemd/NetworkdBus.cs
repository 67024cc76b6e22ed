using HypervVfattach.Core;

namespace HypervVfattach.Linux.Systemd;

/// <summary>systemd-networkd on the system bus (org.freedesktop.network1(5)).</summary>
internal static class NetworkdBus
{
    private const string Name = "org.freedesktop.network1";

    /// <summary>Has it read its files again, and configure the interfaces for which another file holds now.</summary>
    /// <exception cref="SystemRefusal">It is not there, or refuses.</exception>
    public static void Reload()
    {
        if (!SdBus.IsAvailable)
            throw new SystemRefusal("systemd-networkd", "tell it of new files", 0, "libsystemd is not on this machine");
        Check(SdBus.sd_bus_open_system(out BusHandle bus), "connect to the system bus", null);
        using (bus)
        {
            Check(SdBus.sd_bus_message_new_method_call(
                bus, out MessageHandle message, Name, "/org/freedesktop/network1", Name + ".Manager", "Reload"), "call Reload", null);
            using (message)
            {
                var error = default(SdBusError);
                int result = SdBus.sd_bus_call(bus, message, 0, ref error, 0);
                string? words = error.Name is { } name ? $"{error.Message} ({name})" : null;
                SdBus.sd_bus_error_free(ref error);
                Check(result, "reload", words);
            }
        }
    }

    private static void Check(int result, string operation, string? words)
    {
        if (result < 0)
            throw new SystemRefusal("systemd-networkd", operation, -result, words);
    }
}
