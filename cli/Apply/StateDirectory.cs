namespace HypervVfattach.Apply;

/// <summary>The directory of journals, locks and hold-off files below /run.</summary>
internal static class StateDirectory
{
    // All users may see that a journal exists, because status works without privileges. Only root may read it: it contains texts of
    // unit and .network files that others may not read.
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Creates it where it is missing.</summary>
    /// <exception cref="IOException">The file system refused.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system refused.</exception>
    public static void Create(string path) => Directory.CreateDirectory(path, Mode);
}
