using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;
using Tmds.DBus.Protocol;
using static HypervVfattach.Linux.Owners.NetworkManagerBus;

namespace HypervVfattach.Linux.Owners;

/// <summary>NetworkManager, as it says itself, or from the state that it keeps of each device so as to survive its own restart
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

    // NM_SETTINGS_CONNECTION_FLAG_*: before the last one there was, the first two meant the same.
    private const uint Generated = 2, GeneratedVolatile = Generated | 4, External = 8;

    // In-memory profiles outlive a restart.
    private static readonly Version s_oldest = new(1, 20);

    /// <summary>NetworkManager as owner of this interface, or null.</summary>
    public static Owner? Of(NetworkManagerBus bus, Link link)
    {
        if (bus.DeviceOf(link.Name) is not { } device || bus.State(device) is var state && state <= Unmanaged)
            return null;
        string active = bus.ActiveObject(device);
        if (active == "/")
            return new Owner(link.Index, Daemon, "managed, no connection") { IsUninvited = true };
        string uuid = bus.Text(active, Active, "Uuid"), path = bus.PathIn(active, Active, "Connection");
        string words = $"connection \"{bus.Text(active, Active, "Id")}\", {uuid}";
        Profile profile = bus.ProfileAt(path);
        uint flags = FlagsOf(bus, path);
        bool isCopy = profile[Profile.Origin] is not null;
        // A bond's copy is on its way for as long as a server is silent; whether it can go back then is Policy's to decide.
        string? fault = state < (isCopy ? IpConfig : Activated) ? "not yet connected"
            : IsForeign(flags)
                ? "configured by another program"
            : isCopy && bus.ProfileOf(profile[Profile.Origin]!) == "/" ? "the profile that this is a copy of is gone"
            : bus.Version < s_oldest ? $"version {bus.Version} forgets copies when it is restarted" : profile.Fault;
        var owner = new Owner(link.Index, Daemon, fault is null ? words : $"{words}: {fault}")
        {
            // "Wired connection 1"; not what it found configured by somebody else.
            IsUninvited = (flags & (Generated | External)) == Generated && (flags & GeneratedVolatile) != GeneratedVolatile,
        };
        return fault is not null ? owner : owner with
        {
            State = new NetworkManagerState(profile[Profile.Origin] ?? uuid, isCopy)
            {
                ClientId = ClientId(bus, device),
                IsWaiting = state < Activated,
                AddressesByName = profile["ipv6.method"] == "auto" && profile["ipv6.addr-gen-mode"] is not ("0" or null),
            },
        };
    }

    /// <summary>Whether it has made up a profile for what it found configured by another program, and only watches the
    /// interface.</summary>
    public static bool OnlyWatches(NetworkManagerBus bus, string active) =>
        IsForeign(FlagsOf(bus, bus.PathIn(active, Active, "Connection")));

    private static uint FlagsOf(NetworkManagerBus bus, string profile) =>
        bus.Number(profile, ProfileInterface, "Flags");

    private static bool IsForeign(uint flags) => (flags & External) != 0 || (flags & GeneratedVolatile) == GeneratedVolatile;

    /// <summary>The same from its state file, for when it does not answer.</summary>
    public static Owner? Of(int link, string root)
    {
        string file = $"/run/NetworkManager/devices/{link}";
        if (IniFile.State(root.TrimEnd('/') + file) is not { } state || state.GetValueOrDefault("managed") is not ("true" or "1"))
            return null;
        string profile = state.TryGetValue("connection-uuid", out string? uuid) ? $"connection {uuid}" : "no connection";
        return new Owner(link, Daemon, $"{file}: managed, {profile}");
    }

    private static string? ClientId(NetworkManagerBus bus, string device) =>
        bus.PathIn(device, DeviceInterface, "Dhcp4Config") is not "/" and var lease
            ? bus.Property(lease, "org.freedesktop.NetworkManager.DHCP4Config", "Options", value =>
                value.GetDictionary<string, VariantValue>().TryGetValue("dhcp_client_identifier", out VariantValue id) ? Profile.Text(id) : null)
            : null;
}
