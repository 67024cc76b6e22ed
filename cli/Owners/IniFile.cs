using System.Text;

namespace HypervVfattach.Owners;

/// <summary>A section of an <see cref="IniFile"/>.</summary>
/// <param name="name">The text in the brackets; empty for the lines before the first section.</param>
/// <param name="assignments">Its assignments in order.</param>
internal sealed class IniSection(string name, List<(string Key, string Value)> assignments)
{
    public string Name => name;
    public List<(string Key, string Value)> Assignments => assignments;
}

/// <summary>A configuration file in sections of <c>Key=Value</c> lines: systemd's units and .network files, NetworkManager's
/// profiles, and the state files of both.</summary>
/// <remarks>
/// As systemd reads it (config_parse and parse_line, src/shared/conf-parser.c; systemd.syntax(7)): white space at both ends
/// of a line and around the first <c>=</c> is ignored, a line that ends with a backslash continues on the next one, lines
/// that begin with <c>#</c> or <c>;</c> are comments, even between the parts of a continued line, and a line without a key
/// is ignored. Sections of the same name are kept apart: each [Route] is a route.
/// </remarks>
internal sealed class IniFile
{
    private static readonly char[] s_blank = [' ', '\t', '\r', '\n'];

    private IniFile()
    {
    }

    /// <summary>The sections in order; lines before the first one form a section without a name.</summary>
    public List<IniSection> Sections { get; } = [];

    /// <summary>Reads files one after the other, such as a unit and its drop-ins; unreadable ones are left out.</summary>
    public static IniFile Read(params IEnumerable<string> files)
    {
        var all = new IniFile();
        foreach (string file in files)
            all.Add(Lines(file));
        return all;
    }

    /// <summary>Parses the lines of a file.</summary>
    public static IniFile Parse(IEnumerable<string> lines)
    {
        var file = new IniFile();
        file.Add(lines);
        return file;
    }

    /// <summary>All keys of a manager's state file, from all sections; of a repeated key the last value. Null if it cannot be
    /// read.</summary>
    public static IReadOnlyDictionary<string, string>? State(string file)
    {
        if (TryLines(file) is not { } lines)
            return null;
        Dictionary<string, string> keys = [];
        foreach (IniSection section in Parse(lines).Sections)
        {
            foreach ((string key, string value) in section.Assignments)
                keys[key] = value;
        }
        return keys;
    }

    /// <summary>The lines of a text file; empty if it cannot be read.</summary>
    public static string[] Lines(string file) => TryLines(file) ?? [];

    /// <summary>The last value of a key, or null.</summary>
    public string? this[string section, string key] => Of(section, key) is [.., var last] ? last : null;

    /// <summary>All values of a key that may be repeated; an empty value clears those before it. Null if none is left.</summary>
    public string[]? Values(string section, string key) =>
        Of(section, key) is var all && all[(all.FindLastIndex(value => value.Length == 0) + 1)..] is { Count: > 0 } values ? [.. values] : null;

    /// <summary>The sections as the text of a file.</summary>
    public static string Text(IEnumerable<IniSection> sections)
    {
        var text = new StringBuilder();
        foreach (IniSection section in sections)
        {
            if (section.Name.Length > 0)
                text.Append($"[{section.Name}]\n");
            foreach ((string key, string value) in section.Assignments)
                text.Append($"{key}={value}\n");
        }
        return text.ToString();
    }

    private List<string> Of(string section, string key)
    {
        List<string> values = [];
        foreach (IniSection it in Sections)
        {
            if (it.Name != section)
                continue;
            foreach ((string name, string value) in it.Assignments)
            {
                if (name == key)
                    values.Add(value);
            }
        }
        return values;
    }

    private static string[]? TryLines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Add(IEnumerable<string> lines)
    {
        var section = new IniSection("", []);
        Sections.Add(section);
        string whole = "";
        foreach (string part in lines)
        {
            if (part.TrimStart(s_blank) is ['#' or ';', ..])
                continue;
            whole += part;
            if (GoesOn(whole))
                whole = whole[..^1] + " ";
            else
                End();
        }
        End();

        void End()
        {
            string line = whole.Trim(s_blank);
            whole = "";
            if (line is ['[', .., ']'])
            {
                section = new IniSection(line[1..^1], []);
                Sections.Add(section);
            }
            else if (line.IndexOf('=') is > 0 and var equals)
            {
                section.Assignments.Add((line[..equals].TrimEnd(s_blank), line[(equals + 1)..].TrimStart(s_blank)));
            }
        }
    }

    // An escaped backslash does not count.
    private static bool GoesOn(string line)
    {
        bool escaped = false;
        foreach (char c in line)
            escaped = !escaped && c == '\\';
        return escaped;
    }
}
