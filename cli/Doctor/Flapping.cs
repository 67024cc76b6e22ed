using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Doctor;

/// <summary>The VF comes and goes more often than live migrations explain.</summary>
internal static class Flapping
{
    // A live migration takes the VF away once. hyperv-vfattach-doctor(8) has these numbers.
    private const int Times = 5, Hours = 24;

    public static void Check(Examined host, Pair pair, Findings found)
    {
        if (host.Sources.History(pair) is not { } history)
            return;
        int times = 0;
        DateTimeOffset first = default;
        foreach (HistoryEntry entry in history.Left)
        {
            if (entry.Time < host.Now.AddHours(-Hours))
                continue;
            if (times++ == 0)
                first = entry.Time;
        }
        if (times >= Times)
            found.Add("flapping", pair.Synthetic.Name, times.ToString(CultureInfo.InvariantCulture),
                first.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture));
    }
}
