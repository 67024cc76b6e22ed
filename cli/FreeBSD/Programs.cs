using System.Diagnostics;
using System.Runtime.InteropServices;
using HypervVfattach.Core;

namespace HypervVfattach.FreeBSD;

/// <summary>The programs, processes and files of the running FreeBSD.</summary>
internal sealed partial class Programs : IPrograms
{
    private const string Daemon = "/usr/sbin/daemon";

    // devd and rc give HOME=/ and this PATH; whatever a person has must not decide which ifconfig a script finds.
    private const string Path = "/sbin:/bin:/usr/sbin:/usr/bin";

    public ProgramResult Run(params ReadOnlySpan<string> program)
    {
        using Process process = Begin(program, quiet: false);
        process.StandardInput.Close();
        // Both at once, or the one that is not read fills its pipe and the program waits.
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return new ProgramResult(process.ExitCode, output.ToArray(), errors.Result.Trim());
    }

    // devd kills nobody's children, but a program that holds its descriptors or its terminal is no daemon: daemon(8)
    // sees to that, as in the stock rules.
    public void Start(params ReadOnlySpan<string> program)
    {
        using Process process = Begin([Daemon, "-f", .. program], quiet: true);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new SystemRefusal(program[0], "start in the background", 0, $"daemon(8) ended with {process.ExitCode}");
    }

    public int Signal(int process, int signal) => kill(process, signal) == 0 ? 0 : -Marshal.GetLastPInvokeError();

    public string? ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // The runtime does not tell a file's owner. stat(1) has printed these since FreeBSD 5.
    public FileFacts? Look(string path)
    {
        if (!System.IO.Path.Exists(path))
            return null;
        ProgramResult stat = Run("/usr/bin/stat", "-L", "-f", "%u %Lp %HT", path);
        string[] words = System.Text.Encoding.UTF8.GetString(stat.Output).Trim().Split(' ', 3);
        return stat.Status == 0 && words.Length == 3 && uint.TryParse(words[0], out uint owner)
            ? new FileFacts(owner, (UnixFileMode)Convert.ToInt32(words[1], 8), words[2] == "Regular File")
            : null;
    }

    public void Sleep(TimeSpan time) => Thread.Sleep(time);

    private static Process Begin(ReadOnlySpan<string> program, bool quiet)
    {
        var start = new ProcessStartInfo(program[0], program[1..].ToArray())
        {
            RedirectStandardInput = !quiet,
            RedirectStandardOutput = !quiet,
            RedirectStandardError = !quiet,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["HOME"] = "/";
        start.Environment["PATH"] = Path;
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new SystemRefusal(program[0], "run", e.NativeErrorCode);
        }
    }

    // int kill(pid_t pid, int sig)
    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int sig);
}
