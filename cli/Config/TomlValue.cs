using System.Text;

namespace HypervVfattach.Config;

/// <summary>A place in a file.</summary>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column in characters (Unicode scalar values), from 1.</param>
internal readonly record struct TomlPosition(int Line, int Column)
{
    /// <summary>The place behind a character that is here.</summary>
    public TomlPosition After(Rune rune) => rune.Value == '\n' ? new(Line + 1, 1) : this with { Column = Column + 1 };
}

/// <summary>A value of TOML, with its place in the file.</summary>
internal abstract record TomlValue(TomlPosition Position);

/// <summary>A string, unescaped.</summary>
internal sealed record TomlString(TomlPosition Position, string Value) : TomlValue(Position);

/// <summary>An integer of 64 bits.</summary>
internal sealed record TomlInteger(TomlPosition Position, long Value) : TomlValue(Position);

/// <summary>A boolean.</summary>
internal sealed record TomlBoolean(TomlPosition Position, bool Value) : TomlValue(Position);

/// <summary>A value of a kind that no setting has.</summary>
/// <param name="Position">Its place.</param>
/// <param name="Kind">The kind with its article: <c>a date or time</c>.</param>
internal sealed record TomlOther(TomlPosition Position, string Kind) : TomlValue(Position);

/// <summary>An array, also one of tables.</summary>
/// <param name="Position">Its place.</param>
/// <param name="Items">Its items.</param>
/// <param name="IsOfHeaders">Whether headers [[NAME]] make it, so that more of them may add to it.</param>
internal sealed record TomlArray(TomlPosition Position, List<TomlValue> Items, bool IsOfHeaders = false) : TomlValue(Position);

/// <summary>What has made a table.</summary>
internal enum TomlOrigin
{
    /// <summary>A header of a table below it, so that a header of its own may follow.</summary>
    Implied,

    /// <summary>A header of its own.</summary>
    Header,

    /// <summary>Dotted keys: more of them may add to it, and headers of tables below it.</summary>
    DottedKey,

    /// <summary>Braces: nothing may be added to it.</summary>
    Inline,
}

/// <summary>A table; the root of a file is one too.</summary>
internal sealed record TomlTable(TomlPosition Position) : TomlValue(Position)
{
    private readonly Dictionary<string, TomlEntry> _byKey = new(StringComparer.Ordinal);
    private readonly List<TomlEntry> _inOrder = [];

    /// <summary>What has made it.</summary>
    public TomlOrigin Origin { get; set; }

    /// <summary>The entries in the order of the file.</summary>
    public IReadOnlyList<TomlEntry> Entries => _inOrder;

    /// <summary>The entry with this key, or null.</summary>
    public TomlEntry? Find(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>Adds an entry whose key is new.</summary>
    public void Add(TomlEntry entry)
    {
        _byKey.Add(entry.Key, entry);
        _inOrder.Add(entry);
    }
}

/// <summary>A key, its place, and its value.</summary>
internal sealed record TomlEntry(TomlPosition Position, string Key, TomlValue Value);
