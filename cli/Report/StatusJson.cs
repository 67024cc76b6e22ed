using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Report;

/// <summary>The pairs for programs: an object with an array of pairs, and one of VFs without a synthetic NIC. Existing keys and values keep their meaning; new keys may be added.</summary>
internal static class StatusJson
{
    private static readonly JsonWriterOptions _options = new()
    {
        Indented = true,
        // Names may contain any characters, and the output is read by programs, not by browsers.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The document, with a line feed at the end.</summary>
    public static string Of(IEnumerable<PairStatus> pairs, IEnumerable<LoneVf> lone)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, _options))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("pairs");
            foreach (PairStatus pair in pairs)
                Write(writer, pair);
            writer.WriteEndArray();
            writer.WriteStartArray("lone_vfs");
            foreach (LoneVf vf in lone)
            {
                writer.WriteStartObject();
                writer.WriteString("mac", vf.Mac.ToString());
                Write(writer, "vf", vf.Vf);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }

    private static void Write(Utf8JsonWriter writer, PairStatus pair)
    {
        writer.WriteStartObject();
        // The pair's key.
        writer.WriteString("mac", pair.Mac.ToString());
        // transparent, bond, redirect, lagg, no-vf, no-driver, not-joined, other-program, taken-apart, unfinished or damaged.
        writer.WriteString("state", StatusWords.Of(pair));
        Write(writer, "synthetic", pair.Synthetic);
        // Null while the VF is away.
        Write(writer, "vf", pair.Vf);
        // Name of the bond, team or bridge, or null.
        writer.WriteString("aggregate", pair.Aggregate);
        // vf, synthetic, nothing or unknown.
        writer.WriteString("carried_by", StatusWords.Of(pair.Carrier));
        // Whether nothing is sent or received now, so that carried_by is the path that was used last.
        writer.WriteBoolean("idle", pair.IsIdle);
        writer.WriteNumber("mtu", pair.Mtu);
        // Addresses on the VF: there should be none.
        writer.WriteStartArray("vf_addresses");
        foreach (string address in pair.VfAddresses)
            writer.WriteStringValue(address);
        writer.WriteEndArray();
        // The programs that configure the synthetic NIC, or the aggregate instead.
        writer.WriteStartArray("owners");
        foreach (Owner owner in pair.Owners)
        {
            writer.WriteStartObject();
            writer.WriteString("program", owner.Program);
            // For people.
            writer.WriteString("evidence", owner.Evidence);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteStartObject("journal");
        // none, joined, unfinished, damaged or unreadable.
        writer.WriteString("state", pair.Journal.State);
        // For people, or null.
        writer.WriteString("detail", pair.Journal.Detail);
        writer.WriteEndObject();
        // For people, or null.
        writer.WriteString("note", pair.Note);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, PortStatus? port)
    {
        if (port is null)
        {
            writer.WriteNull(name);
            return;
        }
        writer.WriteStartObject(name);
        writer.WriteString("name", port.Name);
        writer.WriteNumber("index", port.Index);
        writer.WriteString("driver", port.Driver);
        writer.WriteNumber("received_packets", port.ReceivedPackets);
        writer.WriteNumber("sent_packets", port.SentPackets);
        writer.WriteEndObject();
    }
}
