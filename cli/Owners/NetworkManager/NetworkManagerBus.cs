using HypervVfattach.Core;
using HypervVfattach.Linux.DBus;
using Tmds.DBus.Protocol;

namespace HypervVfattach.Owners;

/// <summary>A connection to NetworkManager on the system bus (org.freedesktop.NetworkManager).</summary>
internal sealed class NetworkManagerBus : IDisposable
{
    /// <summary>NM_DEVICE_STATE_UNMANAGED, _IP_CONFIG, _ACTIVATED.</summary>
    public const uint Unmanaged = 10, IpConfig = 70, Activated = 100;

    // NM_ACTIVE_CONNECTION_STATE_ACTIVATED; higher states mean that it is being deactivated or is gone.
    private const uint Alive = 2;

    // NM_ACTIVATION_STATE_FLAG_IP4_READY, _IP6_READY.
    private const uint BothReady = 4 | 8;

    /// <summary>The D-Bus interface of a device.</summary>
    public const string DeviceInterface = Service + ".Device";

    /// <summary>The D-Bus interface of a profile.</summary>
    public const string ProfileInterface = Service + ".Settings.Connection";

    /// <summary>The D-Bus interface of an active connection.</summary>
    public const string Active = Service + ".Connection.Active";

    /// <summary>NetworkManager's name on the bus.</summary>
    public const string Service = "org.freedesktop.NetworkManager";

    /// <summary>Where NetworkManager logs why it refuses.</summary>
    public const string Advice = "see journalctl -u NetworkManager";

    private const string Root = "/org/freedesktop/NetworkManager";

    // NM_SETTINGS_UPDATE2_FLAG_IN_MEMORY, _VOLATILE.
    private const uint InMemoryVolatile = 0x2 | 0x10;

    // Signals end a wait early, but not every awaited change has one.
    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(50);

    private readonly BusPeer _bus;
    private bool _listens;

    /// <summary>Connects to the system bus.</summary>
    /// <exception cref="SystemRefusal">There is no system bus.</exception>
    public NetworkManagerBus() => _bus = BusPeer.OnSystemBus(Service, NetworkManager.Daemon, Advice);

    /// <summary>The device object of an interface; null if NetworkManager does not know the name.</summary>
    public string? DeviceOf(string name) => AskForPath(
        MethodCall.WithStrings(Root, Service, "GetDeviceByIpIface", name), $"look for {name}", Service + ".UnknownDevice");

    /// <summary>The object of a profile; if there is none with this UUID, "/", which as an argument makes NetworkManager choose
    /// one.</summary>
    public string ProfileOf(string uuid) => AskForPath(
        MethodCall.WithStrings(Root + "/Settings", Service + ".Settings", "GetConnectionByUuid", uuid),
        $"look for the profile {uuid}", Service + ".Settings.InvalidConnection") ?? "/";

    /// <summary>Has NetworkManager read its configuration files again, without a change to the interfaces that it manages.</summary>
    public void ReadConfiguration() => _bus.Send(new MethodCall(Root, Service, "Reload", "u",
        static (ref MessageWriter writer) => writer.WriteUInt32(1)), "read its configuration again"); // NM_MANAGER_RELOAD_FLAG_CONF

    /// <summary>The active connection of a device; "/" for none.</summary>
    public string ActiveObject(string device) => PathIn(device, DeviceInterface, "ActiveConnection");

    /// <summary>UUID of the profile that is active on a device; null for none.</summary>
    public string? ActiveOn(string device) =>
        ActiveObject(device) is var active && active == "/" ? null : Text(active, Active, "Uuid");

    /// <summary>Whether an active connection is not being deactivated or gone.</summary>
    public bool IsAlive(string active)
    {
        try
        {
            return active != "/" && Number(active, Active, "State") <= Alive;
        }
        catch (SystemRefusal)
        {
            return false; // The object is gone.
        }
    }

    /// <summary>Whether both address families are configured, or the connection has ended; to be active one family is enough.</summary>
    public bool IsReady(string active) =>
        !IsAlive(active) || (Number(active, Active, "StateFlags") & BothReady) == BothReady;

    /// <summary>Its version: "1.42.4", "1.59.2-dev".</summary>
    public Version Version =>
        Version.TryParse(Text(Root, Service, "Version").Split('-')[0], out Version? version) ? version : new Version(0, 0);

    /// <summary>A device's state, NM_DEVICE_STATE_*.</summary>
    public uint State(string device) => Number(device, DeviceInterface, "State");

    /// <summary>A profile with all its settings.</summary>
    public Profile ProfileAt(string path) =>
        _bus.Ask(new MethodCall(path, ProfileInterface, "GetSettings"), Profile.Signature, (ref Reader reader) => new Profile(ref reader),
            "read a profile")!;

    /// <summary>Activates a profile on a device.</summary>
    /// <returns>The active connection.</returns>
    public string Activate(string profile, string device, string operation) => AskForPath(
        new MethodCall(Root, Service, "ActivateConnection", "ooo", (ref MessageWriter writer) =>
        {
            writer.WriteObjectPath(profile);
            writer.WriteObjectPath(device);
            writer.WriteObjectPath("/");
        }), operation)!;

    /// <summary>Adds a profile in memory, which disappears when it is no longer active, and activates it on a device.</summary>
    /// <returns>The active connection; null when the answer is the expected error.</returns>
    public string? AddAndActivate(Profile profile, string device, string operation, string? expected = null) => _bus.Ask(
        // AddAndActivateConnection2(in a{sa{sv}} connection, in o device, in o specific, in a{sv} options, out o path, out o active,
        //                           out a{sv} result)
        new MethodCall(Root, Service, "AddAndActivateConnection2", Profile.Signature + "ooa{sv}", (ref MessageWriter writer) =>
        {
            profile.WriteTo(ref writer);
            writer.WriteObjectPath(device);
            writer.WriteObjectPath("/");
            writer.WriteDictionary([new("persist", "volatile")]);
        }), "ooa{sv}", (ref Reader reader) =>
        {
            reader.ReadObjectPathAsString();
            return reader.ReadObjectPathAsString();
        }, operation, expected: expected);

    /// <summary>Replaces a profile in memory and applies the difference to a device.</summary>
    public void Update(string path, Profile profile, string device, string operation)
    {
        _bus.Send(new MethodCall(path, ProfileInterface, "Update2", Profile.Signature + "ua{sv}", (ref MessageWriter writer) =>
        {
            profile.WriteTo(ref writer);
            writer.WriteUInt32(InMemoryVolatile);
            writer.WriteDictionary(Array.Empty<KeyValuePair<string, VariantValue>>());
        }), operation);
        // An empty profile means the active one.
        _bus.Send(new MethodCall(device, DeviceInterface, "Reapply", Profile.Signature + "tu", (ref MessageWriter writer) =>
        {
            writer.WriteDictionaryEnd(writer.WriteDictionaryStart());
            writer.WriteUInt64(0);
            writer.WriteUInt32(0);
        }), operation);
    }

    /// <summary>A string property.</summary>
    public string Text(string path, string @interface, string name) => _bus.Property(path, @interface, name, value => value.GetString());

    /// <summary>An object path property.</summary>
    public string PathIn(string path, string @interface, string name) =>
        _bus.Property(path, @interface, name, value => value.GetObjectPathAsString());

    /// <summary>A number property (uint32).</summary>
    public uint Number(string path, string @interface, string name) => _bus.Property(path, @interface, name, value => value.GetUInt32());

    /// <summary>A property's value.</summary>
    public T Property<T>(string path, string @interface, string name, Func<VariantValue, T> value) =>
        _bus.Property(path, @interface, name, value);

    /// <summary>Makes NetworkManager stop managing a device and leave its configuration in place.</summary>
    public void StopManaging(string device, string name) =>
        _bus.SetProperty(device, DeviceInterface, "Managed", false, $"stop managing {name}");

    /// <summary>Waits until a condition holds.</summary>
    /// <returns>False if it did not hold in time.</returns>
    public bool Until(TimeSpan limit, Func<bool> isSo)
    {
        if (!_listens)
            _bus.Listen("StateChanged");
        _listens = true;
        return _bus.Until(limit, s_glance, isSo);
    }

    /// <inheritdoc/>
    public void Dispose() => _bus.Dispose();

    private string? AskForPath(MethodCall call, string operation, string? expected = null) =>
        _bus.Ask(call, "o", (ref Reader reader) => reader.ReadObjectPathAsString(), operation, expected: expected);
}
