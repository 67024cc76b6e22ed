using HypervVfattach.Linux.Interop;
using static HypervVfattach.Linux.Interop.Libc;

namespace HypervVfattach.Linux;

/// <summary>Gives this thread real-time priority and locks the program in memory while the host has no network.</summary>
/// <remarks>While the kernel makes an interface a port of a bond it yields the processor at some 50 places (<c>cond_resched</c>), and on a
/// busy machine other tasks run at each of them. The program itself may be on a disk that is reached through this network.</remarks>
internal sealed class Urgency : IDisposable
{
    // The lowest real-time priority (sched(7)): above every ordinary task, below all other real-time tasks.
    private const int Lowest = 1;

    private Urgency()
    {
    }

    /// <summary>Starts. If the system refuses, as in a container, the change only takes longer.</summary>
    public static Urgency Begin()
    {
        _ = mlockall(MCL_CURRENT);
        _ = sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, Lowest); // A DHCP client started here is not urgent.
        return new Urgency();
    }

    /// <inheritdoc/>
    public void Dispose() => _ = sched_setscheduler(0, SCHED_OTHER, 0);
}
