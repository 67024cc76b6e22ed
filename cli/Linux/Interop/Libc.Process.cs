using System.Runtime.InteropServices;

namespace HypervVfattach.Linux.Interop;

// signal.h, sched.h, sys/mman.h and sys/wait.h of Linux, glibc and musl. Names and values as in C.
internal static partial class Libc
{
    public const int SIGKILL = 9;
    public const int SIGCONT = 18;
    public const int SIGSTOP = 19;
    public const int WNOHANG = 1;
    public const int SCHED_OTHER = 0;
    public const int SCHED_FIFO = 1;
    public const int SCHED_RESET_ON_FORK = 0x40000000; // linux/sched.h
    public const int MCL_CURRENT = 1;
    public const int RLIMIT_MEMLOCK = 8; // on all architectures but alpha, mips and sparc
    public const ulong RLIM_INFINITY = ulong.MaxValue;

    // int kill(pid_t pid, int signal);
    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int signal);

    // pid_t waitpid(pid_t pid, int *status, int options);
    [LibraryImport("libc", SetLastError = true)]
    public static partial int waitpid(int pid, out int status, int options);

    // int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param); the structure is its one int, sched_priority.
    [LibraryImport("libc")]
    public static partial int sched_setscheduler(int pid, int policy, in int priority);

    // int mlockall(int flags);
    [LibraryImport("libc")]
    public static partial int mlockall(int flags);

    // int setrlimit(int resource, const struct rlimit *limit);
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setrlimit(int resource, in ResourceLimit limit);

    // long syscall(long number, ...): libc has no wrapper for bpf(2). Variadic in C; with integers only, both Linux calling conventions
    // (x64, arm64) pass them alike.
    [LibraryImport("libc", SetLastError = true)]
    public static unsafe partial nint syscall(nint number, nint command, void* attributes, nuint size);
}

/// <summary>struct rlimit of sys/resource.h, on 64-bit systems.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimit
{
    public ulong rlim_cur;
    public ulong rlim_max;
}
