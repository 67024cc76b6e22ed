using HypervVfattach.Linux.Interop;
using static HypervVfattach.Linux.Interop.Libc;

namespace HypervVfattach.Linux;

/// <summary>Gives this thread the processor, and keeps the program in memory, while the host is without its network.</summary>
/// <remarks>The kernel offers the processor to other tasks at some 50 places while it makes an interface a port of a bond
/// (<c>cond_resched</c>), and on a busy machine each of them takes a turn. The program may lie on a disk that is reached through
/// this network.</remarks>
internal sealed class Urgency : IDisposable
{
    // The lowest real-time priority (sched(7)): above each ordinary task, below whatever else runs in real time.
    private const int Lowest = 1;

    private Urgency()
    {
    }

    /// <summary>Begins. A system that refuses, as a container may, only takes longer.</summary>
    public static Urgency Begin()
    {
        _ = mlockall(MCL_CURRENT);
        _ = sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, Lowest); // A DHCP client that is started here is not urgent.
        return new Urgency();
    }

    /// <inheritdoc/>
    public void Dispose() => _ = sched_setscheduler(0, SCHED_OTHER, 0);
}
