using HypervVfattach.Core;

namespace HypervVfattach.Config;

/// <summary>Finds the configuration file, and accepts it only if only root can have written it.</summary>
internal static class SettingsFile
{
    /// <summary>Largest accepted file, in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Loads the settings.</summary>
    /// <param name="path">The file that the administrator named; null for the default one, which may be missing.</param>
    /// <param name="open">Opens a file or directory for reading, without blocking; null if it is missing.</param>
    /// <param name="scope">The settings that exist on the running OS.</param>
    /// <exception cref="ConfigurationError">The file is missing, not trustworthy, or invalid.</exception>
    /// <exception cref="SystemRefusal">The file cannot be opened.</exception>
    public static Settings Load(string? path, Func<string, OpenedFile?> open, SettingsScope scope)
    {
        string file = path ?? scope.DefaultPath;
        // The properties are those of the opened descriptors, so that no other file can replace the checked one.
        using OpenedFile? opened = open(file);
        if (opened is null)
            return path is null ? scope.Defaults : throw new ConfigurationError(file, "no such file");
        if (!opened.IsRegular)
            throw new ConfigurationError(file, "is not a regular file");
        RequireRoot(file, opened);

        string directory = Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";
        using OpenedFile? parent = open(directory);
        if (parent is not null)
            RequireRoot(directory, parent);
        return SettingsReader.Read(file, Content(file, opened), scope);
    }

    private static void RequireRoot(string path, OpenedFile opened)
    {
        if (opened.Owner != 0)
            throw new ConfigurationError(path, $"belongs to user {opened.Owner}, must belong to root (chown root {path})");
        if ((opened.Mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
            throw new ConfigurationError(path, $"is writable by others than root (chmod go-w {path})");
    }

    private static ReadOnlySpan<byte> Content(string file, OpenedFile opened)
    {
        byte[] content = new byte[MaxBytes + 1];
        int length = 0;
        while (length < content.Length && RandomAccess.Read(opened.Handle, content.AsSpan(length), length) is > 0 and int read)
            length += read;
        return length <= MaxBytes
            ? content.AsSpan(0, length)
            : throw new ConfigurationError(file, $"is larger than {MaxBytes} bytes");
    }
}
