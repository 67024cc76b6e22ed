using System.Buffers;
using System.Text;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace HypervVfattach.Config;

/// <summary>Reads a TOML 1.1 document (https://toml.io/en/v1.1.0) into tables of values with their places.</summary>
/// <remarks>Tomlyn's syntax parser decides what is TOML; its serializer and its event parser accept duplicate keys.</remarks>
internal sealed class TomlDocument
{
    private readonly string _file;
    private readonly string _text;

    private TomlDocument(string file, string text)
    {
        _file = file;
        _text = text;
    }

    /// <summary>Reads a whole file.</summary>
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
            // Tomlyn 2.10.2 throws ArgumentOutOfRangeException where a text ends inside an escape, but not where a line does.
            // A carriage return at the end must not become a line's end by that.
            document = SyntaxParser.Parse(_text + (_text.EndsWith('\r') ? " \n" : "\n"), _file, true);
        }
        catch (TomlException e)
        {
            // Nesting that is too deep. What follows the first sentence is for programmers.
            throw Fault(e.Span?.Start.Offset ?? 0, e.Message.Split(". ")[0]);
        }
        foreach (DiagnosticMessage diagnostic in document.Diagnostics)
        {
            if (diagnostic.Kind == DiagnosticMessageKind.Error)
                throw Fault(diagnostic.Span.Offset, QuotedText.Visible(diagnostic.Message));
        }
        return document;
    }

    // [a.b."c d"]: tables on the way come into being without a header of their own. Of an array of tables the last one is meant.
    private TomlTable Header(TomlTable root, TableSyntaxBase header)
    {
        List<(string Key, TomlPosition Position)> path = Keys(header.Name!);
        (string last, TomlPosition position) = path[^1];
        TomlTable parent = Descend(root, path);
        if (header is not TableArraySyntax)
            return Inner(parent, last, position);
        var table = new TomlTable(position);
        if (parent.Find(last) is { Value: TomlArray array })
            array.Items.Add(table);
        else
            parent.Add(new TomlEntry(position, last, new TomlArray(position, [table])));
        return table;
    }

    private void Fill(TomlTable table, IEnumerable<KeyValueSyntax> entries)
    {
        foreach (KeyValueSyntax entry in entries)
        {
            List<(string Key, TomlPosition Position)> path = Keys(entry.Key!);
            Descend(table, path).Add(new TomlEntry(path[^1].Position, path[^1].Key, Value(entry.Value!)));
        }
    }

    private static TomlTable Descend(TomlTable table, List<(string Key, TomlPosition Position)> path)
    {
        foreach ((string key, TomlPosition position) in path.SkipLast(1))
            table = Inner(table, key, position);
        return table;
    }

    private static TomlTable Inner(TomlTable table, string key, TomlPosition position)
    {
        if (table.Find(key) is not { } entry)
            table.Add(entry = new TomlEntry(position, key, new TomlTable(position)));
        return (TomlTable)(entry.Value is TomlArray array ? array.Items[^1] : entry.Value);
    }

    private List<(string Key, TomlPosition Position)> Keys(KeySyntax key) =>
    [
        .. key.DotKeys.Select(dotted => dotted.Key!).Prepend(key.Key!).Select(part =>
            (part is StringValueSyntax quoted ? quoted.Value! : ((BareKeySyntax)part).Key!.Text!, Position(part))),
    ];

    private TomlValue Value(ValueSyntax value)
    {
        TomlPosition position = Position(value);
        switch (value)
        {
            case StringValueSyntax text:
                return new TomlString(position, text.Value!);
            case IntegerValueSyntax integer:
                return new TomlInteger(position, integer.Value);
            case BooleanValueSyntax boolean:
                return new TomlBoolean(position, boolean.Value);
            case ArraySyntax array:
                return new TomlArray(position, [.. array.Items.Select(item => Value(item.Value!))]);
            case InlineTableSyntax table:
                var inline = new TomlTable(position);
                Fill(inline, table.Items.Select(item => item.KeyValue!));
                return inline;
            default:
                return new TomlOther(position, value is FloatValueSyntax ? "a floating-point number" : "a date or time");
        }
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
