using System.Runtime.InteropServices;

namespace HypervVfattach.Posix;

/// <summary>While an instance exists, the signals that end a process are ignored: if the move breaks the administrator's ssh
/// session, SIGHUP arrives at that moment.</summary>
internal sealed partial class IgnoredSignals : IDisposable
{
    // SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM: the same numbers on Linux and FreeBSD.
    private static readonly int[] s_signals = [1, 2, 3, 13, 15];
    private const nint Ignore = 1; // SIG_IGN

    // struct sigaction is only saved and restored, so its layout does not matter; it has 152 bytes on Linux.
    private const int ActionSize = 256;
    private static readonly byte[] s_former = new byte[s_signals.Length * ActionSize];
    private static readonly Lock s_lock = new();
    private static int s_alive;

    /// <summary>Starts to ignore the signals.</summary>
    public unsafe IgnoredSignals()
    {
        lock (s_lock)
        {
            if (s_alive++ > 0)
                return;
            fixed (byte* former = s_former)
            {
                for (int i = 0; i < s_signals.Length; i++)
                {
                    _ = sigaction(s_signals[i], null, former + i * ActionSize);
                    signal(s_signals[i], Ignore);
                }
            }
        }
    }

    /// <summary>Restores the former handlers.</summary>
    public unsafe void Dispose()
    {
        lock (s_lock)
        {
            if (--s_alive > 0)
                return;
            fixed (byte* former = s_former)
            {
                for (int i = 0; i < s_signals.Length; i++)
                    _ = sigaction(s_signals[i], former + i * ActionSize, null);
            }
        }
    }

    // int sigaction(int signum, const struct sigaction *act, struct sigaction *oldact);
    [LibraryImport("libc")]
    private static unsafe partial int sigaction(int signum, byte* act, byte* oldact);

    // sighandler_t signal(int signum, sighandler_t handler);
    [LibraryImport("libc")]
    private static partial nint signal(int signum, nint handler);
}
