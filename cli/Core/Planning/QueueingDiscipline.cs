namespace HypervVfattach.Core.Planning;

/// <summary>Knowledge of root queueing disciplines.</summary>
internal static class QueueingDiscipline
{
    /// <summary>Whether it is one of the kernel's defaults, which need not move.</summary>
    public static bool IsUsual(string? name) =>
        name is null or "noqueue" or "noop" or "mq" or "pfifo_fast" or "fq" or "fq_codel";
}
