using System.Text.Json;
using HypervVfattach.Core;

namespace HypervVfattach.Apply;

/// <summary>A journal that was found.</summary>
/// <param name="path">The file.</param>
/// <param name="host">Where its interface indexes are valid.</param>
/// <param name="state">The state that its lines describe.</param>
/// <param name="length">Bytes of its complete lines. An incomplete line after them announces something that was not made.</param>
internal sealed class JournalFile(string path, HostIdentity host, JournalState state, long length)
{
    public string Path => path;
    public HostIdentity Host => host;
    public JournalState State => state;
    public long Length => length;
}

/// <summary>Parses the content of a journal.</summary>
internal static class JournalReader
{
    /// <summary>The only supported format.</summary>
    public const int Format = 1;

    /// <summary>Parses a journal.</summary>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="bytes">Its whole content.</param>
    /// <exception cref="JournalDamaged">This program did not write such a content.</exception>
    public static JournalFile Read(string path, ReadOnlySpan<byte> bytes)
    {
        JournalHeader? header = null;
        var state = new JournalState();
        int length = 0;
        // A last line without a line feed was cut off while it was written: what it announces was not made.
        for (int line = 1, end; (end = bytes[length..].IndexOf((byte)'\n')) >= 0; line++, length += end + 1)
        {
            ReadOnlySpan<byte> text = bytes.Slice(length, end);
            if (header is null)
                header = Header(path, text, state);
            else
                state = Entry(text) is { } entry && state.After(entry) is { } next
                    ? next : throw new JournalDamaged(path, $"line {line} is not valid", state);
        }
        // The file gets its name only after both lines are written, so this program cannot have left them incomplete.
        if (header is null || state.Join is null)
            throw new JournalDamaged(path, "its beginning is missing", state);
        return new JournalFile(path, header.Host, state, length);
    }

    private static JournalHeader Header(string path, ReadOnlySpan<byte> text, JournalState state)
    {
        // The version is read separately: the rest of the header may differ in other versions.
        int format;
        try
        {
            format = JournalCodec.ReadFormat(text);
            if (format == Format)
                return JournalCodec.ReadHeader(text);
        }
        catch (JsonException)
        {
            throw new JournalDamaged(path, "line 1 is not the header of a journal", state);
        }
        throw new JournalDamaged(
            path, $"it has format {format}, this program supports {Format}: another version wrote it", state);
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
