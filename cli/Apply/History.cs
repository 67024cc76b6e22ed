using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Posix;

namespace HypervVfattach.Apply;

/// <summary>What happened to the pairs of this host, kept across restarts: a file with one JSON object per line.</summary>
/// <param name="directory">Its directory; created with the first entry, if the directory above it is there.</param>
internal sealed class History(string directory)
{
    /// <summary>Most lines of the file.</summary>
    public const int MaxLines = 1000;

    /// <summary>Most bytes of the file.</summary>
    public const int MaxBytes = 128 << 10;

    /// <summary>Most characters of a detail; the rest is cut off.</summary>
    public const int MaxDetail = 400;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const UnixFileMode AllRead = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    // The holder only reads and writes one small file; an event of udev must not wait longer for the sake of an entry.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private string PathOf => Path.Combine(directory, "history");

    /// <summary>All entries, the oldest first, and the number of lines that could not be read.</summary>
    /// <exception cref="SystemRefusal">The file system refused; a file that is missing is no refusal.</exception>
    public (List<HistoryEntry> Entries, int Damaged) Read()
    {
        List<HistoryEntry> entries = [];
        int damaged = 0;
        foreach (ReadOnlyMemory<byte> line in Lines(Content()))
        {
            if (Entry(line.Span) is { } entry)
                entries.Add(entry);
            else
                damaged++;
        }
        return (entries, damaged);
    }

    /// <summary>The history of one pair in short; null if it has none.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public PairHistory? Of(HardwareAddress mac) => Of(mac, Lines(Content())) is { Last: not null } history ? history : null;

    /// <summary>Adds entries about a pair that follow from its history, under the file's lock.</summary>
    /// <param name="mac">The pair's address.</param>
    /// <param name="next">The new entries, if any.</param>
    /// <exception cref="SystemRefusal">The file system refused, or another process holds the lock too long; nothing was written.</exception>
    public void Add(HardwareAddress mac, Func<PairHistory, IEnumerable<HistoryEntry>> next)
    {
        try
        {
            // Before /var is mounted, a directory of ours there would be hidden by it later.
            if (!Directory.Exists(Path.GetDirectoryName(directory)))
                throw new DirectoryNotFoundException();
            StateDirectory.Create(directory);
            using FileLock held = Lock();
            byte[] content = Content();
            List<ReadOnlyMemory<byte>> lines = Lines(content);
            List<ReadOnlyMemory<byte>> added = [];
            int bytes = content.Length;
            foreach (HistoryEntry entry in next(Of(mac, lines)))
            {
                added.Add(JsonLine.Write(entry, Described));
                bytes += added[^1].Length;
            }
            if (added.Count == 0)
                return;
            if (bytes >= MaxBytes || lines.Count + added.Count > MaxLines)
                Replace([.. Newest(lines), .. added]);
            else
                Append(added);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, PathOf, "write");
        }
    }

    private static PairHistory Of(HardwareAddress mac, List<ReadOnlyMemory<byte>> lines)
    {
        var history = new PairHistory();
        byte[] text = Encoding.UTF8.GetBytes(mac.ToString());
        foreach (ReadOnlyMemory<byte> line in lines)
        {
            // Most lines of a host with many pairs are about other ones.
            if (line.Span.IndexOf(text) >= 0 && Entry(line.Span) is { } entry && entry.Mac == mac)
                history = history.After(entry);
        }
        return history;
    }

    private static HistoryEntry? Entry(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonLine.Read<HistoryEntry>(line, Described);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is for a text that is no UTF-8.
            return null;
        }
    }

    private static HistoryEntry Described(Fields f, HistoryEntry? v) => new(
        Time(f.Text("time", v?.Time.ToString(TimeFormat, CultureInfo.InvariantCulture))),
        HistoryKinds.Find(f.Text("is", v is null ? null : HistoryKinds.NameOf(v.Kind))) ?? throw new JsonException("unknown kind"),
        f.Mac("mac", v?.Mac ?? default),
        f.Text("synthetic", v?.Synthetic))
    {
        Vf = f.OptionalText("vf", v?.Vf),
        VfIndex = f.Int("index", v?.VfIndex ?? 0),
        Boot = f.Text("boot", v?.Boot),
        By = f.Text("by", v?.By),
        Detail = f.OptionalText("detail", v?.Detail is { Length: > MaxDetail } detail ? detail[..MaxDetail] : v?.Detail),
    };

    private static DateTimeOffset Time(string text) => DateTimeOffset.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : throw new JsonException("no time");

    // With their line feeds. What follows the last line feed is a line, too: one whose writer died.
    private static List<ReadOnlyMemory<byte>> Lines(byte[] content)
    {
        List<ReadOnlyMemory<byte>> lines = [];
        for (int start = 0; start < content.Length;)
        {
            int end = Array.IndexOf(content, (byte)'\n', start);
            int next = end < 0 ? content.Length : end + 1;
            lines.Add(content.AsMemory(start, next - start));
            start = next;
        }
        return lines;
    }

    // The newer half, and of the older one what tells the present state of a pair that has been quiet since. Damaged lines go.
    private static List<ReadOnlyMemory<byte>> Newest(List<ReadOnlyMemory<byte>> lines)
    {
        HashSet<(string, int)> known = [];
        List<ReadOnlyMemory<byte>> kept = [];
        int bytes = 0;
        for (int line = lines.Count - 1; line >= 0; line--)
        {
            if (Entry(lines[line].Span) is not { } entry || bytes + lines[line].Length > MaxBytes * 3 / 4)
                continue;
            bool isNews = known.Add((entry.Mac.ToString(), entry.Kind switch
            {
                HistoryKind.VfArrived or HistoryKind.VfLeft => 0,
                HistoryKind.Joined or HistoryKind.Detached or HistoryKind.TakenApart => 1,
                HistoryKind.PathVf or HistoryKind.PathSynthetic => 2,
                _ => 3,
            }));
            bool isNew = bytes <= MaxBytes / 2 && kept.Count < MaxLines / 2;
            if (!(isNews && kept.Count < MaxLines * 3 / 4) && !isNew)
                continue;
            kept.Add(lines[line]);
            bytes += lines[line].Length;
        }
        kept.Reverse();
        return kept;
    }

    // A file that somebody else has made long is read from its end.
    private byte[] Content()
    {
        try
        {
            using FileStream file = Open(FileMode.Open, FileAccess.Read, PathOf);
            long start = Math.Max(0, file.Length - 2 * MaxBytes);
            file.Position = start;
            byte[] content = new byte[file.Length - start];
            int length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return content[..length];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, PathOf, "read");
        }
    }

    private void Append(List<ReadOnlyMemory<byte>> lines)
    {
        using FileStream file = Open(FileMode.OpenOrCreate, FileAccess.ReadWrite, PathOf);
        long length = file.Length;
        file.Position = Math.Max(0, length - 1);
        bool isCut = length > 0 && file.ReadByte() != '\n';
        file.Position = length;
        try
        {
            file.Write(Joined(isCut ? ["\n"u8.ToArray(), .. lines] : lines));
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            // The disk may have become full in the middle of a line.
            file.SetLength(length);
            throw;
        }
    }

    private void Replace(List<ReadOnlyMemory<byte>> lines)
    {
        string draft = PathOf + ".new";
        try
        {
            using (FileStream file = Open(FileMode.Create, FileAccess.Write, draft))
            {
                file.Write(Joined(lines));
                // Without it the file could be empty after a power failure.
                file.Flush(flushToDisk: true);
            }
            File.Move(draft, PathOf, overwrite: true);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            File.Delete(draft);
            throw;
        }
    }

    // One write(2) for all.
    private static byte[] Joined(List<ReadOnlyMemory<byte>> lines)
    {
        using var all = new MemoryStream();
        foreach (ReadOnlyMemory<byte> line in lines)
            all.Write(line.Span);
        return all.ToArray();
    }

    private static FileStream Open(FileMode mode, FileAccess access, string path)
    {
        var options = new FileStreamOptions
        {
            Mode = mode, Access = access, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0,
        };
        if (access != FileAccess.Read)
            options.UnixCreateMode = AllRead;
        return new FileStream(path, options);
    }

    private FileLock Lock()
    {
        string path = Path.Combine(directory, "history.lock");
        for (long start = Stopwatch.GetTimestamp(); ; Thread.Sleep(5))
        {
            if (FileLock.TryTake(path) is { } held)
                return held;
            if (Stopwatch.GetElapsedTime(start) >= s_patience)
                throw new SystemRefusal(path, "lock", 0, "another process holds it");
        }
    }
}
