using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning;

/// <summary>The named values of a JSON object that is written or read. Each type is described once for both directions, so that
/// they cannot differ: every call names a value and returns it.</summary>
/// <remarks>The runtime's serializer would need no descriptions, but makes the executable a quarter larger (measured: 1.9 MB).</remarks>
internal abstract class Fields
{
    /// <summary>A number.</summary>
    public abstract long Number(string name, long value);

    /// <summary>A boolean.</summary>
    public abstract bool Flag(string name, bool value);

    /// <summary>A text that may be missing.</summary>
    public abstract string? OptionalText(string name, string? value);

    /// <summary>An object described by <paramref name="of"/>.</summary>
    public abstract T Object<T>(string name, T? value, Func<Fields, T?, T> of)
        where T : class;

    /// <summary>A list of objects described by <paramref name="of"/>.</summary>
    public abstract ImmutableArray<T> List<T>(string name, ImmutableArray<T>? value, Func<Fields, T?, T> of)
        where T : class;

    /// <summary>A text.</summary>
    public string Text(string name, string? value) => OptionalText(name, value) ?? throw Wrong(name);

    /// <summary>A number of 32 bits.</summary>
    public int Int(string name, int value) => Number(name, value) is >= int.MinValue and <= int.MaxValue and var number
        ? (int)number : throw Wrong(name);

    /// <summary>A number of 32 bits without a sign.</summary>
    public uint UInt(string name, uint value) => Number(name, value) is >= 0 and <= uint.MaxValue and var number
        ? (uint)number : throw Wrong(name);

    /// <summary>A number of 8 bits.</summary>
    public byte Byte(string name, byte value) => Number(name, value) is >= 0 and <= byte.MaxValue and var number
        ? (byte)number : throw Wrong(name);

    /// <summary>The index of an interface.</summary>
    public int Link(int value) => Int("link", value);

    /// <summary>A value of an enumeration, as a number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">The value.</param>
    /// <param name="last">The enumeration's last value.</param>
    public T Enum<T>(string name, T value, T last)
        where T : struct, System.Enum
    {
        int number = Int(name, Convert.ToInt32(value, CultureInfo.InvariantCulture));
        return number >= 0 && number <= Convert.ToInt32(last, CultureInfo.InvariantCulture)
            ? (T)System.Enum.ToObject(typeof(T), number) : throw Wrong(name);
    }

    /// <summary>A list of texts.</summary>
    public ImmutableArray<string> Words(string name, ImmutableArray<string>? value) =>
        List(name, value, (f, word) => f.Text("word", word));

    /// <summary>A MAC address; empty if there is none.</summary>
    public HardwareAddress Mac(string name, HardwareAddress value) =>
        Text(name, value.ToString()) is { Length: > 0 } text ? new HardwareAddress(text) : default;

    /// <summary>An IP address that may be missing.</summary>
    public IPAddress? OptionalIp(string name, IPAddress? value) => OptionalText(name, value?.ToString()) is not { } text
        ? null : IPAddress.TryParse(text, out IPAddress? address) ? address : throw Wrong(name);

    /// <summary>An IP address.</summary>
    public IPAddress Ip(string name, IPAddress? value) => OptionalIp(name, value) ?? throw Wrong(name);

    /// <summary>The exception for an invalid value.</summary>
    protected static JsonException Wrong(string name) => new($"{name} is wrong");
}
