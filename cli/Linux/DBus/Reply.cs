using System.Runtime.InteropServices;
using HypervVfattach.Core;

namespace HypervVfattach.Linux.DBus;

/// <summary>The answer to a D-Bus call, read in order.</summary>
internal sealed class Reply(MessageHandle message) : IDisposable
{
    /// <summary>The message.</summary>
    public MessageHandle Message => message;

    /// <summary>Reads a string (type s), an object path (o).</summary>
    public string Text(char type = 's') => Marshal.PtrToStringUTF8((nint)Value(type)) ?? "";

    /// <summary>Reads an unsigned integer of 32 bits (type u).</summary>
    public uint UInt() => (uint)Value('u');

    /// <summary>Reads an integer of 32 bits (type i).</summary>
    public int Int() => (int)Value('i');

    /// <summary>Reads a boolean (type b).</summary>
    public bool Flag() => (int)Value('b') != 0;

    /// <summary>Reads an array of strings (type as).</summary>
    public List<string> Texts()
    {
        List<string> texts = [];
        Check(SdBus.sd_bus_message_enter_container(message, (byte)'a', "s"));
        while (Check(SdBus.sd_bus_message_read_basic(message, (byte)'s', out long text)) > 0)
            texts.Add(Marshal.PtrToStringUTF8((nint)text) ?? "");
        Check(SdBus.sd_bus_message_exit_container(message));
        return texts;
    }

    /// <summary>Passes a value over.</summary>
    public void Skip(string types) => Check(SdBus.sd_bus_message_skip(message, types));

    /// <summary>Reads a dictionary with texts as keys; whoever is called for an entry reads its value.</summary>
    public void Entries(string members, Action<string> value)
    {
        Check(SdBus.sd_bus_message_enter_container(message, (byte)'a', $"{{{members}}}"));
        while (Check(SdBus.sd_bus_message_enter_container(message, (byte)'e', members)) > 0)
        {
            value(Text());
            Check(SdBus.sd_bus_message_exit_container(message));
        }
        Check(SdBus.sd_bus_message_exit_container(message));
    }

    /// <summary>Reads the value in a variant by its type: a text, a number in digits; null for any other kind.</summary>
    public string? Variant()
    {
        Check(SdBus.sd_bus_message_peek_type(message, out _, out nint contents));
        string type = Marshal.PtrToStringUTF8(contents)!;
        if (type is not ("s" or "o" or "u" or "i" or "b" or "x" or "t"))
        {
            Skip("v");
            return null;
        }
        Check(SdBus.sd_bus_message_enter_container(message, (byte)'v', type));
        string value = type switch
        {
            "s" or "o" => Text(type[0]),
            "u" => $"{UInt()}",
            "x" or "t" => $"{Value(type[0])}",
            _ => $"{(int)Value(type[0])}",
        };
        Check(SdBus.sd_bus_message_exit_container(message));
        return value;
    }

    /// <summary>Reads a variant of a known type; whoever is called reads the value.</summary>
    public void Variant(string type, Action value)
    {
        Check(SdBus.sd_bus_message_enter_container(message, (byte)'v', type));
        value();
        Check(SdBus.sd_bus_message_exit_container(message));
    }

    /// <inheritdoc/>
    public void Dispose() => message.Dispose();

    private long Value(char type)
    {
        // Of four bytes only four are written.
        Check(SdBus.sd_bus_message_read_basic(message, (byte)type, out long value));
        return value;
    }

    private static int Check(int result) => result >= 0
        ? result : throw new SystemRefusal("D-Bus", "read an answer", -result);
}
