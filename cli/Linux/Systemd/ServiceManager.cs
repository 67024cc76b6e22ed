using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Linux.DBus;
using Tmds.DBus.Protocol;

namespace HypervVfattach.Linux.Systemd;

/// <summary>A connection to systemd as process 1, on its private socket or on the system bus.</summary>
internal sealed class ServiceManager : IDisposable
{
    /// <summary>D-Bus error: a unit of this name is loaded.</summary>
    public const string UnitExists = "org.freedesktop.systemd1.UnitExists";

    /// <summary>D-Bus error: no unit of this name is loaded.</summary>
    public const string NoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";

    // A direct connection to process 1: it exists before the system bus does, for root only.
    private const string Private = "/run/systemd/private";

    private const string Program = "systemd";
    private const string Name = "org.freedesktop.systemd1";
    private const string Object = "/org/freedesktop/systemd1";
    private const string Interface = "org.freedesktop.systemd1.Manager";

    // systemd signals the end of a job to subscribers only, so poll.
    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(20);

    // systemd reads all units again before it answers: more than 25 s in a guest on a busy machine. systemctl waits longer for it, too
    // (DAEMON_RELOAD_TIMEOUT_SEC, src/systemctl/systemctl-daemon-reload.c). The lease runs on meanwhile.
    private static readonly TimeSpan s_reloadPatience = TimeSpan.FromSeconds(90);

    private readonly BusPeer _bus;

    private ServiceManager(BusPeer bus) => _bus = bus;

    /// <summary>Connects; null if process 1 is not systemd.</summary>
    /// <exception cref="SystemRefusal">systemd runs but cannot be reached.</exception>
    public static ServiceManager? Connect() => !Directory.Exists("/run/systemd/system")
        ? null : TryConnect(Private, BusPeer.Patience) ?? OnSystemBus();

    /// <summary>Connects through the system bus.</summary>
    /// <exception cref="SystemRefusal">There is no bus.</exception>
    public static ServiceManager OnSystemBus() => new(BusPeer.OnSystemBus(Name, Program));

    /// <summary>Connects to a socket; null when that fails.</summary>
    /// <param name="socket">Its path.</param>
    /// <param name="patience">How long each answer may take.</param>
    public static ServiceManager? TryConnect(string socket, TimeSpan patience) =>
        BusPeer.TryAtSocket(socket, Name, Program, patience) is { } bus ? new ServiceManager(bus) : null;

    /// <summary>systemd's version number, such as 252.</summary>
    /// <exception cref="SystemRefusal">systemd does not answer.</exception>
    public int Version()
    {
        string version = _bus.Property(Object, Interface, "Version", value => value.GetString());
        // "252.39-1~deb12u1", or "v255.4" for some versions.
        ReadOnlySpan<char> digits = version.AsSpan().TrimStart('v');
        int length = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(length < 0 ? digits : digits[..length], CultureInfo.InvariantCulture, out int number) ? number
            : throw new SystemRefusal(Program, "read Version", 0, $"\"{version}\" does not begin with a number");
    }

    /// <summary>A call of a method of org.freedesktop.systemd1.Manager.</summary>
    public static MethodCall Method(string name, string signature, Arguments arguments) => new(Object, Interface, name, signature, arguments);

    /// <summary>The same with strings as arguments.</summary>
    public static MethodCall Method(string name, params string[] arguments) => MethodCall.WithStrings(Object, Interface, name, arguments);

    /// <summary>Sends a call and waits for its answer.</summary>
    /// <param name="call">The call with its arguments.</param>
    /// <param name="subject">What it is about, for the exception.</param>
    /// <param name="operation">What it does, for the exception.</param>
    /// <param name="expected">The name of the D-Bus error that is an expected outcome.</param>
    /// <returns>False when the answer is the expected error.</returns>
    /// <exception cref="SystemRefusal">The answer is another error, or there is none.</exception>
    public bool Send(MethodCall call, string subject, string operation, string expected) => _bus.Send(call, operation, subject, expected);

    /// <summary>Process id of a service's main process; 0 if that has ended or the unit is not loaded.</summary>
    public int MainProcess(string unit) =>
        ObjectOf(unit) is { } path ? _bus.TryProperty(path, Name + ".Service", "MainPID", value => (int)value.GetUInt32(), 0) : 0;

    /// <summary><see cref="MainProcess"/> on a new connection; 0 also if systemd does not run or answer.</summary>
    public static int MainProcessOf(string unit) => Asked(manager => manager.MainProcess(unit), 0);

    /// <summary>Whether a service is starting, and not waiting for a restart after a failure; on a new connection.</summary>
    public static bool IsStarting(string unit) =>
        Asked(manager => manager.SubState(unit) is "start-pre" or "start" or "start-post", false);

    /// <summary>The state of a unit, such as <c>active</c> or <c>inactive</c>, on a new connection; null if systemd does not run or answer.</summary>
    public static string? StateOf(string unit) => Asked(manager => manager.ObjectOf(unit) is { } path
        ? manager._bus.TryProperty(path, Name + ".Unit", "ActiveState", string? (value) => value.GetString(), null) : "inactive", null);

    private string? SubState(string unit) =>
        ObjectOf(unit) is { } path ? _bus.TryProperty(path, Name + ".Unit", "SubState", string? (value) => value.GetString(), null) : null;

    // Asks on a new connection; the other value if systemd does not run or answer.
    private static T Asked<T>(Func<ServiceManager, T> question, T otherwise)
    {
        try
        {
            using ServiceManager? manager = Connect();
            return manager is null ? otherwise : question(manager);
        }
        catch (SystemRefusal)
        {
            return otherwise;
        }
    }

    /// <summary>The files of a loaded unit in the order in which systemd reads them, drop-ins (in directories NAME.d) last; empty if the
    /// unit is not loaded.</summary>
    public List<string> FilesOf(string unit)
    {
        if (ObjectOf(unit) is not { } path)
            return [];
        string own = _bus.Property(path, Name + ".Unit", "FragmentPath", value => value.GetString());
        string[] dropIns = _bus.Property(path, Name + ".Unit", "DropInPaths", value => value.GetArray<string>());
        return own.Length == 0 ? [.. dropIns] : [own, .. dropIns];
    }

    /// <summary>The active units that are bound (BindsTo=) to the device unit of an interface's name.</summary>
    public List<string> BoundTo(string name)
    {
        List<string> active = [];
        if (ObjectOf($"sys-subsystem-net-devices-{Escaped(name)}.device") is { } device)
        {
            foreach (string unit in _bus.Property(device, Name + ".Unit", "BoundBy", value => value.GetArray<string>()))
            {
                if (ObjectOf(unit) is { } path && _bus.Property(path, Name + ".Unit", "ActiveState", value => value.GetString()) == "active")
                    active.Add(unit);
            }
        }
        return active;
    }

    // unit_name_escape, src/basic/unit-name.c.
    private static string Escaped(string name)
    {
        string escaped = "";
        foreach (char letter in name)
            escaped += char.IsAsciiLetterOrDigit(letter) || letter is ':' or '_' || letter == '.' && escaped.Length > 0 ? letter.ToString() : $"\\x{(int)letter:x2}";
        return escaped;
    }

    /// <summary>Sends a signal to all processes of a unit.</summary>
    public void Signal(string unit, int signal) => _bus.Send(
        Method("KillUnit", "ssi", (ref MessageWriter writer) =>
        {
            writer.WriteString(unit);
            writer.WriteString("all");
            writer.WriteInt32(signal);
        }), $"send it signal {signal}", unit);

    /// <summary>Makes systemd read its unit files again (daemon-reload).</summary>
    public void Reload(string unit) => _bus.Send(Method("Reload"), "reload systemd", unit, patience: s_reloadPatience);

    /// <summary>Restarts a unit and waits until it has started or the time is over, which is no failure.</summary>
    /// <exception cref="SystemRefusal">It cannot be started.</exception>
    public void Restart(string unit, TimeSpan patience)
    {
        string job = _bus.Ask(Method("RestartUnit", unit, "replace"), "o", Path, "restart", unit)!;
        bool hasEnded = _bus.Until(patience, s_glance, () => !HasJob(job));
        if (hasEnded && MainProcess(unit) == 0)
            throw new SystemRefusal(unit, "restart", 0, "it has not started", $"see systemctl status {unit}");
    }

    /// <inheritdoc/>
    public void Dispose() => _bus.Dispose();

    private string? ObjectOf(string unit) => _bus.Ask(Method("GetUnit", unit), "o", Path, "look it up", unit, NoSuchUnit);

    private static string Path(ref Reader reader) => reader.ReadObjectPathAsString();

    // A job's object exists as long as it waits or runs.
    private bool HasJob(string path) => _bus.TryProperty(path, Name + ".Job", "State", _ => true, false);
}
