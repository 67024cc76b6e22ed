namespace HypervVfattach.Linux.Owners;

/// <summary>A section of a <see cref="KeyFile"/>, its assignments in their order.</summary>
/// <param name="Name">What stands in the brackets; null for what comes before the first.</param>
internal sealed record KeySection(string? Name, List<(string Key, string Value)> Keys);

/// <summary>Sections of <c>Key=Value</c> lines: systemd's units and .network files, and the state files of managers.</summary>
/// <remarks>
/// As systemd reads it (config_parse and parse_line, src/shared/conf-parser.c; systemd.syntax(7)): white space at both ends
/// of a line and around the first <c>=</c> means nothing, a line that ends with a backslash goes on in the next, lines that
/// begin with <c>#</c> or <c>;</c> are comments, between the parts of a line too, and a line without a key is ignored.
/// Sections of the same name stay apart: each [Route] is a route.
/// </remarks>
internal static class KeyFile
{
    private static readonly char[] s_blank = [' ', '\t', '\r', '\n'];

    /// <summary>All keys of the file, of whatever section, the last of a name; null where there is no such file.</summary>
    public static IReadOnlyDictionary<string, string>? Read(string file)
    {
        List<KeySection> sections;
        try
        {
            sections = Sections(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        Dictionary<string, string> keys = [];
        foreach (KeySection section in sections)
        {
            foreach ((string key, string value) in section.Keys)
                keys[key] = value;
        }
        return keys;
    }

    /// <summary>The file's sections; what stands before the first is one without a name.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static List<KeySection> Sections(string file)
    {
        var section = new KeySection(null, []);
        List<KeySection> sections = [section];
        string whole = "";
        foreach (string part in File.ReadAllLines(file))
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
        return sections;

        void End()
        {
            string line = whole.Trim(s_blank);
            whole = "";
            if (line is ['[', .., ']'])
            {
                section = new KeySection(line[1..^1], []);
                sections.Add(section);
            }
            else if (line.IndexOf('=') is > 0 and var equals)
            {
                section.Keys.Add((line[..equals].TrimEnd(s_blank), line[(equals + 1)..].TrimStart(s_blank)));
            }
        }
    }

    /// <summary>Sections as a file that says the same.</summary>
    public static string Text(IEnumerable<KeySection> sections) => string.Concat(sections.Select(section =>
        (section.Name is null ? "" : $"[{section.Name}]\n") + string.Concat(section.Keys.Select(key => $"{key.Key}={key.Value}\n"))));

    // A backslash that another one escapes does not count.
    private static bool GoesOn(string line)
    {
        bool escaped = false;
        foreach (char c in line)
            escaped = !escaped && c == '\\';
        return escaped;
    }
}
