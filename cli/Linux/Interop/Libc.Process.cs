using System.Runtime.InteropServices;

namespace HypervVfattach.Linux.Interop;

// signal.h and sys/wait.h of Linux, glibc and musl. Names and values as in C.
internal static partial class Libc
{
    public const int SIGKILL = 9;
    public const int SIGCONT = 18;
    public const int SIGSTOP = 19;
    public const int ESRCH = 3;
    public const int WNOHANG = 1;

    // int kill(pid_t pid, int signal);
    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int signal);

    // pid_t waitpid(pid_t pid, int *status, int options);
    [LibraryImport("libc", SetLastError = true)]
    public static partial int waitpid(int pid, out int status, int options);
}
