using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>A file's line with one JSON object, described once for both directions.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line of a value, with its line feed.</summary>
    public static byte[] Write<T>(T value, Func<Fields, T?, T> of)
        where T : class
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, s_options))
        {
            writer.WriteStartObject();
            of(new FieldWriter(writer), value);
            writer.WriteEndObject();
        }
        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>The value of a line.</summary>
    /// <exception cref="JsonException">The line does not match the description.</exception>
    public static T Read<T>(ReadOnlySpan<byte> line, Func<Fields, T?, T> of)
        where T : class
    {
        using JsonDocument document = Parse(line);
        return FieldReader.Read(document.RootElement, of);
    }

    /// <summary>The object of a line.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonDocument Parse(ReadOnlySpan<byte> line) => JsonDocument.Parse(line.ToArray());
}
