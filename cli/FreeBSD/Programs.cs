using System.IO.Pipes;
using System.Runtime.InteropServices;
using HypervVfattach.Core;
using HypervVfattach.Posix;
using Microsoft.Win32.SafeHandles;

namespace HypervVfattach.FreeBSD;

/// <summary>The programs, processes and files of the running FreeBSD.</summary>
internal sealed partial class Programs : IPrograms
{
    private const string Daemon = "/usr/sbin/daemon";

    // devd and rc set HOME=/ and this PATH; a user's PATH must not decide which ifconfig a script finds.
    private static readonly string[] s_environment = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin"];

    private const string StatFormat = "%u %Lp %HT";

    // sys/fcntl.h, sys/errno.h
    private const int O_RDONLY = 0, O_NONBLOCK = 0x4, O_CLOEXEC = 0x100000;
    private const int ENOENT = 2, EINTR = 4, ENOTDIR = 20;

    // POSIX_SPAWN_SETSIGDEF, spawn.h; Linux's value for the tests.
    private static readonly short s_resetSignals = OperatingSystem.IsFreeBSD() ? (short)0x10 : Linux.DetachedProcess.POSIX_SPAWN_SETSIGDEF;

    public ProgramResult Run(params ReadOnlySpan<string> program) => Run(program, input: null);

    // devd does not kill the children of its programs, but a background program must not keep its descriptors or terminal: daemon(8) takes
    // care of that, as in the stock rules.
    public void Start(params ReadOnlySpan<string> program)
    {
        int status = Wait(Spawn([Daemon, "-f", .. program]));
        if (status != 0)
            throw new SystemRefusal(program[0], "start in the background", 0, $"daemon(8) ended with {status}");
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

    public OpenedFile? Open(string path)
    {
        SafeFileHandle handle = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (handle.IsInvalid)
        {
            int errno = Marshal.GetLastPInvokeError();
            return errno is ENOENT or ENOTDIR ? null : throw new SystemRefusal(path, "open", errno);
        }
        // Without a file name stat(1) describes its standard input, so the file cannot be replaced between check and use.
        if (Facts(Run(["/usr/bin/stat", "-f", StatFormat], handle)) is { } facts)
            return new OpenedFile(handle, facts.IsRegular, facts.Owner, facts.Mode);
        handle.Dispose();
        throw new SystemRefusal(path, "stat", 0, "stat(1) gave no usable answer");
    }

    public FileFacts? Look(string path) =>
        System.IO.Path.Exists(path) ? Facts(Run("/usr/bin/stat", "-L", "-f", StatFormat, path)) : null;

    public void Sleep(TimeSpan time) => Thread.Sleep(time);

    private static ProgramResult Run(ReadOnlySpan<string> program, SafeHandle? input)
    {
        using var output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        using var errors = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        int process = Spawn(program, input, output.ClientSafePipeHandle, errors.ClientSafePipeHandle);
        output.DisposeLocalCopyOfClientHandle();
        errors.DisposeLocalCopyOfClientHandle();
        // Read both at once: otherwise the unread one fills its pipe and the program blocks.
        Task<string> complaints = new StreamReader(errors).ReadToEndAsync();
        using var printed = new MemoryStream();
        output.CopyTo(printed);
        string words = complaints.GetAwaiter().GetResult().Trim();
        return new ProgramResult(Wait(process), printed.ToArray(), words);
    }

    private static int Spawn(ReadOnlySpan<string> program, params ReadOnlySpan<SafeHandle?> descriptors)
    {
        // Signal n is bit n - 1, here on the little-endian machines of both systems: SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM.
        Span<byte> signals = stackalloc byte[SpawnedProcess.SignalSetBytes];
        signals.Clear();
        foreach (int signal in (ReadOnlySpan<int>)[1, 2, 3, 13, 15])
            signals[(signal - 1) / 8] |= (byte)(1 << (signal - 1) % 8);
        return SpawnedProcess.Start(program[0], program, s_environment, s_resetSignals, signals, descriptors, "/", "run");
    }

    // Its exit status, or 128 plus the number of the signal that ended it.
    private static int Wait(int process)
    {
        int status;
        while (waitpid(process, out status, 0) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != EINTR)
                throw new SystemRefusal($"process {process}", "wait for its end", errno);
        }
        return (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);
    }

    // .NET does not expose a file's owner. stat(1) has supported this format since FreeBSD 5.
    private static FileFacts? Facts(ProgramResult stat)
    {
        string[] words = System.Text.Encoding.UTF8.GetString(stat.Output).Trim().Split(' ', 3);
        return stat.Status == 0 && words.Length == 3 && uint.TryParse(words[0], out uint owner)
            ? new FileFacts(owner, (UnixFileMode)Convert.ToInt32(words[1], 8), words[2] == "Regular File")
            : null;
    }

    // int open(const char *path, int flags, ...): variadic in C; without a third argument both calling conventions (x64, arm64)
    // pass it alike.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle open(string path, int flags);

    // pid_t waitpid(pid_t pid, int *status, int options);
    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int pid, out int status, int options);

    // int kill(pid_t pid, int sig)
    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int sig);
}
