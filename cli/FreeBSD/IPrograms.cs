using HypervVfattach.Core;

namespace HypervVfattach.FreeBSD;

/// <summary>How a program ended.</summary>
/// <param name="Status">Its exit status; 128 and the number for one that a signal ended.</param>
/// <param name="Output">What it printed, as it came.</param>
/// <param name="Errors">What it complained of.</param>
internal sealed record ProgramResult(int Status, byte[] Output, string Errors);

/// <summary>A file's owner and permissions.</summary>
internal sealed record FileFacts(uint Owner, UnixFileMode Mode, bool IsRegular);

/// <summary>Programs, processes and small files of the FreeBSD system, so that tests can give others.</summary>
internal interface IPrograms
{
    /// <summary>Runs a program to its end, with nothing to read.</summary>
    /// <param name="program">Its path, and its arguments.</param>
    ProgramResult Run(params ReadOnlySpan<string> program);

    /// <summary>Starts a program that outlives us, with nothing on its standard descriptors (daemon(8)).</summary>
    void Start(params ReadOnlySpan<string> program);

    /// <summary>kill(2): 0, or an errno made negative. Signal 0 asks whether the process is there.</summary>
    int Signal(int process, int signal);

    /// <summary>A file's text; null where it is missing.</summary>
    string? ReadFile(string path);

    /// <summary>Opens a file or directory for reading, without waiting for a FIFO's writer, with the facts about what was opened;
    /// null where it is missing.</summary>
    OpenedFile? Open(string path);

    /// <summary>Facts about a file; null where it is missing.</summary>
    FileFacts? Look(string path);

    /// <summary>Waits.</summary>
    void Sleep(TimeSpan time);
}
