using System.Diagnostics;

namespace HypervVfattach.Machines;

/// <summary>Moments as <see cref="Stopwatch.GetTimestamp"/> has them.</summary>
internal static class Moments
{
    /// <summary>The longest time without any of these moments, as far as it lies between start and end: a silence that goes
    /// across the border of two phases counts in each with its part.</summary>
    public static TimeSpan LongestGap(IEnumerable<long> moments, long start, long end)
    {
        long last = start, longest = 0;
        foreach (var at in moments.Where(at => at > start && at < end).Order().Append(end))
        {
            longest = Math.Max(longest, at - last);
            last = at;
        }
        return Stopwatch.GetElapsedTime(0, longest);
    }
}
