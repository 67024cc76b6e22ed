using HypervVfattach.Apply;
using HypervVfattach.Commands;
using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.FreeBSD;
using HypervVfattach.Report;

namespace HypervVfattach;

/// <summary>The FreeBSD machine that we run on, or a test's.</summary>
internal sealed record FreeBsdHost(IKernel Kernel, IPrograms Programs)
{
    /// <summary>Where the journals are. rc.d/cleanvar empties /var/run while the system starts, so that a journal never
    /// outlives its kernel.</summary>
    public string StateDirectory { get; init; } = "/var/run/hyperv-vfattach";

    /// <summary>Our own executable.</summary>
    public string Executable { get; init; } = Environment.ProcessPath ?? "/usr/local/sbin/hyperv-vfattach";

    /// <summary>Whether we may change the network.</summary>
    public bool IsRoot { get; init; } = Environment.IsPrivilegedProcess;

    /// <summary>Standard output.</summary>
    public TextWriter Out { get; init; } = StandardDescriptors.Output;

    /// <summary>Standard error, where a person may read.</summary>
    public TextWriter Error { get; init; } = StandardDescriptors.Error;

    /// <summary>The time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>The outside world on FreeBSD.</summary>
internal static class FreeBsdWorld
{
    private const string SettingsPath = "/usr/local/etc/hyperv-vfattach.toml";

    /// <summary>The world that a request is run in.</summary>
    public static World For(Request request, FreeBsdHost host)
    {
        (IKernel kernel, IPrograms programs) = (host.Kernel, host.Programs);
        var backend = new FreeBsdBackend(kernel, programs, host.Clock);
        var log = new FreeBsdLog(programs);
        Action<LogLine> send = request.DryRun || request is StatusRequest ? _ => { } : log.Send;
        return new World
        {
            Backend = backend,
            Journals = new Journals(host.StateDirectory, Identity(kernel)),
            LoadSettings = file => WithRcConf(
                SettingsFile.Load(file, programs.Open, SettingsPath, SettingsScope.FreeBsd), request, kernel, programs),
            Claims = _ => [],
            References = _ => References.None,
            Owners = (links, asked) => new Surroundings(programs).Owners(links.Where(link => asked.Contains(link.Index))),
            MissingPrivilege = () => host.IsRoot ? null : "of the superuser",
            Scheduler = new FreeBsdScheduler(host.Executable, programs),
            Announce = _ => { },
            Devd = new Devd(programs),
            Log = new Log(send, host.Error, request.Verbose),
            Out = host.Out,
            Clock = host.Clock,
            Variable = Environment.GetEnvironmentVariable,
        };
    }

    // hyperv_vf_delay counts as the setting where the configuration file does not ask for a longer time. To read it
    // takes a shell, so only where there is something to wait for.
    private static Settings WithRcConf(Settings settings, Request request, IKernel kernel, IPrograms programs)
    {
        bool waits = request is AttachRequest { Delay: null } or ScanRequest { Foreground: false, DryRun: false };
        return waits && settings.Delay == Settings.ShortestDelay && new Sysctls(kernel).VfTransparent() is 0
            && new RcConfReader(programs).Delay() is { } delay
            ? settings with { Delay = delay } : settings;
    }

    private static HostIdentity Identity(IKernel kernel)
    {
        var sysctls = new Sysctls(kernel);
        return new HostIdentity(
            // Not kern.boottime where there is none: it changes whenever the clock is stepped (kern_tc.c), and a journal of
            // this boot would be forgotten in the middle of a join.
            sysctls.BootId() ?? HostIdentity.UnknownBoot,
            sysctls.Int("security.jail.jailed") is 1 ? "jail" : "host");
    }
}
