using System.Globalization;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux;

/// <summary>Lists an initial RAM file system: uncompressed cpio archives one after the other, of which the last is usually compressed
/// (Documentation/driver-api/early-userspace/buffer-format.rst).</summary>
internal static class CpioArchive
{
    // The "newc" header: a magic of 6 digits and 13 numbers of 8 hexadecimal digits.
    private const int HeaderLength = 110, FileSize = 54, NameSize = 94, LongestName = 4096;

    private const string Trailer = "TRAILER!!!";

    /// <summary>The files of an image, as far as it is not compressed.</summary>
    public static BootImage List(string path)
    {
        List<string> files = [];
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 4096);
            return new BootImage(path, files, Read(stream, files));
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            return new BootImage(path, files, e is UnauthorizedAccessException ? "only root may read it" : e.Message);
        }
    }

    // Returns why the rest is unread; null at the end.
    private static string? Read(FileStream stream, List<string> files)
    {
        byte[] header = new byte[HeaderLength];
        while (true)
        {
            // Between two archives there are zeros.
            int first = stream.ReadByte();
            if (first == 0)
                continue;
            if (first < 0)
                return null;
            header[0] = (byte)first;
            int length = 1 + stream.ReadAtLeast(header.AsSpan(1), HeaderLength - 1, throwOnEndOfStream: false);
            string text = Encoding.ASCII.GetString(header, 0, length);
            if (!text.StartsWith("070701", StringComparison.Ordinal) && !text.StartsWith("070702", StringComparison.Ordinal))
                return Compression(header) is { } name ? $"it is compressed with {name}" : "it is no cpio archive";
            if (length < HeaderLength || Number(text, FileSize) is not { } fileSize || Number(text, NameSize) is not ({ } nameSize and > 0 and <= LongestName))
                return "it is damaged";
            byte[] bytes = new byte[nameSize];
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
                return "it is damaged";
            string file = Encoding.UTF8.GetString(bytes, 0, bytes.Length - 1);
            // The name and the data both end at a multiple of four.
            long data = stream.Position + Padding(HeaderLength + nameSize);
            stream.Position = data + fileSize + Padding(fileSize);
            if (file != Trailer)
                files.Add(file);
        }
    }

    private static long Padding(long length) => (4 - length % 4) % 4;

    private static uint? Number(string header, int start) =>
        uint.TryParse(header.AsSpan(start, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number) ? number : null;

    private static string? Compression(byte[] start) => start switch
    {
        [0x1f, 0x8b, ..] => "gzip",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd",
        [0xfd, (byte)'7', (byte)'z', ..] => "xz",
        [0x02, 0x21, 0x4c, 0x18, ..] or [0x04, 0x22, 0x4d, 0x18, ..] => "lz4",
        [(byte)'B', (byte)'Z', (byte)'h', ..] => "bzip2",
        [0x5d, 0, 0, ..] => "lzma",
        _ => null,
    };
}
