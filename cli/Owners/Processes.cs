using System.Text;
using HypervVfattach.Linux;

namespace HypervVfattach.Owners;

/// <summary>A running program, as its command line shows it.</summary>
/// <param name="Id">Process id.</param>
/// <param name="Program">Base name of the program: <c>dhclient</c>; for an interpreter, of its script.</param>
/// <param name="Words">The words of its command line after that.</param>
internal sealed record Process(int Id, string Program, string[] Words)
{
    /// <summary>The process as text for the administrator.</summary>
    public string Evidence => $"process {Id}: {string.Join(' ', [Program, .. Words])}";

    /// <summary>Whether a word is this interface's name, alone or in an option: <c>-ieth0</c>, <c>--interface=eth0</c>.</summary>
    public bool Names(string link) => Words.Any(word =>
        word == link || word == "-i" + link || word.StartsWith("--", StringComparison.Ordinal)
            && word.EndsWith("=" + link, StringComparison.Ordinal));
}

/// <summary>Reads the running programs of /proc once.</summary>
internal static class Processes
{
    // Enough for the options of any client; a longer command line (Java) is cut.
    private const int LongestCommandLine = 4096;

    /// <summary>The running instances of these programs in our network namespace; processes that vanish meanwhile are
    /// left out.</summary>
    public static IReadOnlyList<Process> Running(string root, IReadOnlySet<string> programs)
    {
        string proc = Path.Combine(root, "proc");
        string? ours = Namespace(Path.Combine(proc, "self"));
        List<Process> found = [];
        byte[] buffer = new byte[LongestCommandLine];
        foreach (string directory in Directory.Exists(proc) ? Directory.EnumerateDirectories(proc) : [])
        {
            if (!int.TryParse(Path.GetFileName(directory.AsSpan()), out int id)
                || Parse(id, Read(Path.Combine(directory, "cmdline"), buffer)) is not { } process
                || !programs.Contains(process.Program))
                continue;
            // The eth0 of a dhclient in a container is another interface. Checked only for the few matches, because it is a second look-up.
            if (Namespace(directory) is { } theirs && ours is not null && theirs != ours)
                continue;
            found.Add(process);
        }
        return found;
    }

    /// <summary>A process from the bytes of its cmdline file; null for a kernel thread, which has none.</summary>
    public static Process? Parse(int id, ReadOnlySpan<byte> commandLine)
    {
        // Words end with NUL. dhcpcd overwrites them with a title, one word with blanks: "dhcpcd: eth0 [ip4] [ip6]".
        string[] words = Encoding.UTF8.GetString(commandLine)
            .Split(['\0', ' '], StringSplitOptions.RemoveEmptyEntries);
        int first = words is [var shell, _, ..] && IsInterpreter(BaseName(shell)) ? 1 : 0;
        return words.Length > first ? new Process(id, BaseName(words[first]), words[(first + 1)..]) : null;
    }

    // "busybox udhcpc -i eth0", and ifupdown2's "/usr/bin/python3 /usr/sbin/ifup -a".
    private static bool IsInterpreter(string program) =>
        program == "busybox" || program.StartsWith("python", StringComparison.Ordinal);

    // The marks of a login shell and a daemon's title ("-bash", "dhcpcd:") are not part of the name.
    private static string BaseName(string word) => word[(word.LastIndexOf('/') + 1)..].TrimStart('-').TrimEnd(':');

    private static ReadOnlySpan<byte> Read(string file, byte[] buffer)
    {
        try
        {
            // Allow all sharing: otherwise .NET locks the file.
            using FileStream stream = new(file, new FileStreamOptions
            {
                Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0,
            });
            return buffer.AsSpan(0, stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // It ended between listing and reading (ENOENT, ESRCH).
        }
    }

    private static string? Namespace(string directory) => KernelFile.Target(Path.Combine(directory, "ns", "net"));
}
