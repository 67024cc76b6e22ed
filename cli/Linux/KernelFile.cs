namespace HypervVfattach.Linux;

/// <summary>Small files and links of /proc and /sys, which may be gone, or not there at all.</summary>
internal static class KernelFile
{
    /// <summary>A file's text without the end of its last line; null where it cannot be read.</summary>
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

    /// <summary>Where a link leads, as it is written; null where that cannot be read.</summary>
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
