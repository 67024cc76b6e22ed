using HypervVfattach.Core;

namespace HypervVfattach.Linux.DBus;

/// <summary>A D-Bus method call in the making; its methods append to the arguments in order.</summary>
internal sealed class MethodCall(MessageHandle message) : IDisposable
{
    /// <summary>The message, to be sent.</summary>
    public MessageHandle Message => message;

    /// <summary>Appends a string (type s), an object path (o).</summary>
    public void Append(string value, char type = 's') =>
        Check(SdBus.sd_bus_message_append_basic(message, (byte)type, value));

    /// <summary>Appends an unsigned integer of 64 bits (type t).</summary>
    public void Append(ulong value) => Check(SdBus.sd_bus_message_append_basic(message, (byte)'t', in value));

    /// <summary>Appends a boolean (type b).</summary>
    public void Append(bool value) => Check(SdBus.sd_bus_message_append_basic(message, (byte)'b', value ? 1 : 0));

    /// <summary>Appends an integer of 64 bits (type x).</summary>
    public void Append(long value) => Check(SdBus.sd_bus_message_append_basic(message, (byte)'x', in value));

    /// <summary>Appends an integer of 32 bits (type i).</summary>
    public void Append(int value) => Check(SdBus.sd_bus_message_append_basic(message, (byte)'i', in value));

    /// <summary>Appends an unsigned integer of 32 bits (type u).</summary>
    public void Append(uint value) => Check(SdBus.sd_bus_message_append_basic(message, (byte)'u', (int)value));

    /// <summary>Appends the next value of an answer, whatever it is.</summary>
    public void Copy(Reply from) => Check(SdBus.sd_bus_message_copy(message, from.Message, 0));

    /// <summary>Appends an array (type a) whose elements have the type <paramref name="element"/>.</summary>
    public void Array(string element, Action elements) => Container('a', element, elements);

    /// <summary>Appends a struct (type r) whose members have the types <paramref name="members"/>.</summary>
    public void Struct(string members, Action values) => Container('r', members, values);

    /// <summary>Appends an entry of a dictionary (type e).</summary>
    public void Entry(string members, Action values) => Container('e', members, values);

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
            throw new SystemRefusal("D-Bus", "write a message", -result);
    }
}
