using HypervVfattach.Core;

namespace HypervVfattach.Apply;

/// <summary>The journal of one pair, open for writing. Its user holds the pair's lock.</summary>
internal sealed class Journal : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly FileStream _file;
    private bool _broken;

    private Journal(FileStream file, JournalState state) => (_file, State) = (file, state);

    /// <summary>The state that the journal's lines describe.</summary>
    public JournalState State { get; private set; }

    public string Path { get; private init; } = "";

    /// <summary>Creates the file, replacing an existing one.</summary>
    public static Journal Create(
        string path, JournalHeader header, IEnumerable<JournalEntry> lines, JournalState state)
    {
        string draft = path + ".new";
        try
        {
            StateDirectory.Create(System.IO.Path.GetDirectoryName(path)!);
            File.Delete(draft);
            FileStream file = Stream(draft, FileMode.CreateNew);
            var journal = new Journal(file, state) { Path = path };
            try
            {
                file.Write(JournalCodec.Write(header));
                foreach (JournalEntry line in lines)
                    file.Write(JournalCodec.Write(line));
                // Needed only here: without it a file of this name could be empty after a power failure. Later lines concern only
                // the running kernel, and a killed process does not lose them.
                file.Flush(flushToDisk: true);
                File.Move(draft, path, overwrite: true);
            }
            catch
            {
                journal.Dispose();
                throw;
            }
            return journal;
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, path, "write");
        }
    }

    /// <summary>Opens a journal of another process, and cuts off an incomplete last line.</summary>
    public static Journal Open(JournalFile found)
    {
        try
        {
            FileStream file = Stream(found.Path, FileMode.Open);
            file.SetLength(found.Length);
            file.Position = found.Length;
            return new Journal(file, found.State) { Path = found.Path };
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, found.Path, "open");
        }
    }

    /// <summary>Appends a line.</summary>
    /// <exception cref="SystemRefusal">The file system refused; the line was not written.</exception>
    public void Write(JournalEntry entry)
    {
        JournalState next = State.After(entry) ?? throw new InvalidOperationException($"{entry} cannot follow");
        if (_broken)
            throw new SystemRefusal(Path, "write", 0, "an earlier line could not be written");
        long length = _file.Position;
        try
        {
            _file.Write(JournalCodec.Write(entry));
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            TakeBack(length);
            throw FileRefusal.From(e, Path, "write");
        }
        State = next;
    }

    /// <summary>Appends a line that saves work for the next run but is not required.</summary>
    public void Note(JournalEntry entry)
    {
        JournalState next = State.After(entry) ?? throw new InvalidOperationException($"{entry} cannot follow");
        try
        {
            Write(entry);
        }
        catch (SystemRefusal)
        {
            // A full disk must not stop an undo: this process continues with its own state.
            State = next;
        }
    }

    /// <summary>Removes the file: there is nothing to undo.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public void Remove()
    {
        try
        {
            File.Delete(Path);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, Path, "remove");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _file.Dispose();
        }
        catch (IOException)
        {
            // Nothing is buffered, so nothing is lost.
        }
    }

    // If the disk becomes full in the middle of a line, the next line must not follow the incomplete one.
    private void TakeBack(long length)
    {
        try
        {
            _file.SetLength(length);
            _file.Position = length;
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            _broken = true;
        }
    }

    private static FileStream Stream(string path, FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (mode == FileMode.CreateNew)
            options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }
}
