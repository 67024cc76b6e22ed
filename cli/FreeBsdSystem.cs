using System.Collections.Immutable;
using System.Globalization;
using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.FreeBSD;

namespace HypervVfattach;

/// <summary>The running FreeBSD, or a test's.</summary>
internal sealed class FreeBsdSystem(IKernel kernel, IPrograms programs, TimeProvider? clock = null) : ISystem, IDevd, IDisposable
{
    /// <summary>The settings on FreeBSD: a lagg has no miimon, hn(4) is the only synthetic NIC, and the kernel, not this program, decides
    /// whether the kernel joins pairs (hw.hn.vf_transparent).</summary>
    public static SettingsScope Scope { get; } = new(
        "FreeBSD", "/usr/local/etc/hyperv-vfattach.toml", ["lagg", "none"], ["synthetic_drivers", "miimon", "force", "path_check"])
    {
        Defaults = new Settings { Join = JoinKind.Lagg },
    };

    // The place of the base system, which its upgrades empty, and ours.
    private static readonly string[] s_hooks =
        ["/usr/local/etc/hyperv-vfattach/hyperv_vfup.", "/usr/libexec/hyperv/hyperv_vfup."];

    private static readonly string[] s_devd = ["/etc/devd/hyperv.conf", "/usr/local/etc/devd/hyperv-vfattach.conf"];

    private readonly FreeBsdBackend _network = new(kernel, programs, clock);
    private readonly FreeBsdLog _log = new(programs);

    /// <inheritdoc/>
    public IBackend Network => _network;

    /// <inheritdoc/>
    /// <remarks>rc.d/cleanvar empties /var/run while the system starts, so a journal never outlives its kernel.</remarks>
    public string StateDirectory { get; init; } = "/var/run/hyperv-vfattach";

    /// <inheritdoc/>
    public string HistoryDirectory { get; init; } = "/var/db/hyperv-vfattach";

    /// <summary>Path of our own executable.</summary>
    public string Executable { get; init; } = Environment.ProcessPath ?? "/usr/local/sbin/hyperv-vfattach";

    /// <summary>Whether this process may change the network.</summary>
    public bool IsRoot { get; init; } = Environment.IsPrivilegedProcess;

    /// <inheritdoc/>
    /// <remarks>kern.boottime is no substitute where kern.boot_id is missing: it changes whenever the clock is stepped (kern_tc.c), and the
    /// journal of this boot would be forgotten in the middle of a join.</remarks>
    public HostIdentity Identity
    {
        get
        {
            var sysctls = new Sysctls(kernel);
            return new HostIdentity(sysctls.BootId() ?? HostIdentity.UnknownBoot, sysctls.Int("security.jail.jailed") is 1 ? "jail" : "host");
        }
    }

    /// <inheritdoc/>
    public void Send(LogLine line) => _log.Send(line);

    /// <inheritdoc/>
    /// <remarks>hyperv_vf_delay of rc.conf counts where the configuration file asks for no longer delay. Reading it starts a shell, so it
    /// is read only if there is a delay to wait for.</remarks>
    public Settings LoadSettings(string? file, bool delayMatters)
    {
        Settings settings = SettingsFile.Load(file, programs.Open, Scope);
        return delayMatters && settings.Delay == Settings.UsualDelay && new Sysctls(kernel).VfTransparent() is 0
            && new RcConfReader(programs).Delay() is { } delay
            ? settings with { Delay = delay } : settings;
    }

    /// <inheritdoc/>
    public string? MissingPrivilege() => IsRoot ? null : "of the superuser";

    /// <inheritdoc/>
    public ImmutableArray<Owner> Owners(IReadOnlyList<Link> links, ImmutableArray<int> asked) =>
        new Surroundings(programs).Owners(links.Where(link => asked.Contains(link.Index)));

    /// <inheritdoc/>
    public HostFacts Facts(IReadOnlyList<Link> vfs) => new()
    {
        Rules = [.. s_devd.Select(path => (path, text: programs.ReadFile(path))).Where(file => file.text is not null)
            .Select(file => new TextFile(file.path, file.text!))],
        Loader = (programs.ReadFile("/boot/loader.conf") ?? "").Split('\n'),
    };

    /// <inheritdoc/>
    /// <remarks>daemon(8) starts us again, as in the stock rules. The index identifies the interface: by the time of the run, another
    /// interface may have its name.</remarks>
    public Scheduled Schedule(BackgroundRun run)
    {
        programs.Start(
        [
            "/usr/bin/env", string.Create(CultureInfo.InvariantCulture, $"IFINDEX={run.Index}"), Executable,
            "--event", "--foreground", .. run.Options, "--", run.Interface,
            ((int)run.Delay.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        ]);
        return new Scheduled("daemon", Already: false);
    }

    /// <inheritdoc/>
    public string? HookOf(string synthetic, out string? distrusted)
    {
        distrusted = null;
        foreach (string place in s_hooks)
        {
            string path = place + synthetic;
            if (programs.Look(path) is not { IsRegular: true } file)
                continue;
            // A user who may write the directory can put another program there.
            string directory = Path.GetDirectoryName(path)!;
            string? fault = Fault(path, file) ?? Fault(directory, programs.Look(directory));
            if (fault is null)
                return path;
            distrusted = $"{fault}: {path} is not run";
        }
        return null;
    }

    /// <inheritdoc/>
    public void Start(params ReadOnlySpan<string> program) => programs.Start(program);

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private static string? Fault(string path, FileFacts? facts) => facts switch
    {
        null => $"{path} is gone",
        { Owner: not 0 } => $"{path} belongs to user {facts.Owner}, not to root",
        _ when (facts.Mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0 => $"{path} is writable by others than root",
        _ => null,
    };
}
