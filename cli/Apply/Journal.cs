using HypervVfattach.Core;

namespace HypervVfattach.Apply;

/// <summary>One pair's journal, open for more lines; who has it holds the pair's lock.</summary>
internal sealed class Journal : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly FileStream _file;
    private bool _broken;

    private Journal(FileStream file, JournalState state) => (_file, State) = (file, state);

    /// <summary>What the journal says so far.</summary>
    public JournalState State { get; private set; }

    /// <summary>The file.</summary>
    public string Path { get; private init; } = "";

    /// <summary>A new file in the place of the one that may be there.</summary>
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
                // Only here: without it a file of this name could be empty after a power cut. What is appended later
                // concerns the running kernel alone, which a process killed in between does not take with it.
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

    /// <summary>A journal that another process left; a last line that it did not finish is cut off.</summary>
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
    /// <exception cref="SystemRefusal">The file system refused: the line is not made.</exception>
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

    /// <summary>Appends a line that makes the next run's work shorter but that nothing depends on.</summary>
    public void Note(JournalEntry entry)
    {
        JournalState next = State.After(entry) ?? throw new InvalidOperationException($"{entry} cannot follow");
        try
        {
            Write(entry);
        }
        catch (SystemRefusal)
        {
            // A full disk must not stop an undo: this process goes on with what it knows.
            State = next;
        }
    }

    /// <summary>Removes the file: nothing is left to undo.</summary>
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

    // A disk that is full in the middle of a line must not leave half of it for the next line to continue.
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
