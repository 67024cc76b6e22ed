using System.Collections.Immutable;
using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Linux.Systemd;

namespace HypervVfattach.Linux;

/// <summary>Background runs on Linux: a transient timer of systemd, elsewhere a process of our own.</summary>
/// <param name="executable">Our own executable.</param>
/// <param name="systemd">Asks systemd; NoSystemd where there is none.</param>
/// <param name="detached">Starts a detached process: its path, arguments and environment.</param>
internal sealed class LinuxScheduler(
    string executable, Func<TransientService, Scheduling> systemd,
    Func<string, ImmutableArray<string>, ImmutableArray<string>, int> detached)
{
    /// <summary>The running system's.</summary>
    public static LinuxScheduler Real() =>
        new(Environment.ProcessPath ?? DetachedProcess.Self, TransientTimer.Schedule, DetachedProcess.Start);

    /// <inheritdoc cref="ISystem.Schedule"/>
    public Scheduled Schedule(BackgroundRun run)
    {
        string unit = string.Create(CultureInfo.InvariantCulture, $"hyperv-vfattach-{run.Index}");
        // As udev says it: the index is what counts, the name is for people and may change meanwhile.
        ImmutableArray<string> environment = [string.Create(CultureInfo.InvariantCulture, $"IFINDEX={run.Index}")];
        Scheduling scheduling = systemd(new TransientService(
            unit, $"Join {run.Interface} with its synthetic NIC",
            Command(run.AtOnce ? run.Delay : TimeSpan.Zero))
        {
            Delay = run.AtOnce ? TimeSpan.Zero : run.Delay,
            StopCommand = [executable, "scan", "--event", "--unfinished"],
            Environment = environment,
            // While the system starts, whoever configures the network finishes first: half a configuration would be
            // moved, and the rest come to the interface that has lost it.
            After = ["network.target"],
        });
        if (scheduling != Scheduling.NoSystemd)
            return new Scheduled($"unit {unit}", scheduling == Scheduling.AlreadyScheduled);
        int process = detached(executable, Command(run.Delay), environment);
        return new Scheduled(string.Create(CultureInfo.InvariantCulture, $"process {process}"), Already: false);

        ImmutableArray<string> Command(TimeSpan delay) =>
        [
            executable, "--event", "--foreground", .. run.Options, "--", run.Interface,
            ((int)delay.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        ];
    }
}
