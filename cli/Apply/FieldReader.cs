using System.Collections.Immutable;
using System.Text.Json;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

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
