using System.Collections.Immutable;
using System.Text.Json;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

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
