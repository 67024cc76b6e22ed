using HypervVfattach.Apply;
using HypervVfattach.Commands;
using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Netfilter;
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
            References = ReferenceObserver.Observe,
            MissingPrivilege = () => Privileges.HasNetAdmin() ? null : "CAP_NET_ADMIN",
            Scheduler = LinuxScheduler.Real(),
            Announce = name => Uevent.Change(name),
            Log = new Log(send, request.IsEvent ? null : StandardDescriptors.Error, request.Verbose),
            Out = StandardDescriptors.Output,
            Variable = Environment.GetEnvironmentVariable,
        };
    }

    // Without /proc, as in an initramfs at its beginning or in a bare chroot, a journal is as on a host that tells no boot apart.
    private static HostIdentity Host() => new(
        KernelFile.Text("/proc/sys/kernel/random/boot_id") ?? HostIdentity.UnknownBoot, KernelFile.Target("/proc/self/ns/net") ?? "");
}
