using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace HypervVfattach.Machines;

/// <summary>A file for the guest.</summary>
/// <param name="Path">Absolute path in the guest; directories are made as needed.</param>
/// <param name="Content">The bytes.</param>
/// <param name="Mode">Permissions.</param>
public sealed record GuestFile(string Path, ReadOnlyMemory<byte> Content, UnixFileMode Mode)
{
    private const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode Executable =
        Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>A text, mode 644.</summary>
    public static GuestFile Text(string path, string text) => new(path, Encoding.UTF8.GetBytes(text), Readable);

    /// <summary>A script, mode 755.</summary>
    public static GuestFile Script(string path, string text) => new(path, Encoding.UTF8.GetBytes(text), Executable);

    /// <summary>A copy of a file on the host, executable if the original is.</summary>
    public static GuestFile Copy(string path, string hostPath) => new(path, File.ReadAllBytes(hostPath),
        File.GetUnixFileMode(hostPath).HasFlag(UnixFileMode.UserExecute) ? Executable : Readable);

    /// <summary>Path, mode and content in one text.</summary>
    public string Description => $"{Path} {Mode} {Convert.ToHexStringLower(SHA256.HashData(Content.Span))}";

    /// <summary>The files as a tar archive.</summary>
    internal static byte[] Archive(IEnumerable<GuestFile> files)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
            foreach (var file in files)
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, file.Path.TrimStart('/'))
                {
                    DataStream = new MemoryStream(file.Content.ToArray()),
                    Mode = file.Mode,
                    // Constant, so that the same files give the same archive.
                    ModificationTime = DateTimeOffset.UnixEpoch,
                });
        return bytes.ToArray();
    }
}
