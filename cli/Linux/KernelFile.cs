namespace HypervVfattach.Linux;

/// <summary>Reads small files, links and directories, such as those in /proc and /sys, which may vanish or not exist.</summary>
internal static class KernelFile
{
    /// <summary>A file's text without trailing newlines; null if it cannot be read.</summary>
    public static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A link's target as stored; null if it cannot be read.</summary>
    public static string? Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The files of a directory, sorted by name; empty if it cannot be read.</summary>
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
}
