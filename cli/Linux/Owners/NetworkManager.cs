using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux.Owners;

/// <summary>NetworkManager, from the state that it keeps of each device so as to survive its own restart
/// (<c>nm_config_device_state_write</c>, src/core/nm-config.c).</summary>
/// <remarks>
/// <code>
/// [device]
/// managed=true
/// connection-uuid=5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03
/// </code>
/// <c>managed</c> is true, or false where a person said so, or missing where its configuration or a udev property keeps
/// it off. A managed device without a profile counts as owned: NetworkManager leaves foreign addresses alone only while
/// the device stays up, which a port of a bond does not.
/// </remarks>
internal static class NetworkManager
{
    /// <summary>The daemon's program.</summary>
    public const string Daemon = "NetworkManager";

    /// <summary>NetworkManager as owner of this interface, or null.</summary>
    public static Owner? Of(int link, string root)
    {
        string file = $"/run/NetworkManager/devices/{link}";
        if (KeyFile.Read(root.TrimEnd('/') + file) is not { } state || state.GetValueOrDefault("managed") is not ("true" or "1"))
            return null;
        string profile = state.TryGetValue("connection-uuid", out string? uuid) ? $"connection {uuid}" : "no connection";
        return new Owner(link, Daemon, $"{file}: managed, {profile}");
    }
}
