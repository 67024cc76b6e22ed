using System.Collections.Immutable;
using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Netfilter;
using HypervVfattach.Linux.Systemd;
using HypervVfattach.Owners;

namespace HypervVfattach;

/// <summary>The running Linux.</summary>
internal sealed class LinuxSystem : ISystem
{
    /// <summary>The settings on Linux: all of them.</summary>
    public static SettingsScope Scope { get; } = new("Linux", "/etc/hyperv-vfattach.toml", ["bond", "redirect", "none"], []) { ShortestDelay = TimeSpan.Zero };

    private readonly SystemLog _log = new();
    private readonly LinuxScheduler _scheduler = LinuxScheduler.Real();

    /// <inheritdoc/>
    public IBackend Network { get; } = new LinuxBackend(owners: OwnerModules.Make);

    /// <inheritdoc/>
    public string StateDirectory => "/run/hyperv-vfattach";

    /// <inheritdoc/>
    public string HistoryDirectory => "/var/lib/hyperv-vfattach";

    /// <inheritdoc/>
    /// <remarks>Without /proc, as early in an initramfs or in a bare chroot, the boot is unknown.</remarks>
    public HostIdentity Identity { get; } = new(
        KernelFile.Text("/proc/sys/kernel/random/boot_id") ?? HostIdentity.UnknownBoot, KernelFile.Target("/proc/self/ns/net") ?? "");

    /// <inheritdoc/>
    public void Send(LogLine line) => _log.Send(line);

    /// <inheritdoc/>
    public Settings LoadSettings(string? file, bool delayMatters) => SettingsFile.Load(file, FileOpener.Open, Scope);

    /// <inheritdoc/>
    public string? MissingPrivilege() => Privileges.HasNetAdmin() ? null : "CAP_NET_ADMIN";

    /// <inheritdoc/>
    public ImmutableArray<Owner> Owners(IReadOnlyList<Link> links, ImmutableArray<int> asked) =>
        OwnerModules.Observe("/", links, ServiceManager.MainProcessOf, asked.AsSpan());

    /// <inheritdoc/>
    public ImmutableArray<Claim> Claims(IReadOnlyList<Link> links) => ClaimObserver.Observe("/", links);

    /// <inheritdoc/>
    public References References(IReadOnlyList<PlannedBond> bonds) => ReferenceObserver.Observe(bonds);

    /// <inheritdoc/>
    public ImmutableArray<IdleNic> IdleNics() => new Sysfs().IdleNics();

    /// <inheritdoc/>
    public KernelReasons KernelReasons(IReadOnlyList<Link> vfs) => NetvscReasons.In(KernelLog.Read(), vfs);

    /// <inheritdoc/>
    public HostFacts Facts(IReadOnlyList<Link> vfs) => new HostFactsReader(stateOf: ServiceManager.StateOf).Read(vfs);

    /// <inheritdoc/>
    public Scheduled Schedule(BackgroundRun run) => _scheduler.Schedule(run);

    /// <inheritdoc/>
    public string? CheckPath(HardwareAddress mac)
    {
        try
        {
            using ServiceManager? systemd = ServiceManager.Connect();
            if (systemd is null)
                return "systemd does not run here";
            string unit = $"hyperv-vfattach-path@{mac}.service";
            return systemd.Send(ServiceManager.Method("StartUnit", unit, "replace"), unit, "start", ServiceManager.NoSuchUnit) ? null : $"there is no {unit}";
        }
        catch (SystemRefusal refusal)
        {
            return refusal.Message;
        }
    }

    /// <inheritdoc/>
    public void Announce(string name) => Uevent.Change(name);
}
