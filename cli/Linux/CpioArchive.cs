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

    /// <summary>The files of an image, as far as it can be read.</summary>
    public static BootImage List(string path)
    {
        List<string> files = [];
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 4096);
            string? unread = Read(stream, files, out Compression? compression);
            if (compression is not null)
            {
                using Stream? rest = Decompressor.Start(compression.Program, stream.SafeFileHandle, compression.Start);
                unread = rest is null ? $"it is compressed with {compression.Name}, and there is no {compression.Program} here"
                    : Read(rest, files, out _) is { } why ? $"what {compression.Program} makes of it is damaged: {why}" : null;
            }
            return new BootImage(path, files, unread);
        }
        catch (Exception e) when (FileRefusal.Is(e) || e is SystemRefusal)
        {
            return new BootImage(path, files, e is UnauthorizedAccessException ? "only root may read it" : e.Message);
        }
    }

    // Returns why the rest is unread; null at the end.
    private static string? Read(Stream stream, List<string> files, out Compression? compression)
    {
        compression = null;
        byte[] header = new byte[HeaderLength];
        bool isComplete = false;
        while (true)
        {
            // Between two archives there are zeros.
            int first = stream.ReadByte();
            if (first == 0)
                continue;
            if (first < 0)
                return isComplete ? null : "its end is missing";
            header[0] = (byte)first;
            int length = 1 + stream.ReadAtLeast(header.AsSpan(1), HeaderLength - 1, throwOnEndOfStream: false);
            string text = Encoding.ASCII.GetString(header, 0, length);
            if (!text.StartsWith("070701", StringComparison.Ordinal) && !text.StartsWith("070702", StringComparison.Ordinal))
            {
                compression = stream.CanSeek ? Compression.Of(header, stream.Position - length) : null;
                return "it is no cpio archive";
            }
            if (length < HeaderLength || Number(text, FileSize) is not { } fileSize || Number(text, NameSize) is not ({ } nameSize and > 0 and <= LongestName))
                return "it is damaged";
            byte[] bytes = new byte[nameSize];
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
                return "it is damaged";
            string file = Encoding.UTF8.GetString(bytes, 0, bytes.Length - 1);
            // The name and the data both end at a multiple of four.
            Skip(stream, Padding(HeaderLength + nameSize) + fileSize + Padding(fileSize));
            isComplete = file == Trailer;
            if (!isComplete)
                files.Add(file);
        }
    }

    private static void Skip(Stream stream, long count)
    {
        if (stream.CanSeek)
        {
            stream.Position += count;
            return;
        }
        byte[] buffer = new byte[Math.Min(count, 1 << 16)];
        for (int read; count > 0 && (read = stream.Read(buffer, 0, (int)Math.Min(count, buffer.Length))) > 0;)
            count -= read;
    }

    private static long Padding(long length) => (4 - length % 4) % 4;

    private static uint? Number(string header, int start) =>
        uint.TryParse(header.AsSpan(start, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number) ? number : null;
}

/// <summary>How the rest of an image is compressed.</summary>
/// <param name="name">The format's name.</param>
/// <param name="program">The program that decompresses it.</param>
/// <param name="start">Where it begins in the file.</param>
internal sealed class Compression(string name, string program, long start)
{
    public string Name => name;
    public string Program => program;
    public long Start => start;

    /// <summary>The compression with these first bytes; null if they belong to none that the kernel knows (lib/decompress.c).</summary>
    public static Compression? Of(byte[] bytes, long start) => bytes switch
    {
        [0x1f, 0x8b, ..] => new("gzip", "gzip", start),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => new("zstd", "zstd", start),
        [0xfd, (byte)'7', (byte)'z', ..] => new("xz", "xz", start),
        [0x02, 0x21, 0x4c, 0x18, ..] or [0x04, 0x22, 0x4d, 0x18, ..] => new("lz4", "lz4", start),
        [(byte)'B', (byte)'Z', (byte)'h', ..] => new("bzip2", "bzip2", start),
        [0x5d, 0, 0, ..] => new("lzma", "xz", start),
        _ => null,
    };
}
