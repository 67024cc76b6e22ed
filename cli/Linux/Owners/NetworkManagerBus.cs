using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Linux.DBus;

namespace HypervVfattach.Linux.Owners;

/// <summary>A connection to NetworkManager on the system bus (org.freedesktop.NetworkManager).</summary>
internal sealed class NetworkManagerBus : IDisposable
{
    /// <summary>NM_DEVICE_STATE_UNMANAGED, _IP_CONFIG, _ACTIVATED.</summary>
    public const uint Unmanaged = 10, IpConfig = 70, Activated = 100;

    // NM_ACTIVE_CONNECTION_STATE_ACTIVATED; what is higher is on its way out.
    private const uint Alive = 2;

    // NM_ACTIVATION_STATE_FLAG_IP4_READY, _IP6_READY.
    private const uint BothReady = 4 | 8;

    /// <summary>The interface of a device.</summary>
    public const string DeviceInterface = Service + ".Device";

    /// <summary>The interface of a profile.</summary>
    public const string Profile = Service + ".Settings.Connection";

    /// <summary>The interface of a profile at work.</summary>
    public const string Active = Service + ".Connection.Active";

    /// <summary>Its name on the bus.</summary>
    public const string Service = "org.freedesktop.NetworkManager";

    /// <summary>Where it says why it refuses.</summary>
    public const string Advice = "see journalctl -u NetworkManager";

    private const string Root = "/org/freedesktop/NetworkManager";
    private const string Properties = "org.freedesktop.DBus.Properties";

    // Signals wake us; they are not all that changes what is waited for.
    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(50);

    private readonly BusPeer _bus;
    private bool _listens;

    /// <summary>Connects.</summary>
    /// <exception cref="SystemRefusal">There is no system bus.</exception>
    public NetworkManagerBus() => _bus = BusPeer.OnSystemBus(Service, NetworkManager.Daemon, Advice);

    /// <summary>The object of an interface; null where NetworkManager knows none of this name.</summary>
    public string? DeviceOf(string name)
    {
        using MethodCall call = Method(Root, Service, "GetDeviceByIpIface");
        call.Append(name);
        using Reply? reply = Send(call, $"look for {name}", Service + ".UnknownDevice");
        return reply?.Text('o');
    }

    /// <summary>The object of a profile; "/", by which NetworkManager chooses one, where there is none with this UUID.</summary>
    public string ProfileOf(string uuid)
    {
        using MethodCall call = Method(Root + "/Settings", Service + ".Settings", "GetConnectionByUuid");
        call.Append(uuid);
        using Reply? reply = Send(call, $"look for the profile {uuid}", Service + ".Settings.InvalidConnection");
        return reply?.Text('o') ?? "/";
    }

    /// <summary>The object of what is active on a device; "/" for none.</summary>
    public string ActiveObject(string device) => Text(device, DeviceInterface, "ActiveConnection", 'o');

    /// <summary>UUID of the profile that is active on a device; null for none.</summary>
    public string? ActiveOn(string device) =>
        ActiveObject(device) is var active && active == "/" ? null : Text(active, Active, "Uuid");

    /// <summary>Whether what was activated is not on its way out.</summary>
    public bool IsAlive(string active)
    {
        try
        {
            return active != "/" && uint.Parse(Text(active, Active, "State", 'u'), CultureInfo.InvariantCulture) <= Alive;
        }
        catch (SystemRefusal)
        {
            return false; // The object is gone.
        }
    }

    /// <summary>Whether both address families are configured; one is enough to be active.</summary>
    public bool IsReady(string active) => !IsAlive(active)
        || (uint.Parse(Text(active, Active, "StateFlags", 'u'), CultureInfo.InvariantCulture) & BothReady) == BothReady;

    /// <summary>Its version: "1.42.4", "1.59.2-dev".</summary>
    public Version Version =>
        Version.TryParse(Text(Root, Service, "Version").Split('-')[0], out Version? version) ? version : new Version(0, 0);

    /// <summary>NM_DEVICE_STATE_*.</summary>
    public uint State(string device) => uint.Parse(Text(device, DeviceInterface, "State", 'u'), CultureInfo.InvariantCulture);

    /// <summary>Begins a call of one of the manager's methods.</summary>
    public MethodCall Method(string name) => Method(Root, Service, name);

    /// <summary>Begins a call.</summary>
    public MethodCall Method(string path, string @interface, string name) => _bus.Method(path, @interface, name);

    /// <summary>Sends a call and waits for its answer; null when that is the expected error.</summary>
    /// <exception cref="SystemRefusal">The answer is another error, or there is none.</exception>
    public Reply? Send(MethodCall call, string operation, string? expected = null) =>
        _bus.Send(call, operation, expected: expected);

    /// <summary>All settings of a profile, a{sa{sv}}.</summary>
    public Reply Settings(string profile)
    {
        using MethodCall call = Method(profile, Profile, "GetSettings");
        return Send(call, "read a profile")!;
    }

    /// <summary>What decides about a profile.</summary>
    public ProfileFacts Facts(string profile)
    {
        using Reply settings = Settings(profile);
        return new ProfileFacts(settings);
    }

    /// <summary>A property's value as text.</summary>
    public string Text(string path, string @interface, string name, char type = 's')
    {
        using Reply reply = Property(path, @interface, name, type.ToString());
        return type switch
        {
            'u' => $"{reply.UInt()}",
            'b' => reply.Flag() ? "true" : "false",
            _ => reply.Text(type),
        };
    }

    /// <summary>A property's value, to be read.</summary>
    public Reply Property(string path, string @interface, string name, string type) =>
        _bus.Property(path, @interface, name, type);

    /// <summary>Has NetworkManager keep its hands off a device, and leave it as it is.</summary>
    public void LetGo(string device, string name)
    {
        using MethodCall call = Method(device, Properties, "Set");
        call.Append(DeviceInterface);
        call.Append("Managed");
        call.Variant("b", () => call.Append(false));
        Send(call, $"let go of {name}")!.Dispose();
    }

    /// <summary>Waits until something is so.</summary>
    /// <returns>False when it was not so in time.</returns>
    public bool Until(TimeSpan limit, Func<bool> isSo)
    {
        if (!_listens)
            _bus.Listen($"type='signal',sender='{Service}',member='StateChanged'");
        _listens = true;
        return _bus.Until(limit, s_glance, isSo);
    }

    /// <inheritdoc/>
    public void Dispose() => _bus.Dispose();
}
