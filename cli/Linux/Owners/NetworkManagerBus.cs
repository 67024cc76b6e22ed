using System.Diagnostics;
using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Linux.Systemd;

namespace HypervVfattach.Linux.Owners;

/// <summary>A connection to NetworkManager (org.freedesktop.NetworkManager).</summary>
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
    private const string Root = "/org/freedesktop/NetworkManager";
    private const string Properties = "org.freedesktop.DBus.Properties";
    private const string Advice = "see journalctl -u NetworkManager";

    // Signals wake us; they are not all that changes what is waited for.
    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(50);

    private readonly BusHandle _bus;

    private NetworkManagerBus(BusHandle bus) => _bus = bus;

    /// <summary>Connects to the system bus.</summary>
    /// <exception cref="SystemRefusal">There is none.</exception>
    public static NetworkManagerBus Connect()
    {
        const string operation = "connect to the system bus";
        if (!SdBus.IsAvailable)
            throw new SystemRefusal("NetworkManager", operation, 0, "libsystemd.so.0 is not installed");
        int result = SdBus.sd_bus_open_system(out BusHandle bus);
        return result >= 0 ? new NetworkManagerBus(bus)
            : throw new SystemRefusal("NetworkManager", operation, -result, null, "is dbus running?");
    }

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
    public MethodCall Method(string path, string @interface, string name)
    {
        int result = SdBus.sd_bus_message_new_method_call(_bus, out MessageHandle message, Service, path, @interface, name);
        return result >= 0 ? new MethodCall(message) : throw new SystemRefusal("NetworkManager", $"call {name}", -result);
    }

    /// <summary>Sends a call and waits for its answer; null when that is the expected error.</summary>
    /// <exception cref="SystemRefusal">The answer is another error, or there is none.</exception>
    public Reply? Send(MethodCall call, string operation, string? expected = null)
    {
        var error = default(SdBusError);
        int result = SdBus.sd_bus_call(_bus, call.Message, 0, ref error, out MessageHandle reply);
        return Answer(result, ref error, reply, operation, expected);
    }

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
    public Reply Property(string path, string @interface, string name, string type)
    {
        var error = default(SdBusError);
        int result = SdBus.sd_bus_get_property(_bus, Service, path, @interface, name, ref error, out MessageHandle reply, type);
        return Answer(result, ref error, reply, $"read {name}", null)!;
    }

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
        Listen();
        long start = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
                return false;
            while (SdBus.sd_bus_process(_bus, 0) > 0)
                ;
            _ = SdBus.sd_bus_wait(_bus, (ulong)s_glance.TotalMicroseconds);
        }
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _bus.Dispose();

    private void Listen()
    {
        int result = SdBus.sd_bus_message_new_method_call(_bus, out MessageHandle message, "org.freedesktop.DBus",
            "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch");
        if (result < 0)
            return;
        using var call = new MethodCall(message);
        call.Append($"type='signal',sender='{Service}',member='StateChanged'");
        Send(call, "listen")!.Dispose();
    }

    private static Reply? Answer(int result, ref SdBusError error, MessageHandle reply, string operation, string? expected)
    {
        string? name = error.Name;
        string? words = name is null ? null : $"{error.Message} ({name})";
        SdBus.sd_bus_error_free(ref error);
        if (result >= 0)
            return new Reply(reply);
        reply.Dispose();
        return name is not null && name == expected ? null
            : throw new SystemRefusal("NetworkManager", operation, -result, words, Advice);
    }
}
