using System.Globalization;
using HypervVfattach.Core;

namespace HypervVfattach.FreeBSD;

/// <summary>Background runs on FreeBSD: daemon(8) starts us again, as in the stock rules.</summary>
/// <param name="executable">Our own executable.</param>
internal sealed class FreeBsdScheduler(string executable, IPrograms programs) : IScheduler
{
    public Scheduled Schedule(BackgroundRun run)
    {
        // The index counts: by the time it looks again, the name may be another's (weakness 16 of the scripts).
        programs.Start(
        [
            "/usr/bin/env", string.Create(CultureInfo.InvariantCulture, $"IFINDEX={run.Index}"), executable, "--event", "--foreground", .. run.Options, "--", run.Interface,
            ((int)run.Delay.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        ]);
        return new Scheduled("daemon", Already: false);
    }
}
