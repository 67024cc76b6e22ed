using System.Buffers;
using System.Text;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace HypervVfattach.Config;

/// <summary>Reads a TOML 1.1 document (https://toml.io/en/v1.1.0) into tables of values with their positions.</summary>
/// <remarks>Uses Tomlyn's syntax parser, because its serializer and its event parser accept duplicate keys.</remarks>
internal sealed class TomlDocument
{
    private readonly string _file;
    private readonly string _text;

    private TomlDocument(string file, string text)
    {
        _file = file;
        _text = text;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="file">Its name, for error messages.</param>
    /// <param name="utf8">Its bytes.</param>
    /// <exception cref="ConfigurationError">The bytes are not TOML.</exception>
    public static TomlTable Read(string file, ReadOnlySpan<byte> utf8) => new TomlDocument(file, Decode(file, utf8)).Root();

    private static string Decode(string file, ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            throw new ConfigurationError(file, 1, 1, "a byte order mark, on which TOML parsers disagree; save the file as UTF-8 without it");

        var position = new TomlPosition(1, 1);
        for (ReadOnlySpan<byte> rest = utf8; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out Rune rune, out int length) != OperationStatus.Done)
                throw new ConfigurationError(file, position.Line, position.Column,
                    $"the byte 0x{rest[0]:X2} is not UTF-8; save the file as UTF-8");
            position = position.After(rune);
            rest = rest[length..];
        }
        return Encoding.UTF8.GetString(utf8);
    }

    private TomlTable Root()
    {
        DocumentSyntax document = Parse();
        var root = new TomlTable(new TomlPosition(1, 1));
        Fill(root, document.KeyValues);
        foreach (TableSyntaxBase table in document.Tables)
            Fill(Header(root, table), table.Items);
        return root;
    }

    private DocumentSyntax Parse()
    {
        DocumentSyntax document;
        try
        {
            // Tomlyn 2.10.2 throws ArgumentOutOfRangeException if a text ends inside an escape, but not if a line does; so a line
            // feed is added. A space keeps a carriage return at the end from becoming part of that line end.
            document = SyntaxParser.Parse(_text + (_text.EndsWith('\r') ? " \n" : "\n"), _file, true);
        }
        catch (TomlException e)
        {
            // The nesting is too deep. The message after its first sentence is for programmers.
            throw Fault(e.Span?.Start.Offset ?? 0, e.Message.Split(". ")[0]);
        }
        foreach (DiagnosticMessage diagnostic in document.Diagnostics)
        {
            if (diagnostic.Kind == DiagnosticMessageKind.Error)
                throw Fault(diagnostic.Span.Offset, QuotedText.Visible(diagnostic.Message));
        }
        return document;
    }

    // [a.b."c d"]: missing tables on the way are created implicitly. Of an array of tables, the last one is meant.
    private TomlTable Header(TomlTable root, TableSyntaxBase header)
    {
        List<(string Key, TomlPosition Position)> path = Keys(header.Name!);
        (string last, TomlPosition position) = path[^1];
        TomlTable parent = Descend(root, path, TomlOrigin.Implied);
        TomlValue? there = parent.Find(last)?.Value;
        if (header is not TableArraySyntax && there is TomlTable { Origin: TomlOrigin.Implied } implied)
        {
            implied.Origin = TomlOrigin.Header;
            return implied;
        }
        var table = new TomlTable(position) { Origin = TomlOrigin.Header };
        if (header is TableArraySyntax && there is TomlArray { IsOfHeaders: true } array)
            array.Items.Add(table);
        else
            Add(parent, last, position, header is TableArraySyntax ? new TomlArray(position, [table], IsOfHeaders: true) : table);
        return table;
    }

    private void Fill(TomlTable table, IEnumerable<KeyValueSyntax> entries)
    {
        foreach (KeyValueSyntax entry in entries)
        {
            List<(string Key, TomlPosition Position)> path = Keys(entry.Key!);
            (string last, TomlPosition position) = path[^1];
            Add(Descend(table, path, TomlOrigin.DottedKey), last, position, Value(entry.Value!));
        }
    }

    private TomlTable Descend(TomlTable table, List<(string Key, TomlPosition Position)> path, TomlOrigin by)
    {
        for (int i = 0; i < path.Count - 1; i++)
        {
            (string key, TomlPosition position) = path[i];
            TomlValue? there = table.Find(key)?.Value;
            if (there is null)
                Add(table, key, position, there = new TomlTable(position) { Origin = by });
            table = there switch
            {
                TomlTable { Origin: not TomlOrigin.Inline } inner when inner.Origin != TomlOrigin.Header || by != TomlOrigin.DottedKey => inner,
                TomlArray { IsOfHeaders: true } array when by != TomlOrigin.DottedKey => (TomlTable)array.Items[^1],
                _ => throw Defined(key, position),
            };
        }
        return table;
    }

    private void Add(TomlTable table, string key, TomlPosition position, TomlValue value)
    {
        if (table.Find(key) is not null)
            throw Defined(key, position);
        table.Add(new TomlEntry(position, key, value));
    }

    private ConfigurationError Defined(string key, TomlPosition position) =>
        new(_file, position.Line, position.Column, $"{QuotedText.Of(key)} is defined already");

    private List<(string Key, TomlPosition Position)> Keys(KeySyntax key)
    {
        List<(string, TomlPosition)> keys = [];
        foreach (BareKeyOrStringValueSyntax part in key.DotKeys.Select(dotted => dotted.Key!).Prepend(key.Key!))
            keys.Add((part is StringValueSyntax quoted ? Checked(quoted).Value! : ((BareKeySyntax)part).Key!.Text!, Position(part)));
        return keys;
    }

    private TomlValue Value(ValueSyntax value)
    {
        TomlPosition position = Position(value);
        switch (value)
        {
            case StringValueSyntax text:
                return new TomlString(position, Checked(text).Value!);
            // Tomlyn 2.10.2 takes the 64th bit of an integer in another base for its sign.
            case IntegerValueSyntax { Value: < 0 } integer when _text[integer.Span.Offset] != '-':
                throw Fault(integer.Span.Offset, "an integer has at most 63 bits and a sign");
            case IntegerValueSyntax integer:
                return new TomlInteger(position, integer.Value);
            case BooleanValueSyntax boolean:
                return new TomlBoolean(position, boolean.Value);
            case ArraySyntax array:
                return new TomlArray(position, [.. array.Items.Select(item => Value(item.Value!))]);
            case InlineTableSyntax table:
                var inline = new TomlTable(position) { Origin = TomlOrigin.Inline };
                Fill(inline, table.Items.Select(item => item.KeyValue!));
                return inline;
            default:
                return new TomlOther(position, value is FloatValueSyntax ? "a floating-point number" : "a date or time");
        }
    }

    // Tomlyn 2.10.2 skips all white space after a backslash in every string. TOML allows that only in a multi-line string, and only
    // if nothing but white space follows up to the end of the line.
    private StringValueSyntax Checked(StringValueSyntax text)
    {
        ReadOnlySpan<char> raw = _text.AsSpan(text.Span.Start.Offset, text.Span.Length);
        if (!raw.StartsWith('"'))
            return text;
        bool isMultiline = raw.StartsWith("\"\"\"", StringComparison.Ordinal);
        for (int i = 0; i < raw.Length - 1; i++)
        {
            if (raw[i] != '\\')
                continue;
            i++;
            if (raw[i] is not (' ' or '\t' or '\r' or '\n'))
                continue;
            ReadOnlySpan<char> rest = raw[i..].TrimStart(" \t");
            if (!isMultiline || !(rest.StartsWith('\n') || rest.StartsWith("\r\n", StringComparison.Ordinal)))
                throw Fault(text.Span.Offset + i - 1, "a backslash that begins no escape sequence");
        }
        return text;
    }

    private TomlPosition Position(SyntaxNode node) => Position(node.Span.Offset);

    private TomlPosition Position(int offset)
    {
        var position = new TomlPosition(1, 1);
        foreach (Rune rune in _text.AsSpan(0, Math.Clamp(offset, 0, _text.Length)).EnumerateRunes())
            position = position.After(rune);
        return position;
    }

    private ConfigurationError Fault(int offset, string message)
    {
        TomlPosition position = Position(offset);
        return new ConfigurationError(_file, position.Line, position.Column, message);
    }
}
