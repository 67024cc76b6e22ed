using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Pairs;
using HypervVfattach.Report;

namespace HypervVfattach.Tests.Unit.Doctor;

/// <summary>For each finding a host in which it is made, and one that is almost the same, in which it is not.</summary>
/// <param name="Text">Its entry in the texts.</param>
internal sealed record Fault(string Text, string Subject, Patient Ill, Patient Well)
{
    public static Fault[] All { get; } = [.. OfVfs(), .. OfPairs(), .. OfFiles(), .. OfFreeBsd()];

    private static IEnumerable<Fault> OfVfs() =>
    [
        new("vf-address", "enP1s1", Azure("address 3 10.0.0.9/24"), Azure("address 3 fe80::1/64")),
        new("vf-address/only", "enp1s0", Host(Patient.Kvm.Replace("address 2", "address 3")), Host(Patient.Kvm)),
        new("vf-owner", "enP1s1", Azure("owner 3 dhclient process 812: dhclient enP1s1"),
            // One client of all NICs.
            Azure("owner 3 dhcpcd process 9: dhcpcd -b", "owner 2 dhcpcd process 9: dhcpcd -b")),
        // The owner of a bond holds its ports.
        new("vf-owner", "enp1s0", Host(Patient.Kvm, "owner 3 NetworkManager connection \"Wired connection 2\""),
            Host(Patient.Bonded, "owner 3 NetworkManager connection \"enp1s0 (port of bond-enp0s3)\"")),
        new("vf-file", "enP1s1", Azure("claim 3 exact fits 3 /etc/network/interfaces"), Azure("claim 3 pattern fits 2,3 /etc/systemd/network/en.network")),
        new("default-route", "enP1s1", Host(Patient.Azure.Replace("route 2", "route 3")), Azure("route 3 10.0.0.0/24 proto kernel")),
        new("default-route/both", "enP1s1", Azure("route 3 default proto dhcp"), Azure("route 2 default proto dhcp")),
        new("default-route/both", "enP1s1", Azure("route 3 default6 proto ra", "route 2 default6 proto ra"), Azure("route 2 default6 proto ra")),
        new("no-driver", "0001:00:02.0", Idle(new IdleNic("0001:00:02.0", "15b3:1016", null) { Module = "mlx5_core", HasModule = true }), new Patient()),
        new("no-driver/package", "0001:00:02.0", Idle(new IdleNic("0001:00:02.0", "15b3:1016", null) { Module = "mlx5_core" }), new Patient()),
        new("no-driver/unknown", "0001:00:02.0", Idle(new IdleNic("0001:00:02.0", "dead:beef", null)), new Patient()),
        new("no-driver/failed", "0001:00:02.0", Idle(new IdleNic("0001:00:02.0", "15b3:1016", "mlx5_core")),
            // Of a host that lacks no VF.
            new Patient { Change = host => host with { IdleNics = [new IdleNic("0001:00:02.0", "15b3:1016", "mlx5_core")] } }),
        new("no-driver", "0001:00:02.0", new Patient
        {
            Host = Patient.Bonded.Replace("3: enp1s0 52:54:00:00:00:01 up slave master 7 port bond device pci vmxnet3\n", ""),
            Change = host => host with { IdleNics = [new IdleNic("0001:00:02.0", "15b3:1016", null) { Module = "mlx5_core", HasModule = true }] },
        }, Idle(new IdleNic("0001:00:02.0", "15b3:1016", "igb_uio"))),
        new("dpdk", "0001:00:02.0", Idle(new IdleNic("0001:00:02.0", "15b3:1016", "vfio-pci")), Idle(new IdleNic("0001:00:02.0", "15b3:1016", "mlx5_core"))),
        new("dpdk/synthetic", "enP2s2", Azure("4: enP2s2 00:0d:3a:00:00:02 up device pci mlx5_core", "dpdk 00:0d:3a:00:00:02"),
            Azure("4: enP2s2 00:0d:3a:00:00:02 up device pci mlx5_core")),
        new("no-vf", "eth0", Host(Patient.NoVf), new Patient()),
        new("no-vf/address", "enp0s3", Host(Patient.Kvm.Replace("3: enp1s0 52:54:00:00:00:01 up device pci vmxnet3", "3: enp1s0 52:54:00:00:00:09 device pci igbvf")),
            Host(Patient.Kvm.Replace("3: enp1s0 52:54:00:00:00:01 up device pci vmxnet3", "3: enp1s0 52:54:00:00:00:09 device pci igb"))),
        new("lone-vf", "enP2s2", Lone(Guid.Empty.ToString()), Lone("0001:00")),
        new("lone-vf/lost", "enP2s2", Lone(Guid.Empty.ToString(), LinkFlags.Up), Lone(Guid.Empty.ToString())),
        new("upper", "enP1s1", Azure("5: enP1s1.5 00:0d:3a:00:00:01 up lower 3 kind vlan"), Azure("5: eth0.5 00:0d:3a:00:00:01 up lower 2 kind vlan")),
        new("mtu", "enP1s1", Mtu(3, 9000), Mtu(2, 1500)),
        new("lro", "enP1s1", Offloads("5: mv 02:00:00:00:00:01 up lower 2 kind macvlan", lro: true), Offloads("", lro: true)),
        new("lro", "enP1s1", Offloads("sysctl 2 forwarding 1", lro: true), Offloads("sysctl 2 forwarding 1")),
        new("lro", "enP1s1", Host(Patient.Azure.Replace("up device vmbus", "up master 9 port bridge device vmbus") + "9: br0 02:00:00:00:00:09 up kind bridge",
            new VfFacts { Link = 3, Lro = true }), Offloads("sysctl 2 forwarding 0", lro: true)),
        new("vlan-filter", "eth0.5", Offloads("5: eth0.5 00:0d:3a:00:00:01 up lower 2 kind vlan", vlan: true),
            Offloads("5: eth0.5 00:0d:3a:00:00:01 up lower 2 kind vlan")),
        new("xdp", "eth0", Host(Patient.Azure.Replace("hv_netvsc", "hv_netvsc xdp")),
            Host(Patient.Azure.Replace("hv_netvsc", "hv_netvsc xdp").Replace("mlx5_core", "mlx5_core xdp"))),
        new("filter", "enP1s1", Azure("filter 3 ingress bpf cil_from_netdev"), Azure("filter 2 ingress bpf cil_from_netdev")),
        new("filter", "enp0s3", Host(Patient.Bonded, "filter 2 egress flower"), Host(Patient.Bonded, "filter 7 egress flower")),
        new("filter", "enP1s1", Named(ReferenceKind.Hook), Named(ReferenceKind.RuleByName)),
        new("wrong-leg", "enP1s1", Named(ReferenceKind.RuleByName), Named(ReferenceKind.Unit)),
        new("wrong-leg", "enP1s1", Named(ReferenceKind.Socket), Named(ReferenceKind.Hook)),
    ];

    private static IEnumerable<Fault> OfPairs() =>
    [
        new("kernel-join", "eth0", Host(Patient.NotJoined), new Patient()),
        // The kernel has a fault, whatever the settings are.
        new("kernel-join", "eth0", new Patient { Host = Patient.NotJoined, Settings = new Settings { Join = JoinKind.None } },
            new Patient { Settings = new Settings { Join = JoinKind.None } }),
        new("not-joined", "enp0s3", Host(Patient.Kvm), Host(Patient.Bonded)),
        new("not-joined", "enp0s3", Host(Patient.Kvm, "owner 2 connmand process 5: connmand"),
            new Patient { Host = Patient.Kvm, Settings = new Settings { SyntheticDrivers = ["virtio_net"], Join = JoinKind.None } }),
        new("not-joined", "enp0s3", Host(Patient.Kvm, "4: enp0s4 52:54:00:00:00:01 up device virtio virtio_net"), Host(Patient.Bonded)),
        new("not-joined/taken-apart", "enp0s3", Host(Patient.Bonded.Replace("up slave master 7 port bond device virtio", "up device virtio")), Host(Patient.Bonded)),
        new("not-joined", "enp0s3", Host(Patient.Kvm.Replace("up device virtio", "up master 9 port bridge device virtio") + "9: br0 02:00:00:00:00:09 up kind bridge"),
            Host(Patient.Bonded)),
        // The VF in a bridge of another program.
        new("not-joined", "enp0s3", Host(Patient.Kvm.Replace("up device pci", "up master 9 port bridge device pci") + "9: br0 02:00:00:00:00:09 up kind bridge"),
            Host(Patient.Bonded)),
        new("not-joined", "enp0s3", Host(Patient.Kvm.Replace("up device virtio", "device virtio")),
            new Patient { Host = Patient.Kvm.Replace("up device virtio", "device virtio"), Settings = new Settings { SyntheticDrivers = ["virtio_net"], Join = JoinKind.None } }),
        new("no-path", "eth0", NoCarriers(Patient.Azure.Replace("up slave", "slave")), NoCarriers(Patient.Azure.Replace("up device", "device"))),
        new("no-path", "enp0s3", NoCarriers(Patient.Bonded), new Patient { Host = Patient.Bonded }),
        // A bond of another program that uses both has no active port.
        new("no-path", "enp0s3", NoCarriers(Theirs), new Patient
        {
            Host = Theirs, Change = host => host with { Links = [.. host.Links.Select(it => it.Kind == "bond" ? it with { Bond = new BondState(0, 0, 0) } : it)] },
        }),
        // The VF alone is in a bond, which has no active port: the synthetic NIC carries what is its own.
        new("no-path", "enp0s3", NoCarriers(Patient.Kvm.Replace("up device pci", "up slave master 7 port bond device pci") + "7: bond0 52:54:00:00:00:01 up kind bond"), new Patient
        {
            Host = Patient.Kvm.Replace("up device pci", "up slave master 7 port bond device pci") + "7: bond0 52:54:00:00:00:01 up kind bond",
            Change = host => host with { Links = [.. host.Links.Select(it => it.Kind == "bond" ? it with { Carrier = false, Bond = new BondState(1, 0, 0) } : it)] },
        }),
        new("no-path", "enp0s3", NoCarriers(Patient.Kvm.Split("3:")[0]), Host(Patient.Kvm.Split("3:")[0])),
        new("flapping", "eth0", Left(5, hours: 23), Left(5, hours: 25)),
        new("flapping", "eth0", Left(9, hours: 1), Left(4, hours: 1)),
        new("journal", "eth0", Journal("unfinished"), Journal("joined")),
        new("journal/damaged", "eth0", Journal("damaged"), Journal("joined")),
        new("data-path", "eth0", Path(UsedPath.Synthetic, UsedPath.Synthetic), Path(UsedPath.Vf, UsedPath.Vf)),
        new("data-path/half", "eth0", Path(UsedPath.Synthetic, UsedPath.Vf), Path(UsedPath.Vf, UsedPath.Vf)),
        new("data-path", "eth0", Path(UsedPath.Synthetic, UsedPath.Synthetic),
            new Patient { Paths = new() { [2] = new PathUse(UsedPath.None, UsedPath.None, UsedPath.Synthetic) } }),
        // Nothing is known of an idle pair.
        new("data-path/half", "eth0", Path(UsedPath.Vf, UsedPath.Synthetic), Path(UsedPath.None, UsedPath.None)),
        new("data-path/down", "eth0", Host(Patient.Azure.Replace("up slave", "slave")), new Patient()),
        new("data-path/down", "eth0", new Patient
        {
            Host = Patient.Azure.Replace("up slave", "slave"), Paths = new() { [2] = new PathUse(UsedPath.None, UsedPath.None, UsedPath.Vf) },
        }, Path(UsedPath.None, UsedPath.None)),
        new("data-path/lost", "eth0", NoCarrier(3), NoCarrier(2)),
        new("data-path/lost", "eth0", Path(UsedPath.None, UsedPath.None, carrier: false), Path(UsedPath.Synthetic, UsedPath.Synthetic, carrier: false)),
        new("data-path/carrier", "eth0", Path(UsedPath.Synthetic, UsedPath.Synthetic, carrier: false), Path(UsedPath.Vf, UsedPath.Vf, carrier: false)),
        new("data-path/carrier", "enp0s3", Bond(activePort: 2, carrier: false), Bond(activePort: 3, carrier: true)),
        new("data-path/port", "enp0s3", Bond(activePort: 2, carrier: true), Bond(activePort: 3, carrier: true)),
        new("bonding-module", "enp0s3", new Patient { Host = Patient.Kvm, Facts = new HostFacts { HasBonding = false } },
            new Patient { Facts = new HostFacts { HasBonding = false } }),
        new("one-leg", "bond0", Host(Patient.Kvm.Replace("up device virtio", "up slave master 7 port bond device virtio") + "7: bond0 52:54:00:00:00:01 up kind bond"),
            // The kernel's own join below a bond.
            Host(Patient.Azure.Replace("up device vmbus", "up slave master 7 port bond device vmbus") + "7: bond0 00:0d:3a:00:00:01 up kind bond")),
        new("one-leg/own", "bond-enp0s3", Host(Patient.Bonded.Replace("up slave master 7 port bond device pci", "up device pci")), Host(Patient.Bonded)),
        new("scan-timer", "hyperv-vfattach-scan.timer", Timer("failed", Patient.Bonded), Timer("active", Patient.Bonded)),
        new("scan-timer", "hyperv-vfattach-scan.timer", Timer("inactive", Patient.Kvm), Timer("inactive", Patient.Azure)),
        new("mac", "enp0s3", new Patient { Host = Patient.Kvm, Change = host => host with { Links = [.. host.Links.Select(it => it.Index == 2
            ? it with { Address = new HardwareAddress("26:77:d8:4c:46:d7"), PermanentAddress = it.Address } : it)] } }, Host(Patient.Kvm)),
        new("one-leg/vf", "bond0", Host(Patient.Kvm.Replace("up device pci", "up slave master 7 port bond device pci") + "7: bond0 52:54:00:00:00:01 up kind bond"),
            Host(Patient.Bonded)),
        new("other-bond", "bond0", Host(Patient.Azure.Replace("up device vmbus", "up slave master 7 port bond device vmbus").Replace("master 2", "master 7 port bond")
            + "7: bond0 00:0d:3a:00:00:01 up kind bond"),
            Host(Theirs)),
    ];

    private static IEnumerable<Fault> OfFiles() =>
    [
        new("udev-rules", "60-hyperv-vfattach.rules", Files(), Files(Patient.Rules)),
        // Masked by an empty file.
        new("udev-rules", "60-hyperv-vfattach.rules", Files(new TextFile(Patient.Rules.Path, ""), Packaged("")), Files(Packaged(""))),
        new("udev-rules/program", "/etc/udev/rules.d/60-hyperv-vfattach.rules", Program(isThere: false, isThis: false), Program(isThere: true, isThis: true)),
        new("versions", "/etc/udev/rules.d/60-hyperv-vfattach.rules", Program(isThere: true, isThis: false), Program(isThere: true, isThis: true)),
        new("versions/rules", "/etc/udev/rules.d/60-hyperv-vfattach.rules", Files(new TextFile(Patient.Rules.Path, "# hyperv-vfattach 0.0.9: joins\n")), new Patient()),
        new("versions/rules", "/etc/udev/rules.d/60-hyperv-vfattach.rules", Files(new TextFile(Patient.Rules.Path, "# hyperv-vfattach")), new Patient()),
        new("shadowed", "/etc/udev/rules.d/60-hyperv-vfattach.rules", Files(Patient.Rules, Packaged("x")), Files(Patient.Rules)),
        new("shadowed/same", "/etc/udev/rules.d/60-hyperv-vfattach.rules", Files(Patient.Rules, Packaged("")), Files(Packaged(""))),
        new("other-rules", "/usr/lib/udev/rules.d/10-azure-unmanaged-sriov.rules",
            Rule("10-azure-unmanaged-sriov.rules", "DRIVERS==\"mlx5_core\", ENV{AZURE_UNMANAGED_SRIOV}=\"1\", ENV{NM_UNMANAGED}=\"1\""), Rule("50-mine.rules", "hv_pci")),
        new("other-rules/nm", "/usr/lib/udev/rules.d/68-azure-sriov-nm-unmanaged.rules",
            Rule("68-azure-sriov-nm-unmanaged.rules", "DRIVERS==\"hv_pci\", ENV{NM_UNMANAGED}=\"1\""), Rule("50-mine.rules", "hv_pci")),
        new("other-rules/bond", "/usr/lib/udev/rules.d/60-hyperv-sriov.rules", Rule("60-hyperv-sriov.rules", "DRIVERS==\"hv_pci\", RUN+=\"/usr/sbin/bondvf.sh\""),
            Rule("50-mine.rules", "hv_pci")),
        new("other-rules/bond", "/usr/lib/udev/rules.d/60-azure-bond-autoconf.rules", Rule("60-azure-bond-autoconf.rules", "hv_pci"), Rule("50-mine.rules", "hv_pci")),
        new("udev-marks", "enP1s1", Marked("HYPERV_VF=1"), Marked([.. Patient.Marks, "HYPERV_VF_SYNTHETIC=eth7"])),
        new("initramfs", "/boot/initrd.img", Image(null, "usr/lib/systemd/systemd-networkd"),
            Image(null, "usr/lib/systemd/systemd-networkd", "etc/udev/rules.d/60-hyperv-vfattach.rules")),
        // Nothing there configures a NIC.
        new("initramfs/unread", "/boot/initrd.img", Image("it is compressed with zstd, and there is no zstd here", "kernel/x86/microcode/GenuineIntel.bin"), Image(null, "bin/busybox")),
        new("cloud-init", "enp0s3", new Patient { Host = Patient.Kvm, Facts = new HostFacts { HasCloudInit = true } },
            new Patient { Facts = new HostFacts { HasCloudInit = true } }),
        new("configuration", "configuration file", new Patient { BadSettings = "/etc/hyperv-vfattach.toml:1:1: unknown key" }, new Patient()),
        new("observe-only", "configuration file", new Patient { Settings = new Settings { ObserveOnly = true } }, new Patient()),
        new("configuration/vf", "[interface.enP1s1]", Table("enP1s1"), Table("eth0")),
        new("configuration/none", "[interface.eth9]", Table("eth9"), Table("00:0D:3A:00:00:01")),
        new("configuration/none", "[interface.eth9]", Table("eth9", Patient.Bonded), Table("enp0s3", Patient.Bonded)),
        new("unseen", "eth0", Azure("unseen 2 ingress bpf: query: Operation not permitted"), new Patient()),
        new("unseen", "this run", new Patient { Unread = ["the firewall could not be read"] }, new Patient()),
        new("unseen/root", "this run", new Patient { MissingPrivilege = "CAP_NET_ADMIN" }, new Patient()),
    ];

    private static IEnumerable<Fault> OfFreeBsd() =>
    [
        new("other-rules/devd", "/etc/devd/hyperv.conf", FreeBsd(0, Stock(10)), FreeBsd(0, Stock(10), Devd)),
        new("other-rules/devd", "/etc/devd/hyperv.conf", FreeBsd(0, Stock(110), Devd), FreeBsd(1, Stock(110))),
        new("tunable", "hw.hn.vf_transparent", FreeBsd(1), FreeBsd(0)),
        new("vf-owner/dhclient", "mce0", FreeBsd(0, client: 3), FreeBsd(0, client: 2)),
    ];

    private static Patient Host(string host, params string[] lines) => new() { Host = $"{host}\n{string.Join('\n', lines)}" };

    private static Patient Host(string host, VfFacts vf) => new() { Host = host, Facts = new HostFacts { Vfs = [vf] } };

    private static Patient Azure(params string[] lines) => Host(Patient.Azure, lines);

    private static Patient Idle(IdleNic nic) => new() { Host = Patient.NoVf, Change = host => host with { IdleNics = [nic] } };

    private static Patient Lone(string bus, LinkFlags flags = LinkFlags.None) => new()
    {
        Change = host => host with
        {
            Links = host.Links.Add(new Link
            {
                Index = 9, Name = "enP2s2", Address = new HardwareAddress("00:0d:3a:00:00:09"), Flags = flags, Device = new Device("mana", "pci", $"{bus}/x", 0),
            }),
        },
    };

    private static Patient Mtu(int link, uint mtu) => Changed(link, it => it with { Mtu = mtu });

    private static Patient NoCarrier(int link) => Changed(link, it => it with { Carrier = false });

    private static Patient Bond(int activePort, bool carrier) => new()
    {
        Host = Patient.Bonded,
        Change = host => host with
        {
            Links = [.. host.Links.Select(it => it.Index switch
            {
                3 => it with { Carrier = carrier },
                7 => it with { Bond = new BondState(1, activePort, 3) },
                _ => it,
            })],
        },
    };

    private static Patient Changed(int link, Func<Link, Link> change) => new()
    {
        Change = host => host with { Links = [.. host.Links.Select(it => it.Index == link ? change(it) : it)] },
    };

    private static Patient Offloads(string line, bool lro = false, bool vlan = false) => new()
    {
        Host = Patient.Azure + line,
        Facts = new HostFacts { Vfs = [new VfFacts { Link = 3, Lro = lro, VlanFilter = vlan }, new VfFacts { Link = 99, Lro = true }] },
    };

    private static Patient Named(ReferenceKind kind) => new()
    {
        AtPorts = new References([new InterfaceReference(3, kind, "nftables table inet filter, chain input, handle 4")], []),
    };

    private static Patient Journal(string state) => new()
    {
        Journals = new() { ["00:0d:3a:00:00:01"] = new JournalStatus(state, state == "joined" ? null : "join of eth0: 2 of 5 steps begun") },
    };

    private static Patient Path(UsedPath sent, UsedPath received, bool carrier = true) => new()
    {
        Paths = new() { [2] = new PathUse(sent, received, UsedPath.None) },
        Change = host => host with { Links = [.. host.Links.Select(it => it.Index == 3 ? it with { Carrier = carrier } : it)] },
    };

    private static string Theirs => Patient.Bonded.Replace("join 52", "# ").Replace("bond-enp0s3", "uplink");

    private static Patient NoCarriers(string host) => new()
    {
        Host = host,
        Change = host => host with
        {
            Links = [.. host.Links.Select(it => it with { Carrier = false, Bond = it.Kind == "bond" ? new BondState(1, 0, 3) : null })],
        },
    };

    // A VF that left some times within some hours, of which the first is as long ago.
    private static Patient Left(int times, int hours)
    {
        var history = new PairHistory();
        for (int i = 0; i < times; i++)
        {
            history.Add(new HistoryEntry
            {
                Time = Patient.Now.AddHours(-hours).AddMinutes(i), Kind = HistoryKind.VfLeft, Mac = new HardwareAddress("00:0d:3a:00:00:01"), Synthetic = "eth0",
                Boot = "", By = "event",
            });
        }
        return new Patient { History = history };
    }

    private static Patient Files(params TextFile[] files) => new() { Facts = new HostFacts { Rules = [.. files], HasUdev = true } };

    private static TextFile Packaged(string added) => new("/usr/lib/udev/rules.d/60-hyperv-vfattach.rules", Patient.Rules.Text + added);

    private static Patient Rule(string name, string text) => Files(Patient.Rules, new TextFile($"/usr/lib/udev/rules.d/{name}", text));

    private static Patient Program(bool isThere, bool isThis) => new()
    {
        Facts = new HostFacts
        {
            Rules = [Patient.Rules], HasUdev = true,
            Programs = [new InstalledProgram { Path = "/usr/local/sbin/hyperv-vfattach", StartedBy = Patient.Rules.Path, IsThere = isThere, IsThis = isThis }],
        },
    };

    private static Patient Marked(params string[] marks) =>
        new() { Facts = new HostFacts { Rules = [Patient.Rules], HasUdev = true, Vfs = [new VfFacts { Link = 3, Properties = [.. marks] }] } };

    private static Patient Timer(string state, string host) => new()
    {
        Host = host,
        Facts = new HostFacts
        {
            Rules = [Patient.Rules], ScanTimer = state,
            Programs = [new InstalledProgram { Path = "/usr/local/sbin/hyperv-vfattach", StartedBy = Patient.Rules.Path, IsThere = true, IsThis = true }],
        },
    };

    private static Patient Image(string? unread, params string[] files) => new() { Facts = new HostFacts { Initramfs = new BootImage("/boot/initrd.img", [.. files], unread) } };

    private static Patient Table(string name, string host = Patient.Azure) => new()
    {
        Host = host,
        Settings = new Settings { SyntheticDrivers = ["hv_netvsc", "virtio_net"], Interfaces = new Settings().Interfaces.Add(name, new InterfaceSettings()) },
    };

    private static TextFile Devd => new("/usr/local/etc/devd/hyperv-vfattach.conf", "notify 100 {\n match \"system\" \"HYPERV_NIC_VF\";");

    private static TextFile Stock(int priority) => new("/etc/devd/hyperv.conf", $"notify {priority} {{\n match \"system\" \"HYPERV_NIC_VF\";");

    private static Patient FreeBsd(int transparent, params TextFile[] rules) => FreeBsd(transparent, 0, rules);

    private static Patient FreeBsd(int transparent, int client, params TextFile[] rules) => new()
    {
        Policy = new FreeBsdPolicy(),
        Host = """
            2: hn0 00:15:5d:01:02:03 up device vmbus hn
            3: mce0 00:15:5d:01:02:03 up device pci mlx5en
            """,
        Change = host => new FreeBsdSnapshot
        {
            Links = host.Links,
            Facts = new FreeBsdFacts
            {
                VfTransparent = transparent, VfList = ["mce0"], Pairs = [new VfPair("hn0", "mce0")],
                DhcpClients = client == 0 ? [] : [new DhcpClient(client, 812)],
            },
        },
        Facts = new HostFacts { Rules = [.. rules], Loader = ["# hw.hn.vf_transparent=3", "hw.hn.vf_transparent=\"0\"", "if_lagg_load=\"YES\""] },
    };
}
