using HypervVfattach.Apply;
using HypervVfattach.Commands;
using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Owners;
using HypervVfattach.Linux.Systemd;
using HypervVfattach.Report;

namespace HypervVfattach;

/// <summary>The outside world on Linux.</summary>
internal static class LinuxWorld
{
    private const string StateDirectory = "/run/hyperv-vfattach";

    /// <summary>The world that a request is run in.</summary>
    public static World For(Request request)
    {
        // What is only shown is nobody's business but that of whoever asked.
        var system = new SystemLog();
        Action<LogLine> send = request.DryRun || request is StatusRequest ? _ => { } : line => system.Send(line);
        return new World
        {
            Backend = new LinuxBackend(),
            Journals = new Journals(StateDirectory, Host()),
            LoadSettings = file => SettingsFile.Load(file, FileOpener.Open),
            Owners = (links, asked) => OwnerObserver.Observe("/", links, ServiceManager.MainProcessOf, asked.AsSpan()),
            IdleNics = () => new Sysfs().IdleNics(),
            Claims = links => ClaimObserver.Observe("/", links),
            MissingPrivilege = () => Privileges.HasNetAdmin() ? null : "CAP_NET_ADMIN",
            IsVirtual = (name, index) => Glance.IsVirtual(name, index),
            Scheduler = LinuxScheduler.Real(),
            Announce = name => Uevent.Change(name),
            Log = new Log(send, IsWatched() ? StandardDescriptors.Error : null, request.Verbose),
            Out = StandardDescriptors.Output,
            Variable = Environment.GetEnvironmentVariable,
        };
    }

    private static HostIdentity Host() => new(
        File.ReadAllText("/proc/sys/kernel/random/boot_id").TrimEnd(),
        new FileInfo("/proc/self/ns/net").LinkTarget ?? "");

    // udevd throws standard error away, and where it leads to the journal each line would stand there twice
    // (JOURNAL_STREAM, systemd.exec(5); a terminal's programs may inherit the variable, so its number is compared).
    private static bool IsWatched()
    {
        if (Environment.GetEnvironmentVariable("DEVPATH") is not null)
            return false;
        return Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not { } stream
            || new FileInfo("/proc/self/fd/2").LinkTarget != $"socket:[{stream[(stream.IndexOf(':') + 1)..]}]";
    }
}
