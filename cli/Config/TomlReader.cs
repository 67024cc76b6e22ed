using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace HypervVfattach.Config;

/// <summary>A strict reader of a subset of TOML 1.0 (https://toml.io/en/v1.0.0).</summary>
/// <remarks>
/// What it accepts means the same to every TOML 1.0 parser: comments, bare and quoted keys, [table] and
/// [table."quoted key"] headers, basic and literal strings, decimal integers, booleans, arrays of those. The rest of
/// TOML is refused by its name. Pure: bytes in, a tree of values with their places out.
/// </remarks>
internal sealed class TomlReader
{
    private const char End = '\0';

    private readonly string _file;
    private readonly string _text;
    private int _at;
    private TomlPosition _here = new(1, 1);

    private TomlReader(string file, string text)
    {
        _file = file;
        _text = text;
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="file">Its name, for error messages.</param>
    /// <param name="utf8">Its bytes.</param>
    /// <exception cref="ConfigurationError">The text is not TOML, or outside the subset.</exception>
    public static TomlTable Read(string file, ReadOnlySpan<byte> utf8) => new TomlReader(file, Decode(file, utf8)).Document();

    private static string Decode(string file, ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            throw new ConfigurationError(file, 1, 1,
                "a byte order mark, on which TOML parsers disagree; save the file as UTF-8 without it");

        var position = new TomlPosition(1, 1);
        for (ReadOnlySpan<byte> rest = utf8; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out Rune rune, out int length) != OperationStatus.Done)
                throw new ConfigurationError(file, position.Line, position.Column,
                    $"the byte 0x{rest[0]:X2} is not UTF-8; save the file as UTF-8");
            position = rune.Value == '\n'
                ? new TomlPosition(position.Line + 1, 1)
                : position with { Column = position.Column + 1 };
            rest = rest[length..];
        }
        return Encoding.UTF8.GetString(utf8);
    }

    private TomlTable Document()
    {
        var root = new TomlTable(_here) { HasHeader = true };
        TomlTable current = root;
        while (_at < _text.Length)
        {
            SkipBlanks();
            if (Peek() == '[')
                current = Header(root);
            else if (Peek() is not ('#' or '\n' or '\r') && _at < _text.Length)
                KeyAndValue(current);
            EndOfLine();
        }
        return root;
    }

    // [a.b."c d"]: the tables on the way come into being without a header of their own.
    private TomlTable Header(TomlTable root)
    {
        TomlPosition start = _here;
        Take();
        if (Peek() == '[')
            throw Unsupported(start, "an array of tables ([[...]])", "write [table] with one pair of brackets");

        TomlTable table = root;
        string name = "";
        while (true)
        {
            SkipBlanks();
            TomlPosition position = _here;
            string key = Key("the table's name");
            name += name.Length == 0 ? key : "." + key;
            if (table.Find(key) is not { } entry)
                table.Add(entry = new TomlEntry(position, key, new TomlTable(position)));
            if (entry.Value is not TomlTable inner)
                throw Fault(position, $"{QuotedText.Of(name)} is already a value, at line {entry.Position.Line}, so it cannot be a table");
            table = inner;

            SkipBlanks();
            if (Peek() == '.')
            {
                Take();
                continue;
            }
            if (Peek() != ']')
                throw Unexpected("'.' or ']' after a table's name");
            Take();
            break;
        }
        if (table.HasHeader)
            throw Fault(start, $"the table {QuotedText.Of(name)} is there twice; put its keys under one header");
        table.HasHeader = true;
        return table;
    }

    private void KeyAndValue(TomlTable table)
    {
        TomlPosition position = _here;
        string key = Key("a key or a [table]");
        SkipBlanks();
        if (Peek() == '.')
            throw Unsupported(position, "a dotted key", "put the key under a [table] header");
        if (Peek() != '=')
            throw Unexpected($"'=' after the key {QuotedText.Of(key)}");
        Take();
        SkipBlanks();
        TomlValue value = Value(insideArray: false);
        if (table.Find(key) is { } other)
            throw Fault(position, other.Value is TomlTable
                ? $"{QuotedText.Of(key)} is already a table, at line {other.Position.Line}"
                : $"the key {QuotedText.Of(key)} is there twice, first at line {other.Position.Line}");
        table.Add(new TomlEntry(position, key, value));
    }

    private string Key(string expected)
    {
        if (Peek() is '"' or '\'')
            return QuotedString();
        int start = _at;
        while (char.IsAsciiLetterOrDigit(Peek()) || Peek() is '_' or '-')
            Take();
        return _at > start ? _text[start.._at] : throw Unexpected(expected);
    }

    private TomlValue Value(bool insideArray)
    {
        TomlPosition start = _here;
        switch (Peek())
        {
            case '"' or '\'':
                char quote = Peek();
                if (_text.AsSpan(_at).StartsWith([quote, quote, quote]))
                    throw Unsupported(start, "a multi-line string", "write it on one line, \"...\"");
                return new TomlString(start, QuotedString());
            case '[':
                return insideArray
                    ? throw Unsupported(start, "an array inside an array", "write one flat array")
                    : Array(start);
            case '{':
                throw Unsupported(start, "an inline table ({...})", "write a [table] header");
        }

        int from = _at;
        while (char.IsAsciiLetterOrDigit(Peek()) || Peek() is '_' or '-' or '+' or '.' or ':')
            Take();
        string word = _text[from.._at];
        return word switch
        {
            "" => throw Unexpected("a value"),
            "true" => new TomlBoolean(start, true),
            "false" => new TomlBoolean(start, false),
            _ => Number(start, word),
        };
    }

    private TomlInteger Number(TomlPosition start, string word)
    {
        string digits = word.TrimStart('+', '-');
        if (digits is "inf" or "nan")
            throw Unsupported(start, "a floating-point number", "write an integer");
        if (digits is "" || !char.IsAsciiDigit(digits[0]))
            throw Fault(start, $"{QuotedText.Of(word)} is no value; expected a string in quotes, an integer, true, false or [array]");
        if (digits.Length > 1 && digits[0] == '0' && digits[1] is 'x' or 'o' or 'b')
            throw Unsupported(start, "a hexadecimal, octal or binary integer", "write it in decimal");
        if (digits.Contains(':') || digits.AsSpan().TrimStart("0123456789").StartsWith("-"))
            throw Unsupported(start, "a date or time", "write a string or an integer");
        if (digits.AsSpan().ContainsAny('.', 'e', 'E'))
            throw Unsupported(start, "a floating-point number", "write an integer");

        if (word.Length - digits.Length > 1 || digits.Any(c => !char.IsAsciiDigit(c) && c != '_'))
            throw Fault(start, $"{QuotedText.Of(word)} is not an integer");
        if (digits.Contains("__", StringComparison.Ordinal) || digits.EndsWith('_'))
            throw Fault(start, $"{QuotedText.Of(word)} has a '_' that does not stand between two digits");
        if (digits.Length > 1 && digits[0] == '0')
            throw Fault(start, $"{QuotedText.Of(word)} has a leading zero; write it without");
        return long.TryParse(word.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out long value)
            ? new TomlInteger(start, value)
            : throw Fault(start, $"{QuotedText.Of(word)} does not fit into 64 bits");
    }

    private TomlArray Array(TomlPosition start)
    {
        ImmutableArray<TomlValue>.Builder items = ImmutableArray.CreateBuilder<TomlValue>();
        Take();
        while (true)
        {
            SkipBlanksAndLines();
            if (Peek() == ']')
                break;
            if (_at == _text.Length)
                throw Unexpected("a value or the ']' that closes the array");
            items.Add(Value(insideArray: true));
            SkipBlanksAndLines();
            if (Peek() == ']')
                break;
            if (Peek() != ',')
                throw Unexpected("',' or ']' after a value of the array");
            Take();
        }
        Take();
        return new TomlArray(start, items.DrainToImmutable());
    }

    // "..." with escapes or '...' without, on one line.
    private string QuotedString()
    {
        TomlPosition start = _here;
        char quote = Take();
        var text = new StringBuilder();
        while (true)
        {
            if (_at == _text.Length || Peek() is '\n' or '\r')
                throw Fault(start, $"the string is not closed; expected {quote} before the end of the line");
            RefuseControlCharacter();
            if (Peek() == quote)
                break;
            if (quote == '"' && Peek() == '\\')
                text.Append(Escape());
            else
                text.Append(Take());
        }
        Take();
        return text.ToString();
    }

    private string Escape()
    {
        TomlPosition start = _here;
        Take();
        char kind = _at < _text.Length ? Take() : End;
        switch (kind)
        {
            case 'b':
                return "\b";
            case 't':
                return "\t";
            case 'n':
                return "\n";
            case 'f':
                return "\f";
            case 'r':
                return "\r";
            case '"':
                return "\"";
            case '\\':
                return "\\";
            case not ('u' or 'U'):
                throw Fault(start, "unknown escape; expected one of \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX");
        }

        int length = kind == 'u' ? 4 : 8;
        int from = _at;
        while (_at - from < length && char.IsAsciiHexDigit(Peek()))
            Take();
        if (_at - from < length)
            throw Fault(start, $"expected {length} hexadecimal digits after \\{kind}");
        uint scalar = uint.Parse(_text.AsSpan(from, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return Rune.TryCreate(scalar, out Rune rune)
            ? rune.ToString()
            : throw Fault(start, "the escape is not a Unicode scalar value (0 to D7FF, E000 to 10FFFF)");
    }

    private void SkipBlanks()
    {
        while (Peek() is ' ' or '\t')
            Take();
    }

    private void SkipBlanksAndLines()
    {
        while (true)
        {
            SkipBlanks();
            if (Peek() is not ('#' or '\n' or '\r'))
                return;
            EndOfLine();
        }
    }

    // What may follow on the line: blanks, a comment, and LF or CR LF (or the end of the file).
    private void EndOfLine()
    {
        SkipBlanks();
        if (Peek() == '#')
        {
            while (_at < _text.Length && Peek() is not ('\n' or '\r'))
            {
                RefuseControlCharacter();
                Take();
            }
        }
        if (_at == _text.Length)
            return;
        if (Peek() == '\r')
        {
            if (!_text.AsSpan(_at).StartsWith("\r\n"))
                throw Fault(_here, "a carriage return without a line feed; end lines with LF or CR LF");
            Take();
        }
        if (Peek() != '\n')
            throw Unexpected("the end of the line");
        Take();
    }

    private void RefuseControlCharacter()
    {
        if (Peek() is (< ' ' and not '\t') or '\x7f')
            throw Fault(_here, $"the control character U+{(int)Peek():X4} is not allowed here");
    }

    private char Peek() => _at < _text.Length ? _text[_at] : End;

    private char Take()
    {
        char taken = _text[_at++];
        if (taken == '\n')
            _here = new TomlPosition(_here.Line + 1, 1);
        else if (!char.IsLowSurrogate(taken))
            _here = _here with { Column = _here.Column + 1 };
        return taken;
    }

    private ConfigurationError Unexpected(string expected)
    {
        string found = _at == _text.Length ? "the end of the file"
            : Peek() is '\n' or '\r' ? "the end of the line"
            : char.IsControl(Peek()) ? $"the control character U+{(int)Peek():X4}"
            : $"'{Rune.GetRuneAt(_text, _at)}'";
        return Fault(_here, $"found {found}, expected {expected}");
    }

    private ConfigurationError Unsupported(TomlPosition position, string what, string instead) =>
        Fault(position, $"{what} is TOML but not supported here; {instead}");

    private ConfigurationError Fault(TomlPosition position, string message) =>
        new(_file, position.Line, position.Column, message);
}
