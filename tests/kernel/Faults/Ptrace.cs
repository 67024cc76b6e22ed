using System.Runtime.InteropServices;

namespace HypervVfattach.Tests.Kernel.Faults;

/// <summary>The calls with which one process stops another at its system calls (ptrace(2)).</summary>
/// <remarks>A tracee belongs to the thread that seized it: all calls come from that one.</remarks>
internal static unsafe partial class Ptrace
{
    // sys/ptrace.h
    private const int CONT = 7;
    private const int SYSCALL = 24;
    private const int SEIZE = 0x4206;
    private const int LISTEN = 0x4208;
    private const int GET_SYSCALL_INFO = 0x420e;
    private const nint Options = 0x1 /* TRACESYSGOOD */ | 0x2 /* FORK */ | 0x4 /* VFORK */ | 0x8 /* CLONE */ | 0x10 /* EXEC */
        | 0x80 /* SECCOMP */ | 0x100000 /* EXITKILL */;
    private const int EventSeccomp = 7;
    private const int EventStop = 128;

    // sys/prctl.h, linux/seccomp.h, linux/filter.h
    private const int PR_SET_SECCOMP = 22;
    private const int SECCOMP_MODE_FILTER = 2;
    private const uint SECCOMP_RET_TRACE = 0x7ff00000;
    private const uint SECCOMP_RET_ALLOW = 0x7fff0000;
    private const ushort BPF_LD_W_ABS = 0x20;
    private const ushort BPF_JEQ_K = 0x15;
    private const ushort BPF_RET_K = 0x06;

    private const int WUNTRACED = 2;
    private const int __WALL = 0x40000000;
    private const int __WNOTHREAD = 0x20000000; // The children of other threads belong to .NET.

    public const int SIGTRAP = 5;
    public const int SIGKILL = 9;
    public const int SIGCONT = 18;

    /// <summary>struct ptrace_syscall_info.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SystemCall
    {

        private readonly byte _at;
        private readonly byte _pad1, _pad2, _pad3;
        private readonly uint _architecture;
        private readonly ulong _instruction;
        private readonly ulong _stack;

        

        /// <summary>The call's number at its entry, its result at its exit.</summary>
        public long NumberOrResult;
        public fixed ulong Arguments[6];
        private readonly ulong _filterData;
    }

    // struct sock_filter, struct sock_fprog
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint K);

    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        public ushort Length;
        public Instruction* Filter;
    }

    /// <summary>Why a tracee stopped, or that it has ended.</summary>
    public readonly record struct Stop(int Thread, int Status)
    {
        public bool Exited => (Status & 0x7f) == 0;
        public bool Killed => !Exited && (Status & 0xff) != 0x7f;
        public int ExitCode => Status >> 8 & 0xff;
        private int Signal => Status >> 8 & 0xff;
        private int Event => Status >> 16;
        public bool IsEntry => Event == EventSeccomp;
        public bool IsExit => Signal == (SIGTRAP | 0x80);
        public bool IsGroupStop => Event == EventStop && Signal != SIGTRAP;
        public int Deliver => Event == 0 && !IsExit ? Signal : 0;
    }

    /// <summary>Makes the children of this thread stop at these system calls only: stopping at every call would take longer than all that
    /// the program does. From then on these calls fail in the thread itself.</summary>
    public static void Watch(params ReadOnlySpan<int> calls)
    {
        Span<Instruction> filter = stackalloc Instruction[calls.Length + 3];
        filter[0] = new Instruction(BPF_LD_W_ABS, 0, 0, 0); // seccomp_data.nr
        for (int i = 0; i < calls.Length; i++)
            filter[i + 1] = new Instruction(BPF_JEQ_K, (byte)(calls.Length - i), 0, (uint)calls[i]);
        filter[^2] = new Instruction(BPF_RET_K, 0, 0, SECCOMP_RET_ALLOW);
        filter[^1] = new Instruction(BPF_RET_K, 0, 0, SECCOMP_RET_TRACE);
        fixed (Instruction* first = filter)
        {
            var program = new FilterProgram { Length = (ushort)filter.Length, Filter = first };
            Check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (nint)(&program), 0, 0), "PR_SET_SECCOMP");
        }
    }

    /// <summary>Starts a program that stops itself first (SIGSTOP), and seizes it there.</summary>
    public static int Start(string program, params string[] arguments)
    {
        nint[] words = [.. arguments.Prepend(program).Select(Marshal.StringToCoTaskMemUTF8), 0];
        nint[] environment = [.. Variables().Select(Marshal.StringToCoTaskMemUTF8), 0];
        int process;
        fixed (nint* argv = words)
        fixed (nint* envp = environment)
            Check(posix_spawnp(out process, program, 0, 0, argv, envp) is var errno and not 0 ? -errno : 0, "posix_spawnp");
        foreach (nint text in words.Concat(environment))
            Marshal.FreeCoTaskMem(text);
        Check(waitpid(process, out int status, WUNTRACED), "waitpid");
        if ((status & 0xff) != 0x7f)
            throw new InvalidOperationException($"{program} ended before it could be seized (status {status:x})");
        Check(ptrace(SEIZE, process, 0, Options), "PTRACE_SEIZE");
        Check(kill(process, SIGCONT), "kill");
        return process;
    }

    /// <summary>Waits until a tracee of this thread stops.</summary>
    public static Stop Wait()
    {
        int thread = waitpid(-1, out int status, __WALL | __WNOTHREAD);
        Check(thread, "waitpid");
        return new Stop(thread, status);
    }

    /// <summary>Continues a stopped tracee: to the end of the system call that it is about to make, or to the next watched one.</summary>
    public static void Continue(Stop stop) =>
        // A thread that was killed meanwhile is gone (ESRCH).
        _ = ptrace(stop.IsGroupStop ? LISTEN : stop.IsEntry ? SYSCALL : CONT, stop.Thread, 0, stop.Deliver);

    /// <summary>The system call at which a tracee has stopped.</summary>
    public static SystemCall CallOf(int thread)
    {
        SystemCall call = default;
        Check(ptrace(GET_SYSCALL_INFO, thread, sizeof(SystemCall), (nint)(&call)), "PTRACE_GET_SYSCALL_INFO");
        return call;
    }

    public static void Kill(int process) => _ = kill(process, SIGKILL);

    private static IEnumerable<string> Variables()
    {
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            yield return $"{variable.Key}={variable.Value}";
    }

    private static void Check(nint result, string call)
    {
        if (result < 0)
            throw new InvalidOperationException($"{call}: errno {(result == -1 ? Marshal.GetLastPInvokeError() : -result)}");
    }

    // long ptrace(enum __ptrace_request op, pid_t pid, void *addr, void *data); variadic in C, passed alike.
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint ptrace(int op, int pid, nint addr, nint data);

    // int prctl(int op, ...); variadic in C, passed alike.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int op, nint mode, nint program, nint unused1, nint unused2);

    // pid_t waitpid(pid_t pid, int *wstatus, int options);
    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int pid, out int wstatus, int options);

    // int kill(pid_t pid, int sig);
    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int sig);

    // int posix_spawnp(pid_t *pid, const char *file, ..., ..., char *const argv[], char *const envp[]);
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawnp(out int pid, string file, nint actions, nint attributes, nint* argv, nint* envp);
}
