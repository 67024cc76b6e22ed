using System.Collections.Immutable;
using System.Net;
using System.Text.Json;

namespace HypervVfattach.Apply;

/// <summary>The named values of a JSON object that is written or read. Each type is described once for both directions, so that
/// they cannot differ: every call names a value and returns it.</summary>
/// <remarks>The runtime's own serializer would take an eighth of the permitted size of the executable.</remarks>
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

    /// <summary>An IP address that may be missing.</summary>
    public IPAddress? OptionalIp(string name, IPAddress? value) => OptionalText(name, value?.ToString()) is not { } text
        ? null : IPAddress.TryParse(text, out IPAddress? address) ? address : throw Wrong(name);

    /// <summary>An IP address.</summary>
    public IPAddress Ip(string name, IPAddress? value) => OptionalIp(name, value) ?? throw Wrong(name);

    /// <summary>The exception for an invalid value.</summary>
    protected static JsonException Wrong(string name) => new($"{name} is wrong");
}

/// <summary>Writes an object.</summary>
internal sealed class FieldWriter(Utf8JsonWriter writer) : Fields
{
    public override long Number(string name, long value)
    {
        writer.WriteNumber(name, value);
        return value;
    }

    public override bool Flag(string name, bool value)
    {
        writer.WriteBoolean(name, value);
        return value;
    }

    public override string? OptionalText(string name, string? value)
    {
        if (value is not null)
            writer.WriteString(name, value);
        return value;
    }

    public override T Object<T>(string name, T? value, Func<Fields, T?, T> of)
        where T : class
    {
        writer.WriteStartObject(name);
        of(this, value);
        writer.WriteEndObject();
        return value!;
    }

    public override ImmutableArray<T> List<T>(string name, ImmutableArray<T>? value, Func<Fields, T?, T> of)
        where T : class
    {
        writer.WriteStartArray(name);
        foreach (T item in value!.Value)
        {
            writer.WriteStartObject();
            of(this, item);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        return value.Value;
    }
}

/// <summary>Reads an object: all described values must exist, and no others.</summary>
internal sealed class FieldReader(JsonElement element) : Fields
{
    private int _read;

    /// <summary>The object that a description reads.</summary>
    /// <exception cref="JsonException">The JSON object does not match the description.</exception>
    public static T Read<T>(JsonElement element, Func<Fields, T?, T> of)
        where T : class
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new JsonException("not an object");
        var reader = new FieldReader(element);
        T value = of(reader, null);
        int there = 0;
        foreach (JsonProperty _ in element.EnumerateObject())
            there++;
        return there == reader._read ? value : throw new JsonException("unknown names");
    }

    public override long Number(string name, long value) =>
        Value(name) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt64(out long number)
            ? number : throw Wrong(name);

    public override bool Flag(string name, bool value) => Value(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } found
        ? found.GetBoolean() : throw Wrong(name);

    public override string? OptionalText(string name, string? value)
    {
        if (Value(name) is not { } found)
            return null;
        return found.ValueKind == JsonValueKind.String ? found.GetString() : throw Wrong(name);
    }

    public override T Object<T>(string name, T? value, Func<Fields, T?, T> of)
        where T : class => Read(Value(name) ?? throw Wrong(name), of);

    public override ImmutableArray<T> List<T>(string name, ImmutableArray<T>? value, Func<Fields, T?, T> of)
        where T : class
    {
        if (Value(name) is not { ValueKind: JsonValueKind.Array } found)
            throw Wrong(name);
        var items = ImmutableArray.CreateBuilder<T>(found.GetArrayLength());
        foreach (JsonElement item in found.EnumerateArray())
            items.Add(Read(item, of));
        return items.MoveToImmutable();
    }

    private JsonElement? Value(string name)
    {
        if (!element.TryGetProperty(name, out JsonElement found))
            return null;
        _read++;
        return found;
    }
}
