using System.Text.Json;
using HypervVfattach.Core;

namespace HypervVfattach.Apply;

/// <summary>A journal as it was found.</summary>
/// <param name="Path">The file.</param>
/// <param name="Host">Where its interface indexes mean something.</param>
/// <param name="State">What it says.</param>
/// <param name="Length">Bytes of its complete lines; what stands behind them was cut off and never made.</param>
internal sealed record JournalFile(string Path, HostIdentity Host, JournalState State, long Length);

/// <summary>Reads a journal's bytes; owns no file.</summary>
internal static class JournalReader
{
    /// <summary>The only format there is.</summary>
    public const int Format = 1;

    /// <summary>What a journal says.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="bytes">The whole file.</param>
    /// <exception cref="JournalDamaged">It is not what this program writes.</exception>
    public static JournalFile Read(string path, ReadOnlySpan<byte> bytes)
    {
        JournalHeader? header = null;
        var state = new JournalState();
        int length = 0;
        // A last line without its end was cut off while it was written: whatever it announces was not made.
        for (int line = 1, end; (end = bytes[length..].IndexOf((byte)'\n')) >= 0; line++, length += end + 1)
        {
            ReadOnlySpan<byte> text = bytes.Slice(length, end);
            if (header is null)
                header = Header(path, text, state);
            else
                state = Entry(text) is { } entry && state.After(entry) is { } next
                    ? next : throw new JournalDamaged(path, $"line {line} makes no sense", state);
        }
        // Both stand in the file before it gets its name, so they cannot have been cut off by us.
        if (header is null || state.Join is null)
            throw new JournalDamaged(path, "its beginning is missing", state);
        return new JournalFile(path, header.Host, state, length);
    }

    private static JournalHeader Header(string path, ReadOnlySpan<byte> text, JournalState state)
    {
        // The version is looked at alone: another version's header may be different in all the rest.
        int format;
        try
        {
            format = JournalCodec.ReadFormat(text);
            if (format == Format)
                return JournalCodec.ReadHeader(text);
        }
        catch (JsonException)
        {
            throw new JournalDamaged(path, "line 1 is no journal's header", state);
        }
        throw new JournalDamaged(
            path, $"it has format {format}, this program knows {Format}: another version wrote it", state);
    }

    private static JournalEntry? Entry(ReadOnlySpan<byte> text)
    {
        try
        {
            return JournalCodec.ReadEntry(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
