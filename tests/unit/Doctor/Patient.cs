using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Doctor;
using HypervVfattach.Pairs;
using HypervVfattach.Report;

namespace HypervVfattach.Tests.Unit.Doctor;

/// <summary>A host for the checks: healthy, unless a test changes it.</summary>
internal sealed class Patient
{
    /// <summary>A guest of Azure whose pair the kernel has joined.</summary>
    public const string Azure = """
        kernel 6.1.0
        2: eth0 00:0d:3a:00:00:01 up device vmbus hv_netvsc
        3: enP1s1 00:0d:3a:00:00:01 up slave master 2 device pci mlx5_core
        address 2 10.0.0.4/24
        route 2 default proto dhcp

        """;

    /// <summary>The same, not joined.</summary>
    public const string NotJoined = """
        kernel 6.1.0
        2: eth0 00:0d:3a:00:00:01 up device vmbus hv_netvsc
        3: enP1s1 00:0d:3a:00:00:01 up device pci mlx5_core
        address 2 10.0.0.4/24

        """;

    /// <summary>The same without a VF.</summary>
    public const string NoVf = """
        kernel 6.1.0
        2: eth0 00:0d:3a:00:00:01 up device vmbus hv_netvsc
        address 2 10.0.0.4/24

        """;

    /// <summary>A guest of KVM, joined in a bond of this program.</summary>
    public const string Bonded = """
        kernel 6.1.0
        2: enp0s3 52:54:00:00:00:01 up slave master 7 port bond device virtio virtio_net
        3: enp1s0 52:54:00:00:00:01 up slave master 7 port bond device pci vmxnet3
        7: bond-enp0s3 52:54:00:00:00:01 up kind bond
        address 7 192.0.2.2/24
        join 52:54:00:00:00:01 synthetic 2 enp0s3 aggregate 7 bond-enp0s3

        """;

    /// <summary>A guest of KVM, not joined.</summary>
    public const string Kvm = """
        kernel 6.1.0
        2: enp0s3 52:54:00:00:00:01 up device virtio virtio_net
        3: enp1s0 52:54:00:00:00:01 up device pci vmxnet3
        address 2 192.0.2.2/24

        """;

    /// <summary>Our rules as this version has them.</summary>
    public static TextFile Rules { get; } = new("/etc/udev/rules.d/60-hyperv-vfattach.rules", "# hyperv-vfattach 0.1.0: joins\n");

    /// <summary>The marks of the VF of <see cref="Azure"/>.</summary>
    public static List<string> Marks { get; } =
        ["HYPERV_VF=1", "NM_UNMANAGED=1", "ID_NET_MANAGED_BY=unmanaged", "AZURE_UNMANAGED_SRIOV=1"];

    public string Host { get; init; } = Azure;

    public Func<Snapshot, Snapshot> Change { get; init; } = host => host;

    public Policy Policy { get; init; } = new LinuxPolicy();

    public HostFacts Facts { get; init; } = new() { Rules = [Rules], HasUdev = true };

    public Settings Settings { get; init; } = new() { SyntheticDrivers = ["hv_netvsc", "virtio_net"] };

    public string? BadSettings { get; init; }

    public Dictionary<string, JournalStatus> Journals { get; init; } = [];

    public Dictionary<int, PathUse> Paths { get; init; } = [];

    public References AtPorts { get; init; } = References.None;

    public string? MissingPrivilege { get; init; }

    public PairHistory? History { get; init; }

    public static DateTimeOffset Now { get; } = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    public List<string> Unread { get; init; } = [];

    public List<Finding> Findings() => Checks.Of(Examined());

    public Examined Examined()
    {
        Snapshot parsed = Fixtures.Parse(Host);
        // A bond uses its last port, unless a test says otherwise.
        Snapshot host = Change(parsed with
        {
            Links = [.. parsed.Links.Select(it => it.Kind == "bond"
                ? it with { Bond = new BondState(1, parsed.Links.LastOrDefault(port => port.Master == it.Index)?.Index ?? 0, 3) } : it)],
        });
        var pairs = Policy.Pairs(host, Settings);
        return new Examined
        {
            Host = host, Pairs = pairs, Policy = Policy, Settings = Settings, BadSettings = BadSettings, AtPorts = AtPorts, Facts = Facts,
            Now = Now, Version = "0.1.0", MissingPrivilege = MissingPrivilege, Unread = Unread,
            Sources = new StatusSources(host, Journals, Policy, Settings, Paths.ToDictionary(path => path.Key, path => new PathSample(default, default, path.Value)),
                _ => NicFacts.Unknown, _ => null, _ => History, _ => null),
        };
    }
}
