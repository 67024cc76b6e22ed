using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;
using Tmds.DBus.Protocol;
using static HypervVfattach.Owners.NetworkManagerBus;

namespace HypervVfattach.Owners;

/// <summary>NetworkManager as an owner, asked over D-Bus or taken from the file in which it keeps each device's state across its own
/// restart (<c>nm_config_device_state_write</c>, src/core/nm-config.c).</summary>
/// <remarks>
/// <code>
/// [device]
/// managed=true
/// connection-uuid=5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03
/// </code>
/// <c>managed</c> is true, false if the user set it so, or missing if the configuration or a udev property excludes the
/// device. A managed device without a profile counts as owned: NetworkManager leaves foreign addresses alone only while
/// the device stays up, which a port of a bond does not.
/// </remarks>
internal static class NetworkManager
{
    /// <summary>The daemon's program.</summary>
    public const string Daemon = "NetworkManager";

    // NM_SETTINGS_CONNECTION_FLAG_*. Before EXTERNAL existed, GENERATED and VOLATILE together had its meaning.
    private const uint Generated = 2, GeneratedVolatile = Generated | 4, External = 8;

    // From this version on in-memory profiles survive a restart.
    private static readonly Version s_oldest = new(1, 20);

    /// <summary>NetworkManager as owner of this interface, or null.</summary>
    public static Owner? Of(NetworkManagerBus bus, Link link)
    {
        if (bus.DeviceOf(link.Name) is not { } device || bus.State(device) is var state && state <= Unmanaged)
            return null;
        string active = bus.ActiveObject(device);
        if (active == "/")
            return new Owner(link.Index, Daemon, "managed, no connection") { IsUninvited = true, State = new NetworkManagerGuest() };
        string uuid = bus.Text(active, Active, "Uuid"), path = bus.PathIn(active, Active, "Connection");
        string words = $"connection \"{bus.Text(active, Active, "Id")}\", {uuid}";
        Profile profile = bus.ProfileAt(path);
        uint flags = FlagsOf(bus, path);
        bool isCopy = profile[Profile.Origin] is not null;
        // The copy on a bond keeps waiting for an address while the DHCP server is silent; Policy decides whether it can go back then.
        string? fault = state < (isCopy ? IpConfig : Activated) ? "not yet connected"
            : IsForeign(flags)
                ? "configured by another program"
            : isCopy && bus.ProfileOf(profile[Profile.Origin]!) == "/" ? "the original of this copied profile is gone"
            : bus.Version < s_oldest ? $"version {bus.Version} loses in-memory profiles when it is restarted" : profile.Fault;
        var owner = new Owner(link.Index, Daemon, fault is null ? words : $"{words}: {fault}")
        {
            // "Wired connection 1", but not a profile for what another program had configured.
            IsUninvited = (flags & (Generated | External)) == Generated && (flags & GeneratedVolatile) != GeneratedVolatile,
        };
        return fault is not null ? owner with { State = owner.IsUninvited ? new NetworkManagerGuest() : null } : owner with
        {
            State = new NetworkManagerState(profile[Profile.Origin] ?? uuid, isCopy)
            {
                ClientId = LeaseOption(bus, device, 4, "dhcp_client_identifier"),
                Duid = LeaseOption(bus, device, 6, "dhcp6_client_id"),
                Iaid = LeaseOption(bus, device, 6, "iaid"),
                IsWaiting = state < Activated,
                AddressesByName = profile["ipv6.method"] == "auto" && profile["ipv6.addr-gen-mode"] is not ("0" or null),
            },
        };
    }

    /// <summary>Whether NetworkManager has generated a profile for what another program had configured, and only watches the
    /// interface.</summary>
    public static bool OnlyWatches(NetworkManagerBus bus, string active) =>
        IsForeign(FlagsOf(bus, bus.PathIn(active, Active, "Connection")));

    private static uint FlagsOf(NetworkManagerBus bus, string profile) =>
        bus.Number(profile, ProfileInterface, "Flags");

    private static bool IsForeign(uint flags) => (flags & External) != 0 || (flags & GeneratedVolatile) == GeneratedVolatile;

    /// <summary>The owner according to the state file, for when NetworkManager does not answer.</summary>
    public static Owner? Of(int link, string root)
    {
        string file = $"/run/NetworkManager/devices/{link}";
        if (IniFile.State(root.TrimEnd('/') + file) is not { } state || state.GetValueOrDefault("managed") is not ("true" or "1"))
            return null;
        string profile = state.TryGetValue("connection-uuid", out string? uuid) ? $"connection {uuid}" : "no connection";
        return new Owner(link, Daemon, $"{file}: managed, {profile}");
    }

    // The names are those of src/core/dhcp/nm-dhcp-options.c.
    private static string? LeaseOption(NetworkManagerBus bus, string device, int version, string name) =>
        bus.PathIn(device, DeviceInterface, $"Dhcp{version}Config") is not "/" and var lease
            ? bus.Property(lease, $"org.freedesktop.NetworkManager.DHCP{version}Config", "Options", value =>
                value.GetDictionary<string, VariantValue>().TryGetValue(name, out VariantValue option) ? Profile.Text(option) : null)
            : null;
}
