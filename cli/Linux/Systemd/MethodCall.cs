using HypervVfattach.Core;

namespace HypervVfattach.Linux.Systemd;

/// <summary>A D-Bus method call in the making; its methods append to the arguments in order.</summary>
internal sealed class MethodCall(MessageHandle message) : IDisposable
{
    /// <summary>The message, to be sent.</summary>
    public MessageHandle Message => message;

    /// <summary>Appends a string (type s).</summary>
    public void Append(string value) => Check(SdBus.sd_bus_message_append_basic(message, (byte)'s', value));

    /// <summary>Appends an unsigned integer of 64 bits (type t).</summary>
    public void Append(ulong value) => Check(SdBus.sd_bus_message_append_basic(message, (byte)'t', in value));

    /// <summary>Appends a boolean (type b).</summary>
    public void Append(bool value) => Check(SdBus.sd_bus_message_append_basic(message, (byte)'b', value ? 1 : 0));

    /// <summary>Appends an array (type a) whose elements have the type <paramref name="element"/>.</summary>
    public void Array(string element, Action elements) => Container('a', element, elements);

    /// <summary>Appends a struct (type r) whose members have the types <paramref name="members"/>.</summary>
    public void Struct(string members, Action values) => Container('r', members, values);

    /// <summary>Appends a variant (type v) that holds a value of the type <paramref name="type"/>.</summary>
    public void Variant(string type, Action value) => Container('v', type, value);

    /// <inheritdoc/>
    public void Dispose() => message.Dispose();

    private void Container(char kind, string contents, Action append)
    {
        Check(SdBus.sd_bus_message_open_container(message, (byte)kind, contents));
        append();
        Check(SdBus.sd_bus_message_close_container(message));
    }

    private static void Check(int result)
    {
        if (result < 0)
            throw new SystemRefusal("systemd", "write a D-Bus message", -result);
    }
}
