namespace HypervVfattach.Apply;

/// <summary>The directory of journals, locks and marks below /run.</summary>
internal static class StateDirectory
{
    // Everybody may see that a journal is there, which status tells also without a privilege; only root may read it, because it has
    // texts of unit and .network files that others may not read.
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Creates it where it is missing.</summary>
    /// <exception cref="IOException">The file system refused.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system refused.</exception>
    public static void Create(string path) => Directory.CreateDirectory(path, Mode);
}
