namespace HypervVfattach.Core.Planning;

/// <summary>What is known of root queueing disciplines.</summary>
internal static class QueueingDiscipline
{
    /// <summary>Whether it is one that the kernel gives by itself, so that nobody misses it elsewhere.</summary>
    public static bool IsUsual(string? name) =>
        name is null or "noqueue" or "noop" or "mq" or "pfifo_fast" or "fq" or "fq_codel";
}
