namespace HypervVfattach.Linux;

/// <summary>Reads small files and links in /proc and /sys, which may vanish or not exist.</summary>
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
}
