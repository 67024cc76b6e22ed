using System.Globalization;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>The moment after which a run starts no more machines, so that it ends by itself with a report.</summary>
internal static class RunLimit
{
    /// <summary>Start of the skip reason of each test for which there was no time; tests/suite looks for it.</summary>
    public const string Reason = "not started";

    private static readonly DateTimeOffset? s_end =
        long.TryParse(Environment.GetEnvironmentVariable("VFATTACH_NO_START_AFTER"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    /// <summary>Skips the test that is about to start if the time is over.</summary>
    public static void SkipWhenOver() =>
        Assert.SkipWhen(DateTimeOffset.UtcNow > s_end, $"{Reason}: the run's time was over at {s_end?.ToLocalTime():HH:mm:ss}");
}
