using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using HypervVfattach.Core;

namespace HypervVfattach.Linux.Systemd;

/// <summary>A connection to systemd as process 1, on its private socket or on the system bus.</summary>
internal sealed class ServiceManager : IDisposable
{
    /// <summary>D-Bus error: a unit of this name is loaded.</summary>
    public const string UnitExists = "org.freedesktop.systemd1.UnitExists";

    /// <summary>D-Bus error: no unit of this name is loaded.</summary>
    public const string NoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";

    // Peer to peer with process 1: there before the system bus is, for root only.
    private const string PrivateAddress = "unix:path=/run/systemd/private";

    private const string Name = "org.freedesktop.systemd1";
    private const string Object = "/org/freedesktop/systemd1";
    private const string Interface = "org.freedesktop.systemd1.Manager";

    // Signals of a job's end go to subscribers only.
    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(20);

    private readonly BusHandle _bus;

    private ServiceManager(BusHandle bus) => _bus = bus;

    /// <summary>Connects; null where process 1 is not systemd or its library is missing.</summary>
    /// <exception cref="SystemRefusal">systemd is there and cannot be reached.</exception>
    public static ServiceManager? Connect()
    {
        if (!Directory.Exists("/run/systemd/system") || !SdBus.IsAvailable)
            return null;
        if (TryConnect(PrivateAddress) is { } manager)
            return manager;

        int result = SdBus.sd_bus_open_system(out BusHandle bus);
        return result >= 0
            ? new ServiceManager(bus)
            : throw new SystemRefusal("systemd", "connect to the system bus", -result);
    }

    /// <summary>Connects to a peer at a D-Bus address; null when that fails.</summary>
    public static ServiceManager? TryConnect(string address)
    {
        if (SdBus.sd_bus_new(out BusHandle bus) < 0)
            return null;
        if (SdBus.sd_bus_set_address(bus, address) >= 0 && SdBus.sd_bus_start(bus) >= 0)
            return new ServiceManager(bus);
        bus.Dispose();
        return null;
    }

    /// <summary>systemd's version, as 252.</summary>
    /// <exception cref="SystemRefusal">systemd does not answer.</exception>
    public unsafe int Version()
    {
        var error = default(SdBusError);
        int result = SdBus.sd_bus_get_property_string(_bus, Name, Object, Interface, "Version", ref error, out byte* value);
        string? refusal = Describe(ref error);
        if (result < 0)
            throw new SystemRefusal("systemd", "read its version", -result, refusal);
        string text = Marshal.PtrToStringUTF8((nint)value)!;
        NativeMemory.Free(value);

        // "252.39-1~deb12u1", or "v255.4" in between.
        ReadOnlySpan<char> digits = text.AsSpan().TrimStart('v');
        int length = digits.IndexOfAnyExceptInRange('0', '9');
        return int.Parse(length < 0 ? digits : digits[..length], CultureInfo.InvariantCulture);
    }

    /// <summary>Begins a call of a method of org.freedesktop.systemd1.Manager.</summary>
    public MethodCall Method(string name)
    {
        int result = SdBus.sd_bus_message_new_method_call(_bus, out MessageHandle message, Name, Object, Interface, name);
        return result >= 0
            ? new MethodCall(message)
            : throw new SystemRefusal("systemd", $"call {name}", -result);
    }

    /// <summary>Sends a call and waits for its answer, at most libsystemd's 25 s.</summary>
    /// <param name="call">The call with its arguments.</param>
    /// <param name="subject">What it is about, for the exception.</param>
    /// <param name="operation">What it does, for the exception.</param>
    /// <param name="expected">The name of the D-Bus error that is an expected outcome.</param>
    /// <returns>False when the answer is the expected error.</returns>
    /// <exception cref="SystemRefusal">The answer is another error, or there is none.</exception>
    public bool Send(MethodCall call, string subject, string operation, string expected)
    {
        using Reply? reply = Ask(call, subject, operation, expected);
        return reply is not null;
    }

    /// <summary>Process id of what a service is about; 0 where that has ended, and for a unit that is not loaded.</summary>
    public int MainProcess(string unit)
    {
        using MethodCall call = Method("GetUnit");
        call.Append(unit);
        using Reply? path = Ask(call, unit, "look for it", NoSuchUnit);
        if (path is null)
            return 0;
        using Reply? process = Property(path.Text('o'), Name + ".Service", "MainPID", "u");
        return process is null ? 0 : (int)process.UInt();
    }

    /// <summary>The same by a connection of its own; 0 also where there is no systemd, or it does not answer.</summary>
    public static int MainProcessOf(string unit)
    {
        try
        {
            using ServiceManager? manager = Connect();
            return manager?.MainProcess(unit) ?? 0;
        }
        catch (SystemRefusal)
        {
            return 0;
        }
    }

    /// <summary>Has all processes of a unit get a signal.</summary>
    public void Signal(string unit, int signal)
    {
        using MethodCall call = Method("KillUnit");
        call.Append(unit);
        call.Append("all");
        call.Append(signal);
        Ask(call, unit, $"send it signal {signal}")!.Dispose();
    }

    /// <summary>Has systemd read its files again.</summary>
    public void Reload(string unit)
    {
        using MethodCall call = Method("Reload");
        Ask(call, unit, "have systemd read it")!.Dispose();
    }

    /// <summary>Restarts a unit and waits until it says that it has started, or the time is over, which is no
    /// failure.</summary>
    /// <exception cref="SystemRefusal">It cannot be started.</exception>
    public void Restart(string unit, TimeSpan patience)
    {
        using MethodCall call = Method("RestartUnit");
        call.Append(unit);
        call.Append("replace");
        using Reply reply = Ask(call, unit, "restart")!;
        string job = reply.Text('o');
        long start = Stopwatch.GetTimestamp();
        while (HasJob(job) && Stopwatch.GetElapsedTime(start) < patience)
        {
            while (SdBus.sd_bus_process(_bus, 0) > 0)
                ;
            _ = SdBus.sd_bus_wait(_bus, (ulong)s_glance.TotalMicroseconds);
        }
        if (!HasJob(job) && MainProcess(unit) == 0)
            throw new SystemRefusal(unit, "restart", 0, "it has not started", $"see systemctl status {unit}");
    }

    /// <inheritdoc/>
    public void Dispose() => _bus.Dispose();

    // A job is an object as long as it waits or runs.
    private bool HasJob(string path)
    {
        using Reply? state = Property(path, Name + ".Job", "State", "s");
        return state is not null;
    }

    private Reply? Property(string path, string @interface, string name, string type)
    {
        var error = default(SdBusError);
        int result = SdBus.sd_bus_get_property(_bus, Name, path, @interface, name, ref error, out MessageHandle reply, type);
        SdBus.sd_bus_error_free(ref error);
        if (result >= 0)
            return new Reply(reply);
        reply.Dispose();
        return null;
    }

    private Reply? Ask(MethodCall call, string subject, string operation, string? expected = null)
    {
        var error = default(SdBusError);
        int result = SdBus.sd_bus_call(_bus, call.Message, 0, ref error, out MessageHandle reply);
        string? name = error.Name;
        string? refusal = Describe(ref error);
        if (result >= 0)
            return new Reply(reply);
        reply.Dispose();
        return name is not null && name == expected ? null : throw new SystemRefusal(subject, operation, -result, refusal);
    }

    private static string? Describe(ref SdBusError error)
    {
        string? text = error.Name is { } name ? $"{error.Message} ({name})" : null;
        SdBus.sd_bus_error_free(ref error);
        return text;
    }
}
