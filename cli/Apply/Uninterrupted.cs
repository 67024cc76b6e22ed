using System.Runtime.InteropServices;

namespace HypervVfattach.Apply;

/// <summary>While it lives, signals that end a process by habit are ignored: the administrator whose ssh session
/// breaks because of the move gets SIGHUP at exactly that moment.</summary>
internal sealed partial class Uninterrupted : IDisposable
{
    // SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM: the same numbers on Linux and FreeBSD.
    private static readonly int[] Signals = [1, 2, 3, 13, 15];
    private static readonly nint Ignore = 1; // SIG_IGN

    // sigaction(2)'s struct is only kept and given back, so its layout does not matter; 152 bytes on Linux.
    private const int ActionSize = 256;
    private readonly byte[] _former = new byte[Signals.Length * ActionSize];

    /// <summary>Starts to ignore them.</summary>
    public unsafe Uninterrupted()
    {
        fixed (byte* former = _former)
        {
            for (int i = 0; i < Signals.Length; i++)
            {
                _ = sigaction(Signals[i], null, former + i * ActionSize);
                signal(Signals[i], Ignore);
            }
        }
    }

    /// <summary>Handles them as before.</summary>
    public unsafe void Dispose()
    {
        fixed (byte* former = _former)
        {
            for (int i = 0; i < Signals.Length; i++)
                _ = sigaction(Signals[i], former + i * ActionSize, null);
        }
    }

    // int sigaction(int signum, const struct sigaction *act, struct sigaction *oldact);
    [LibraryImport("libc")]
    private static unsafe partial int sigaction(int signum, byte* act, byte* oldact);

    // sighandler_t signal(int signum, sighandler_t handler);
    [LibraryImport("libc")]
    private static partial nint signal(int signum, nint handler);
}
