namespace HypervVfattach.Linux.Owners;

/// <summary>A configuration file in sections of <c>key=value</c> lines, as systemd and NetworkManager have it: white space
/// around a line, a key and a value does not count.</summary>
internal sealed class IniFile
{
    private readonly List<(string Section, string Key, string Value)> _lines = [];

    private IniFile()
    {
    }

    /// <summary>Reads files behind each other, as a unit and its drop-ins; what cannot be read is left out.</summary>
    public static IniFile Read(params IEnumerable<string> files)
    {
        var all = new IniFile();
        foreach (string file in files)
        {
            string section = "";
            foreach (string line in Lines(file).Select(line => line.Trim()))
            {
                int equals = line.IndexOf('=');
                if (line is ['[', .., ']'])
                    section = line[1..^1];
                else if (equals > 0 && line[0] is not ('#' or ';'))
                    all._lines.Add((section, line[..equals].TrimEnd(), line[(equals + 1)..].TrimStart()));
            }
        }
        return all;
    }

    /// <summary>The lines of a text file; none where it cannot be read.</summary>
    public static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The files of a directory, by name; none where it cannot be read.</summary>
    public static string[] Files(string directory, string pattern)
    {
        try
        {
            string[] files = Directory.GetFiles(directory, pattern);
            Array.Sort(files, StringComparer.Ordinal);
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The last value of a key, or null.</summary>
    public string? this[string section, string key] =>
        _lines.FindLast(line => line.Section == section && line.Key == key).Value;

    /// <summary>All words of a key that may stand more than once; an empty value forgets those before it. Null where it does not
    /// stand there.</summary>
    public string[]? Words(string section, string key)
    {
        List<string>? words = null;
        foreach ((_, _, string value) in _lines.Where(line => line.Section == section && line.Key == key))
        {
            words = value.Length == 0 ? [] : words ?? [];
            words.AddRange(value.Split([' ', '\t', ';', ','], StringSplitOptions.RemoveEmptyEntries));
        }
        return words is { Count: > 0 } ? [.. words] : null;
    }
}
