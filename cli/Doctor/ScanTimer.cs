using HypervVfattach.Core;

namespace HypervVfattach.Doctor;

/// <summary>The timer that repairs what no event reported does not run.</summary>
internal static class ScanTimer
{
    public static void Check(Examined host, Findings found)
    {
        if (host.Facts is not { ScanTimer: { } state and not "active", Programs.Count: > 0 })
            return;
        foreach (Pair pair in host.Pairs)
        {
            // The kernel repairs its own joins.
            if (!host.Policy.KernelJoins(pair, host.Host))
            {
                found.Add("scan-timer", "hyperv-vfattach-scan.timer", state);
                return;
            }
        }
    }
}
