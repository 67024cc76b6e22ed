using System.Collections.Immutable;
using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Linux.Systemd;

namespace HypervVfattach.Linux;

/// <summary>Schedules background runs on Linux: with a transient systemd timer, or without systemd as a detached process.</summary>
/// <param name="executable">Our own executable.</param>
/// <param name="systemd">Asks systemd; returns NoSystemd if it does not run here.</param>
/// <param name="detached">Starts a detached process, given its path, arguments and environment.</param>
internal sealed class LinuxScheduler(
    string executable, Func<TransientService, Scheduling> systemd,
    Func<string, ImmutableArray<string>, ImmutableArray<string>, int> detached)
{
    /// <summary>The scheduler of the running system.</summary>
    public static LinuxScheduler Real() =>
        new(Environment.ProcessPath ?? DetachedProcess.Self, TransientTimer.Schedule, DetachedProcess.Start);

    /// <inheritdoc cref="ISystem.Schedule"/>
    public Scheduled Schedule(BackgroundRun run)
    {
        string unit = string.Create(CultureInfo.InvariantCulture, $"hyperv-vfattach-{run.Index}");
        // IFINDEX, as udev sets it: the index identifies the interface, whose name may change meanwhile.
        ImmutableArray<string> environment = [string.Create(CultureInfo.InvariantCulture, $"IFINDEX={run.Index}")];
        Scheduling scheduling = systemd(new TransientService(
            unit, $"Join {run.Interface} with its synthetic NIC",
            Command(run.AtOnce ? run.Delay : TimeSpan.Zero))
        {
            Delay = run.AtOnce ? TimeSpan.Zero : run.Delay,
            StopCommand = [executable, "scan", "--event", "--unfinished", .. run.Options],
            Environment = environment,
            // At boot the network configuration has to finish first. Otherwise half of it would be moved, and the rest would be added to
            // the interface that no longer has it.
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
