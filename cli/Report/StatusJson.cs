using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Report;

/// <summary>The pairs for programs: an object with an array of pairs, and one of VFs without a synthetic NIC. Existing keys and values keep
/// their meaning; new keys may be added. install/status.schema.json describes it.</summary>
internal static class StatusJson
{
    /// <summary>Changes only when a key or a value changes its meaning.</summary>
    private const int Version = 1;

    /// <summary>How all documents are written.</summary>
    public static JsonWriterOptions Options { get; } = new()
    {
        Indented = true,
        // Names may contain any characters, and the output is read by programs, not by browsers.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The document, with a line feed at the end.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="lone">The VFs without a synthetic NIC.</param>
    /// <param name="isObserveOnly">Whether the administrator permits no change of the network.</param>
    public static string Of(IReadOnlyCollection<PairStatus> pairs, IReadOnlyCollection<LoneVf> lone, bool isObserveOnly)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, Options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", Version);
            // healthy, degraded or broken: that of the worst.
            writer.WriteString("health", HealthRules.NameOf(HealthRules.Worst(pairs, lone)));
            writer.WriteBoolean("observe_only", isObserveOnly);
            writer.WriteStartArray("pairs");
            foreach (PairStatus pair in pairs)
                Write(writer, pair);
            writer.WriteEndArray();
            writer.WriteStartArray("lone_vfs");
            foreach (LoneVf vf in lone)
            {
                writer.WriteStartObject();
                writer.WriteString("mac", vf.Mac.ToString());
                writer.WriteString("health", HealthRules.NameOf(HealthRules.Of(vf)));
                Write(writer, "vf", vf.Vf, "lone-vf");
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
        writer.WriteString("health", HealthRules.NameOf(HealthRules.Of(pair)));
        // The synthetic NIC, or the aggregate that has its configuration.
        writer.WriteString("interface", pair.Interface.Name);
        Write(writer, "synthetic", pair.Synthetic, "synthetic");
        // Null while the VF is away.
        Write(writer, "vf", pair.Vf, "vf");
        // Name of the bond, team or bridge, or null.
        writer.WriteString("aggregate", pair.Aggregate);
        // vf, synthetic, nothing or unknown.
        writer.WriteString("carried_by", StatusWords.Of(pair.Carrier));
        // Whether nothing is sent or received now, so that carried_by is the path that was used last.
        writer.WriteBoolean("idle", pair.IsIdle);
        // The packets by which the paths' shares are judged.
        writer.WriteStartObject("traffic");
        writer.WriteNumber("synthetic_packets", pair.Packets.OwnPackets);
        writer.WriteNumber("vf_packets", pair.Packets.VfPackets);
        // The time in which they passed; null for all that were counted so far.
        if (pair.Sampled is { } time)
            writer.WriteNumber("milliseconds", (long)time.TotalMilliseconds);
        else
            writer.WriteNull("milliseconds");
        writer.WriteEndObject();
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
        // Null if there is none, or if it cannot be read.
        HistoryText.Write(writer, "history", pair.History);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, PortStatus? port, string role)
    {
        if (port is null)
        {
            writer.WriteNull(name);
            return;
        }
        writer.WriteStartObject(name);
        writer.WriteString("name", port.Name);
        // synthetic, vf or lone-vf, for programs that look for a NIC by its name.
        writer.WriteString("role", role);
        writer.WriteNumber("index", port.Index);
        writer.WriteString("driver", port.Driver);
        // Null where the driver has none of its own.
        writer.WriteString("driver_version", port.DriverVersion);
        writer.WriteString("mac", port.Address.ToString());
        writer.WriteBoolean("up", port.IsUp);
        writer.WriteBoolean("carrier", port.HasCarrier);
        // In Mb/s; null if it is not known.
        if (port.Speed is { } speed)
            writer.WriteNumber("link_speed", speed);
        else
            writer.WriteNull("link_speed");
        writer.WriteNumber("mtu", port.Mtu);
        writer.WriteNumber("received_packets", port.ReceivedPackets);
        writer.WriteNumber("sent_packets", port.SentPackets);
        writer.WriteEndObject();
    }
}
