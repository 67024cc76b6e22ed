namespace HypervVfattach.Core;

/// <summary>Converts the runtime's exceptions for files to <see cref="SystemRefusal"/>.</summary>
internal static class FileRefusal
{
    /// <summary>Whether the file system refused, as opposed to a mistake in this program.</summary>
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>The refusal for such an exception.</summary>
    public static SystemRefusal From(Exception e, string path, string operation) =>
        new(path, operation, Errno(e));

    /// <summary>The errno of such an exception: the runtime keeps it in HResult where it has no exception of its own (ENOSPC, EROFS,
    /// EIO). These numbers are the same on Linux and FreeBSD.</summary>
    public static int Errno(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => 2,
        UnauthorizedAccessException => 13,
        { HResult: > 0 and < 200 and var errno } => errno,
        _ => 5,
    };
}
