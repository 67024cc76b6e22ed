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
        var error = default(SdBusError);
        int result = SdBus.sd_bus_call(_bus, call.Message, 0, ref error, 0);
        string? name = error.Name;
        string? refusal = Describe(ref error);
        if (result >= 0)
            return true;
        return name == expected ? false : throw new SystemRefusal(subject, operation, -result, refusal);
    }

    /// <inheritdoc/>
    public void Dispose() => _bus.Dispose();

    private static string? Describe(ref SdBusError error)
    {
        string? text = error.Name is { } name ? $"{error.Message} ({name})" : null;
        SdBus.sd_bus_error_free(ref error);
        return text;
    }
}
