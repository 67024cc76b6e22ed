using System.Diagnostics;

namespace HypervVfattach.Machines;

/// <summary>Functions on moments of <see cref="Stopwatch.GetTimestamp"/>.</summary>
internal static class Moments
{
    /// <summary>The longest time without any of these moments between start and end. A silence across the border of two phases counts in
    /// each with its part.</summary>
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
