using HypervVfattach.Core;

namespace HypervVfattach.FreeBSD;

/// <summary>How a program ended.</summary>
/// <param name="Status">Its exit status; 128 plus the number of a signal that ended it.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record ProgramResult(int Status, byte[] Output, string Errors);

/// <summary>A file's owner and permissions.</summary>
internal sealed record FileFacts(uint Owner, UnixFileMode Mode, bool IsRegular);

/// <summary>Programs, processes and small files of the FreeBSD system; tests provide their own.</summary>
internal interface IPrograms
{
    /// <summary>Runs a program to its end, with empty input.</summary>
    /// <param name="program">Its path, and its arguments.</param>
    ProgramResult Run(params ReadOnlySpan<string> program);

    /// <summary>Starts a program that outlives this one, with nothing on its standard descriptors (daemon(8)).</summary>
    void Start(params ReadOnlySpan<string> program);

    /// <summary>kill(2): 0, or an errno made negative. Signal 0 tests whether the process exists.</summary>
    int Signal(int process, int signal);

    /// <summary>A file's text; null if it does not exist or cannot be read.</summary>
    string? ReadFile(string path);

    /// <summary>Opens a file or directory for reading, without waiting for a FIFO's writer, with facts about the opened file; null if it
    /// does not exist.</summary>
    OpenedFile? Open(string path);

    /// <summary>Facts about a file; null if it does not exist.</summary>
    FileFacts? Look(string path);

    /// <summary>Waits.</summary>
    void Sleep(TimeSpan time);
}
