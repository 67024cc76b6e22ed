using System.Runtime.InteropServices;

namespace HypervVfattach.Linux.DBus;

/// <summary>systemd/sd-bus.h: the calls we need, none of them variadic. Results below zero are -errno.</summary>
/// <remarks>The library is loaded at the first call; <see cref="IsAvailable"/> asks for it without an exception.</remarks>
internal static partial class SdBus
{
    private const string Library = "libsystemd.so.0";

    /// <summary>Whether the library is on this machine.</summary>
    public static bool IsAvailable => NativeLibrary.TryLoad(Library, out _);

    // int sd_bus_new(sd_bus **ret);
    [LibraryImport(Library)]
    public static partial int sd_bus_new(out BusHandle bus);

    // int sd_bus_set_address(sd_bus *bus, const char *address);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sd_bus_set_address(BusHandle bus, string address);

    // int sd_bus_start(sd_bus *bus);
    [LibraryImport(Library)]
    public static partial int sd_bus_start(BusHandle bus);

    // int sd_bus_open_system(sd_bus **ret);
    [LibraryImport(Library)]
    public static partial int sd_bus_open_system(out BusHandle bus);

    // sd_bus *sd_bus_flush_close_unref(sd_bus *bus);
    [LibraryImport(Library)]
    public static partial nint sd_bus_flush_close_unref(nint bus);

    // int sd_bus_call(sd_bus *bus, sd_bus_message *message, uint64_t usec, sd_bus_error *error, sd_bus_message **reply);
    [LibraryImport(Library)]
    public static partial int sd_bus_call(
        BusHandle bus, MessageHandle message, ulong usec, ref SdBusError error, out MessageHandle reply);

    // int sd_bus_get_property(sd_bus *bus, const char *destination, const char *path, const char *interface,
    //                         const char *member, sd_bus_error *error, sd_bus_message **reply, const char *type);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sd_bus_get_property(BusHandle bus, string destination, string path, string @interface,
        string member, ref SdBusError error, out MessageHandle reply, string type);

    // int sd_bus_process(sd_bus *bus, sd_bus_message **ret);
    [LibraryImport(Library)]
    public static partial int sd_bus_process(BusHandle bus, nint message);

    // int sd_bus_wait(sd_bus *bus, uint64_t usec);
    [LibraryImport(Library)]
    public static partial int sd_bus_wait(BusHandle bus, ulong usec);

    // void sd_bus_error_free(sd_bus_error *error);
    [LibraryImport(Library)]
    public static partial void sd_bus_error_free(ref SdBusError error);

    // int sd_bus_message_new_method_call(sd_bus *bus, sd_bus_message **ret, const char *destination, const char *path,
    //                                    const char *interface, const char *member);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sd_bus_message_new_method_call(
        BusHandle bus, out MessageHandle message, string destination, string path, string @interface, string member);

    // sd_bus_message *sd_bus_message_unref(sd_bus_message *message);
    [LibraryImport(Library)]
    public static partial nint sd_bus_message_unref(nint message);

    // int sd_bus_message_append_basic(sd_bus_message *message, char type, const void *value); for 's' and 'o' the
    // value is the char* itself.
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sd_bus_message_append_basic(MessageHandle message, byte type, string value);

    // The same for numbers, whose value is a pointer: 't' to uint64_t, 'b' to int.
    [LibraryImport(Library)]
    public static partial int sd_bus_message_append_basic(MessageHandle message, byte type, in ulong value);

    [LibraryImport(Library)]
    public static partial int sd_bus_message_append_basic(MessageHandle message, byte type, in int value);

    // 'x' to int64_t.
    [LibraryImport(Library)]
    public static partial int sd_bus_message_append_basic(MessageHandle message, byte type, in long value);

    // int sd_bus_message_open_container(sd_bus_message *message, char type, const char *contents);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sd_bus_message_open_container(MessageHandle message, byte type, string contents);

    // int sd_bus_message_close_container(sd_bus_message *message);
    [LibraryImport(Library)]
    public static partial int sd_bus_message_close_container(MessageHandle message);

    // int sd_bus_message_copy(sd_bus_message *message, sd_bus_message *source, int all); without all, the next value.
    [LibraryImport(Library)]
    public static partial int sd_bus_message_copy(MessageHandle message, MessageHandle source, int all);

    // int sd_bus_message_enter_container(sd_bus_message *message, char type, const char *contents); 0 at the end.
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sd_bus_message_enter_container(MessageHandle message, byte type, string? contents);

    // int sd_bus_message_exit_container(sd_bus_message *message);
    [LibraryImport(Library)]
    public static partial int sd_bus_message_exit_container(MessageHandle message);

    // int sd_bus_message_peek_type(sd_bus_message *message, char *type, const char **contents);
    [LibraryImport(Library)]
    public static partial int sd_bus_message_peek_type(MessageHandle message, out byte type, out nint contents);

    // int sd_bus_message_read_basic(sd_bus_message *message, char type, void *value); a string stays the message's.
    [LibraryImport(Library)]
    public static partial int sd_bus_message_read_basic(MessageHandle message, byte type, out long value);

    // int sd_bus_message_skip(sd_bus_message *message, const char *types);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sd_bus_message_skip(MessageHandle message, string types);
}

/// <summary>sd_bus_error of systemd/sd-bus.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SdBusError
{
    private readonly nint _name;
    private readonly nint _message;
    private readonly int _needFree;

    /// <summary>The D-Bus error's name, as <c>org.freedesktop.systemd1.UnitExists</c>; null where there is none.</summary>
    public readonly string? Name => Marshal.PtrToStringUTF8(_name);

    /// <summary>What the peer said to people.</summary>
    public readonly string? Message => Marshal.PtrToStringUTF8(_message);
}

/// <summary>A connection (sd_bus*); closing it sends what is still queued.</summary>
internal sealed class BusHandle() : SafeHandle(0, ownsHandle: true)
{
    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _ = SdBus.sd_bus_flush_close_unref(handle);
        return true;
    }
}

/// <summary>A message (sd_bus_message*).</summary>
internal sealed class MessageHandle() : SafeHandle(0, ownsHandle: true)
{
    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _ = SdBus.sd_bus_message_unref(handle);
        return true;
    }
}
