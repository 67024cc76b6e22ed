namespace HypervVfattach.Linux.Owners;

/// <summary>The <c>KEY=value</c> lines of a manager's state file.</summary>
internal static class KeyFile
{
    /// <summary>All keys of the file, of whatever section; null where there is no such file.</summary>
    public static IReadOnlyDictionary<string, string>? Read(string file)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        Dictionary<string, string> keys = [];
        foreach (string line in lines)
        {
            int equals = line.IndexOf('=');
            if (equals > 0 && line[0] is not ('#' or ';'))
                keys[line[..equals].Trim()] = line[(equals + 1)..].Trim();
        }
        return keys;
    }
}
