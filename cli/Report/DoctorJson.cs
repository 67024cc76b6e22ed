using System.Buffers;
using System.Text;
using System.Text.Json;
using HypervVfattach.Core;

namespace HypervVfattach.Report;

/// <summary>Findings for programs: an object with an array. Existing keys and values keep their meaning; new keys may be added.</summary>
internal static class DoctorJson
{
    /// <summary>The document, with a line feed at the end.</summary>
    public static string Of(List<Finding> findings)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, StatusJson.Options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", 1);
            writer.WriteStartArray("findings");
            foreach (Finding finding in findings)
            {
                writer.WriteStartObject();
                // Its name in hyperv-vfattach-doctor(8).
                writer.WriteString("check", finding.Check);
                // note, degraded or broken.
                writer.WriteString("severity", DoctorWords.Of(finding.Severity));
                // An interface or a file. The others are for people.
                writer.WriteString("object", finding.Subject);
                writer.WriteString("seen", finding.Seen);
                writer.WriteString("why", finding.Why);
                writer.WriteString("do", finding.Remedy);
                writer.WriteString("see", finding.See);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }
}
