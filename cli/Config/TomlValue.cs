using System.Text;

namespace HypervVfattach.Config;

/// <summary>A position in a file.</summary>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column in characters (Unicode scalar values), from 1.</param>
internal readonly record struct TomlPosition(int Line, int Column)
{
    /// <summary>The position after a character at this position.</summary>
    public TomlPosition After(Rune rune) => rune.Value == '\n' ? new(Line + 1, 1) : this with { Column = Column + 1 };
}

/// <summary>A value of TOML, with its position in the file.</summary>
internal abstract record TomlValue(TomlPosition Position);

/// <summary>A string, unescaped.</summary>
internal sealed record TomlString(TomlPosition Position, string Value) : TomlValue(Position);

/// <summary>An integer of 64 bits.</summary>
internal sealed record TomlInteger(TomlPosition Position, long Value) : TomlValue(Position);

/// <summary>A boolean.</summary>
internal sealed record TomlBoolean(TomlPosition Position, bool Value) : TomlValue(Position);

/// <summary>A value of a type that no setting has.</summary>
/// <param name="Position">Its position.</param>
/// <param name="Kind">The type with its article: <c>a date or time</c>.</param>
internal sealed record TomlOther(TomlPosition Position, string Kind) : TomlValue(Position);

/// <summary>An array, including an array of tables.</summary>
/// <param name="Position">Its position.</param>
/// <param name="Items">Its items.</param>
/// <param name="IsOfHeaders">Whether headers [[NAME]] define it, so that further ones add to it.</param>
internal sealed record TomlArray(TomlPosition Position, List<TomlValue> Items, bool IsOfHeaders = false) : TomlValue(Position);

/// <summary>How a table was defined.</summary>
internal enum TomlOrigin
{
    /// <summary>By the header of a table below it, so that its own header may follow.</summary>
    Implied,

    /// <summary>By its own header.</summary>
    Header,

    /// <summary>By dotted keys: further ones may add to it, and so may headers of tables below it.</summary>
    DottedKey,

    /// <summary>By an inline table: nothing may be added to it.</summary>
    Inline,
}

/// <summary>A table, including the root of a file.</summary>
internal sealed record TomlTable(TomlPosition Position) : TomlValue(Position)
{
    private readonly Dictionary<string, TomlEntry> _byKey = new(StringComparer.Ordinal);
    private readonly List<TomlEntry> _inOrder = [];

    /// <summary>How it was defined.</summary>
    public TomlOrigin Origin { get; set; }

    /// <summary>The entries in the order of the file.</summary>
    public IReadOnlyList<TomlEntry> Entries => _inOrder;

    /// <summary>The entry with this key, or null.</summary>
    public TomlEntry? Find(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>Adds an entry, whose key must be new.</summary>
    public void Add(TomlEntry entry)
    {
        _byKey.Add(entry.Key, entry);
        _inOrder.Add(entry);
    }
}

/// <summary>A key with its position and its value.</summary>
internal sealed class TomlEntry(TomlPosition position, string key, TomlValue value)
{
    public TomlPosition Position => position;
    public string Key => key;
    public TomlValue Value => value;
}
