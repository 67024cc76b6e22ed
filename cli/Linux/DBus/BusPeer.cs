using System.Diagnostics;
using HypervVfattach.Core;

namespace HypervVfattach.Linux.DBus;

/// <summary>A connection to a program that answers D-Bus calls.</summary>
internal sealed class BusPeer : IDisposable
{
    private readonly BusHandle _bus;
    private readonly string _service, _program;
    private readonly string? _advice;

    private BusPeer(BusHandle bus, string service, string program, string? advice)
    {
        _bus = bus;
        _service = service;
        _program = program;
        _advice = advice;
    }

    /// <summary>Connects by the system bus.</summary>
    /// <param name="service">The program's name on the bus.</param>
    /// <param name="program">Its name for people, the subject of refusals.</param>
    /// <param name="advice">Where it says why it refuses.</param>
    /// <exception cref="SystemRefusal">There is no bus.</exception>
    public static BusPeer OnSystemBus(string service, string program, string? advice = null)
    {
        const string operation = "connect to the system bus";
        if (!SdBus.IsAvailable)
            throw new SystemRefusal(program, operation, 0, "libsystemd.so.0 is not installed");
        int result = SdBus.sd_bus_open_system(out BusHandle bus);
        if (result >= 0)
            return new BusPeer(bus, service, program, advice);
        bus.Dispose();
        throw new SystemRefusal(program, operation, -result, null, "is dbus running?");
    }

    /// <summary>Connects to the program itself at a D-Bus address; null when that fails.</summary>
    public static BusPeer? TryAt(string address, string service, string program)
    {
        if (SdBus.sd_bus_new(out BusHandle bus) >= 0 && SdBus.sd_bus_set_address(bus, address) >= 0
            && SdBus.sd_bus_start(bus) >= 0)
            return new BusPeer(bus, service, program, null);
        bus.Dispose();
        return null;
    }

    /// <summary>Begins a call.</summary>
    public MethodCall Method(string path, string @interface, string name) => Method(_service, path, @interface, name);

    /// <summary>Sends a call and waits for its answer, at most libsystemd's 25 s.</summary>
    /// <param name="call">The call with its arguments.</param>
    /// <param name="operation">What it does, for the exception.</param>
    /// <param name="subject">What it is about, if not the program itself, for the exception.</param>
    /// <param name="expected">The name of the D-Bus error that is an expected outcome.</param>
    /// <returns>Null when the answer is the expected error.</returns>
    /// <exception cref="SystemRefusal">The answer is another error, or there is none.</exception>
    public Reply? Send(MethodCall call, string operation, string? subject = null, string? expected = null)
    {
        var error = default(SdBusError);
        int result = SdBus.sd_bus_call(_bus, call.Message, 0, ref error, out MessageHandle message);
        return Answer(result, message, ref error, out string? name, out string? words) is { } reply ? reply
            : name is not null && name == expected ? null
            : throw new SystemRefusal(subject ?? _program, operation, -result, words, _advice);
    }

    /// <summary>A property's value, to be read.</summary>
    /// <exception cref="SystemRefusal">There is no such object, or no answer.</exception>
    public Reply Property(string path, string @interface, string name, string type) =>
        Property(path, @interface, name, type, out int result, out string? words)
            ?? throw new SystemRefusal(_program, $"read {name}", -result, words, _advice);

    /// <summary>The same of an object that may be gone: null then.</summary>
    public Reply? TryProperty(string path, string @interface, string name, string type) =>
        Property(path, @interface, name, type, out _, out _);

    /// <summary>Has signals wake <see cref="Until"/>.</summary>
    /// <param name="rule">Which, as sd_bus_add_match(3) has it.</param>
    public void Listen(string rule)
    {
        using MethodCall call = Method(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch");
        call.Append(rule);
        Send(call, "listen")!.Dispose();
    }

    /// <summary>Waits until something is so.</summary>
    /// <param name="limit">How long at most.</param>
    /// <param name="glance">How long until it looks again, where no signal wakes it.</param>
    /// <param name="isSo">Whether it is.</param>
    /// <returns>False when it was not so in time.</returns>
    public bool Until(TimeSpan limit, TimeSpan glance, Func<bool> isSo)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
                return false;
            while (SdBus.sd_bus_process(_bus, 0) > 0)
                ;
            _ = SdBus.sd_bus_wait(_bus, (ulong)glance.TotalMicroseconds);
        }
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _bus.Dispose();

    private MethodCall Method(string service, string path, string @interface, string name)
    {
        int result = SdBus.sd_bus_message_new_method_call(_bus, out MessageHandle message, service, path, @interface, name);
        return result >= 0 ? new MethodCall(message) : throw new SystemRefusal(_program, $"call {name}", -result);
    }

    private Reply? Property(
        string path, string @interface, string name, string type, out int result, out string? words)
    {
        var error = default(SdBusError);
        result = SdBus.sd_bus_get_property(_bus, _service, path, @interface, name, ref error, out MessageHandle message, type);
        return Answer(result, message, ref error, out _, out words);
    }

    private static Reply? Answer(
        int result, MessageHandle message, ref SdBusError error, out string? name, out string? words)
    {
        name = error.Name;
        words = name is null ? null : $"{error.Message} ({name})";
        SdBus.sd_bus_error_free(ref error);
        if (result >= 0)
            return new Reply(message);
        message.Dispose();
        return null;
    }
}
