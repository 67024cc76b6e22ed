using System.Collections.Immutable;

namespace HypervVfattach.Config;

/// <summary>A place in a file.</summary>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column in characters (Unicode scalar values), from 1.</param>
internal readonly record struct TomlPosition(int Line, int Column);

/// <summary>A value of the supported subset of TOML, with its place in the file.</summary>
internal abstract record TomlValue(TomlPosition Position);

/// <summary>A string, unescaped.</summary>
internal sealed record TomlString(TomlPosition Position, string Value) : TomlValue(Position);

/// <summary>An integer of 64 bits.</summary>
internal sealed record TomlInteger(TomlPosition Position, long Value) : TomlValue(Position);

/// <summary>A boolean.</summary>
internal sealed record TomlBoolean(TomlPosition Position, bool Value) : TomlValue(Position);

/// <summary>An array of strings, integers and booleans.</summary>
internal sealed record TomlArray(TomlPosition Position, ImmutableArray<TomlValue> Items) : TomlValue(Position);

/// <summary>A table; the root of a file is one too.</summary>
internal sealed record TomlTable(TomlPosition Position) : TomlValue(Position)
{
    private readonly Dictionary<string, TomlEntry> _byKey = new(StringComparer.Ordinal);
    private readonly List<TomlEntry> _inOrder = [];

    /// <summary>Whether the table's own header was seen, and not only that of a table inside it.</summary>
    public bool HasHeader { get; set; }

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
