namespace HypervVfattach.Core;

/// <summary>Turns what the runtime throws for a file into the one exception for a refusal by the system.</summary>
internal static class FileRefusal
{
    /// <summary>Whether an exception is a refusal by the file system.</summary>
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>The refusal that an exception stands for.</summary>
    public static SystemRefusal From(Exception e, string path, string operation) =>
        new(path, operation, Errno(e));

    // The runtime keeps the errno in HResult for those it has no own exception for (ENOSPC, EROFS, EIO); these
    // numbers are the same on Linux and FreeBSD.
    private static int Errno(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => 2,
        UnauthorizedAccessException => 13,
        { HResult: > 0 and < 200 and var errno } => errno,
        _ => 5,
    };
}
