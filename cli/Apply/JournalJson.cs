using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Apply;

/// <summary>How journal lines are written and read, generated at compile time.</summary>
/// <remarks>All values are written, defaults and nulls too: the generated reader gives a property that is missing its
/// type's default, not the one of its initializer.</remarks>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(IPAddressConverter), typeof(HardwareAddressConverter)])]
[JsonSerializable(typeof(JournalHeader))]
[JsonSerializable(typeof(JournalEntry))]
internal sealed partial class JournalJson : JsonSerializerContext;

/// <summary>An IP address as its text.</summary>
internal sealed class IPAddressConverter : JsonConverter<IPAddress>
{
    /// <inheritdoc/>
    public override IPAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IPAddress.TryParse(reader.GetString(), out IPAddress? address) ? address : throw new JsonException();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>A link-layer address as its text.</summary>
internal sealed class HardwareAddressConverter : JsonConverter<HardwareAddress>
{
    /// <inheritdoc/>
    public override HardwareAddress Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { Length: > 0 } text ? new HardwareAddress(text) : default;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, HardwareAddress value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
