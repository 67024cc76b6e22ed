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

    private const UnixFileMode AllRead = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    // The holder only reads and writes one small file; an event of udev must not wait longer for the sake of an entry.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private string PathOf => Path.Combine(directory, "history");

    /// <summary>All entries, the oldest first.</summary>
    /// <param name="damaged">The number of lines that could not be read.</param>
    /// <exception cref="SystemRefusal">The file system refused; a file that is missing is no refusal.</exception>
    public List<HistoryEntry> Read(out int damaged)
    {
        List<HistoryEntry> entries = [];
        damaged = 0;
        foreach (byte[] line in Lines(Content()))
        {
            if (Entry(line) is { } entry)
                entries.Add(entry);
            else
                damaged++;
        }
        return entries;
    }

    /// <summary>The history of one pair in short; null if it has none.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public PairHistory? Of(HardwareAddress mac) => Of(mac, Lines(Content())) is { Last: not null } history ? history : null;

    /// <summary>Adds entries about a pair that follow from its history, under the file's lock.</summary>
    /// <param name="mac">The pair's address.</param>
    /// <param name="next">Adds the new entries, if any, to the list.</param>
    /// <exception cref="SystemRefusal">The file system refused, or another process holds the lock too long; nothing was written.</exception>
    public void Add(HardwareAddress mac, Action<PairHistory, List<HistoryEntry>> next)
    {
        try
        {
            // Before /var is mounted, a directory of ours there would be hidden by it later.
            if (!Directory.Exists(Path.GetDirectoryName(directory)))
                throw new DirectoryNotFoundException();
            StateDirectory.Create(directory);
            using FileLock held = Lock();
            byte[] content = Content();
            List<byte[]> lines = Lines(content);
            List<HistoryEntry> entries = [];
            next(Of(mac, lines), entries);
            if (entries.Count == 0)
                return;
            using var added = new MemoryStream();
            foreach (HistoryEntry entry in entries)
                added.Write(JsonLine.Write(entry, Described));
            if (content.Length + added.Length >= MaxBytes || lines.Count + entries.Count > MaxLines)
                Replace(Newest(lines), added);
            else
                Append(added);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, PathOf, "write");
        }
    }

    private static PairHistory Of(HardwareAddress mac, List<byte[]> lines)
    {
        var history = new PairHistory();
        byte[] text = Encoding.UTF8.GetBytes(mac.ToString());
        foreach (byte[] line in lines)
        {
            // Most lines of a host with many pairs are about other ones.
            if (line.AsSpan().IndexOf(text) >= 0 && Entry(line) is { } entry && entry.Mac == mac)
                history.Add(entry);
        }
        return history;
    }

    private static HistoryEntry? Entry(byte[] line)
    {
        try
        {
            return JsonLine.Read<HistoryEntry>(line, Described);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            // The second is for a text that is no UTF-8, the third for a time that does not exist.
            return null;
        }
    }

    private static HistoryEntry Described(Fields f, HistoryEntry? v) => new()
    {
        // Since 1970, UTC.
        Time = DateTimeOffset.FromUnixTimeSeconds(f.Number("seconds", v?.Time.ToUnixTimeSeconds() ?? 0)),
        Kind = HistoryKinds.Find(f.Text("is", v is null ? null : HistoryKinds.NameOf(v.Kind))) ?? throw new JsonException("unknown kind"),
        Mac = f.Mac("mac", v?.Mac ?? default),
        Synthetic = f.Text("synthetic", v?.Synthetic),
        Vf = f.OptionalText("vf", v?.Vf),
        VfIndex = f.Int("index", v?.VfIndex ?? 0),
        Boot = f.Text("boot", v?.Boot),
        By = f.Text("by", v?.By),
        Detail = f.OptionalText("detail", v?.Detail),
    };

    // With their line feeds. What follows the last line feed is a line, too: one whose writer died.
    private static List<byte[]> Lines(byte[] content)
    {
        List<byte[]> lines = [];
        for (int start = 0; start < content.Length;)
        {
            int end = Array.IndexOf(content, (byte)'\n', start);
            int next = end < 0 ? content.Length : end + 1;
            lines.Add(content[start..next]);
            start = next;
        }
        return lines;
    }

    // The newer half, and of the older one what tells the present state of a pair that has been quiet since. Damaged lines go.
    private static List<byte[]> Newest(List<byte[]> lines)
    {
        HashSet<string> known = [];
        List<byte[]> kept = [];
        int bytes = 0;
        for (int line = lines.Count - 1; line >= 0 && bytes < MaxBytes * 3 / 4 && kept.Count < MaxLines * 3 / 4; line--)
        {
            if (Entry(lines[line]) is not { } entry)
                continue;
            bool isNews = known.Add(entry.Mac + entry.Kind switch
            {
                HistoryKind.VfArrived or HistoryKind.VfLeft => "VF",
                HistoryKind.Joined or HistoryKind.Detached or HistoryKind.TakenApart => "join",
                HistoryKind.PathVf or HistoryKind.PathSynthetic => "path",
                _ => "",
            });
            bool isNew = bytes < MaxBytes / 2 && kept.Count < MaxLines / 2;
            if (!isNews && !isNew)
                continue;
            kept.Add(lines[line]);
            bytes += lines[line].Length;
        }
        kept.Reverse();
        return kept;
    }

    // A file that another program has made long is read from its end.
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

    private void Append(MemoryStream lines)
    {
        using FileStream file = Open(FileMode.OpenOrCreate, FileAccess.ReadWrite, PathOf);
        long length = file.Length;
        file.Position = Math.Max(0, length - 1);
        bool isCut = length > 0 && file.ReadByte() != '\n';
        file.Position = length;
        try
        {
            if (isCut)
                file.WriteByte((byte)'\n');
            // One write(2) for all.
            lines.WriteTo(file);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            // The disk may have become full in the middle of a line.
            file.SetLength(length);
            throw;
        }
    }

    private void Replace(List<byte[]> lines, MemoryStream added)
    {
        string draft = PathOf + ".new";
        try
        {
            using (FileStream file = Open(FileMode.Create, FileAccess.Write, draft))
            {
                foreach (byte[] line in lines)
                    file.Write(line);
                added.WriteTo(file);
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
        return FileLock.Take(path, s_patience) ?? throw new SystemRefusal(path, "lock", 0, "another process holds it");
    }
}
