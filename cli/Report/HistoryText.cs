using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Report;

/// <summary>The history for people and for programs.</summary>
internal static class HistoryText
{
    /// <summary>One line per entry, the oldest first.</summary>
    public static string Of(IReadOnlyCollection<HistoryEntry> entries, int damaged)
    {
        var text = new StringBuilder();
        foreach (HistoryEntry entry in entries)
            text.Append($"{entry.Time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)}  {entry.Synthetic}  {Words(entry)}\n");
        if (entries.Count == 0)
            text.Append("the history has no entry yet\n");
        if (damaged > 0)
            text.Append(CultureInfo.InvariantCulture, $"{damaged} {(damaged == 1 ? "line" : "lines")} of the history could not be read\n");
        return text.ToString();
    }

    /// <summary>An object with the array <c>history</c> and the number of lines that could not be read; install/history.schema.json describes
    /// it.</summary>
    public static string Json(IEnumerable<HistoryEntry> entries, int damaged)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, StatusJson.Options))
        {
            writer.WriteStartObject();
            // Changes only when a key or a value changes its meaning.
            writer.WriteNumber("version", 1);
            writer.WriteStartArray("history");
            foreach (HistoryEntry entry in entries)
            {
                writer.WriteStartObject();
                writer.WriteString("time", Time(entry.Time));
                writer.WriteString("mac", entry.Mac.ToString());
                writer.WriteString("what", HistoryKinds.NameOf(entry.Kind));
                writer.WriteString("synthetic", entry.Synthetic);
                writer.WriteString("vf", entry.Vf);
                writer.WriteString("seen_by", entry.By);
                // For people, or null.
                writer.WriteString("detail", entry.Detail);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteNumber("unreadable_lines", damaged);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }

    /// <summary>The history of a pair in one line.</summary>
    /// <param name="history">The history.</param>
    /// <param name="note">What is said of the pair besides: a reason is not repeated.</param>
    public static string Summary(PairHistory history, string? note)
    {
        List<string> parts = [];
        if (history.First is { } first)
            parts.Add($"since {Minute(first)} the VF {Times("arrived", history.Arrivals)} and {Times("left", history.Departures)}");
        if (history.Since is { } since)
            parts.Add($"unchanged since {Minute(since)}");
        if (history.LastFailure is { } failure)
            parts.Add($"last failure {Minute(failure.Time)}{(failure.Detail is { } why && note?.Contains(why, StringComparison.Ordinal) == true ? ", for the reason in the note" : $": {failure.Detail}")}");
        return string.Join("; ", parts);
    }

    /// <summary>The history of a pair, as the value of a key.</summary>
    public static void Write(Utf8JsonWriter writer, string name, PairHistory? history)
    {
        if (history is null)
        {
            writer.WriteNull(name);
            return;
        }
        writer.WriteStartObject(name);
        // When the state of the pair changed last; or null.
        writer.WriteString("since", Time(history.Since));
        writer.WriteNumber("vf_arrivals", history.Arrivals);
        writer.WriteNumber("vf_departures", history.Departures);
        // The first arrival or departure that counts; or null.
        writer.WriteString("first", Time(history.First));
        if (history.LastFailure is { } failure)
        {
            writer.WriteStartObject("last_failure");
            writer.WriteString("time", Time(failure.Time));
            writer.WriteString("reason", failure.Detail);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteNull("last_failure");
        }
        writer.WriteEndObject();
    }

    private static string Words(HistoryEntry entry)
    {
        string words = entry.Kind switch
        {
            HistoryKind.VfArrived => $"the VF {entry.Vf} arrived",
            HistoryKind.VfLeft => $"the VF {entry.Vf} left",
            HistoryKind.Joined => "joined",
            HistoryKind.Detached => "detached",
            HistoryKind.TakenApart => "another program took the join apart",
            HistoryKind.PathVf => "the VF carries the traffic",
            HistoryKind.PathSynthetic => "the synthetic NIC carries the traffic",
            HistoryKind.Refused => "refused",
            HistoryKind.Failed => "failed",
            _ => "recovered",
        };
        return words + (entry.Detail is null ? "" : $": {entry.Detail}") + (entry.By is "timer" or "scan" ? $" (seen by the {entry.By})" : "");
    }

    private static string Times(string verb, int count) => count switch
    {
        0 => $"never {verb}",
        1 => $"{verb} once",
        _ => $"{verb} {count.ToString(CultureInfo.InvariantCulture)} times",
    };

    private static string Minute(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static string? Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
