namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>Differences between kernels: rules, not records.</summary>
internal sealed record KernelProfile
{
    public required string Name { get; init; }

    /// <summary>kern.ostype, kern.osrelease, kern.osreldate, kern.ident, kern.version.</summary>
    public required string OsType { get; init; }
    public required string OsRelease { get; init; }
    public required int OsRelDate { get; init; }
    public required string Ident { get; init; }
    public required string Version { get; init; }

    /// <summary>Whether lagg is compiled into the kernel; otherwise kldload has to load it.</summary>
    public bool LaggCompiledIn { get; init; } = true;

    /// <summary>Module files under /boot/kernel.</summary>
    public IReadOnlyList<string> ModuleFiles { get; init; } = [];

    /// <summary>Result of modfind("if_lagg") when lagg is available.</summary>
    public int LaggModuleId { get; init; } = 99;

    /// <summary>Whether hyperv is compiled into the kernel: hw.hn.* exist, even without an hn.</summary>
    public bool HyperVCompiledIn { get; init; }

    /// <summary>hw.hn.vf_transparent.</summary>
    public bool VfTransparent { get; init; } = true;

    /// <summary>Whether kern.boot_id exists (13 and later).</summary>
    public bool BootId { get; init; } = true;

    /// <summary>Whether AF_NETLINK sockets exist (14.0-RELEASE and later).</summary>
    public bool Netlink { get; init; } = true;

    /// <summary>Cloners in the order SIOCIFGCLONERS lists them; a loaded module comes first.</summary>
    public IReadOnlyList<string> Cloners { get; init; } = [];

    /// <summary>Whether a lagg that goes up or down does the same with its ports (lagg_if_updown, 15 level).</summary>
    public bool PortsFollowLagg { get; init; }

    /// <summary>Whether two routes to one destination with different gateways are possible (ROUTE_MPATH, 13 and later).</summary>
    public bool Multipath { get; init; } = true;

    /// <summary>Whether SIOCIFCREATE2 reads struct iflaggparam (13 and later).</summary>
    public bool LaggParameter { get; init; } = true;

    /// <summary>Whether LAGG_OPT_USE_NUMA is set on a new lagg (13 and later).</summary>
    public bool LaggUsesNuma { get; init; } = true;

    /// <summary>Whether a new interface has IPv6 disabled until it is requested.</summary>
    public bool Inet6StartsDisabled { get; init; } = true;

    /// <summary>Whether devd gets `IFNET ... ADDR_ADD` and `ADDR_DEL`.</summary>
    public bool AnnouncesAddresses { get; init; } = true;

    /// <summary>Whether RTM_IFINFO of an interface that comes up precedes its IPv4 routes; in older kernels it followed them.</summary>
    public bool IfInfoBeforeInet { get; init; }

    /// <summary>Whether an interface that comes up through an IPv4 address sends RTM_IFINFO.</summary>
    public bool AddressUpIsAnnounced { get; init; }

    /// <summary>Whether hardware and epair interfaces have the bit 0x20 in their flags.</summary>
    public bool EpochFlag { get; init; }

    /// <summary>Whether epair supports VLAN-sized frames and offloads (hdrlen 18).</summary>
    public bool EpairOffloads { get; init; }

    /// <summary>The errno for a network route without RTA_NETMASK; 0 if it is taken as the default route.</summary>
    public int MissingNetmaskErrno { get; init; }

    /// <summary>Whether routes are in the old radix tree (before 13): answers without metrics, masks with ff in the unused bytes, link
    /// gateways in full length, a /32 as a network route.</summary>
    public bool OldRadix { get; init; }

    /// <summary>Whether sysctl by name is the library's {0,3} lookup plus sysctl (before 12.2), not its own system call.</summary>
    public bool SysctlByNumber { get; init; }

    private static readonly string[] s_builtinCloners = ["vlan", "lagg", "bridge", "vmnet", "tap", "tun", "lo", "epair"];

    /// <summary>A 2026 fork of stable/15 with lagg compiled in.</summary>
    public static KernelProfile Level15 { get; } = new()
    {
        Name = "renux15-builtin",
        OsType = "Renux",
        OsRelease = "0.1-CURRENT",
        OsRelDate = 1501502,
        Ident = "LAGGVM",
        Version = "Renux 0.1-CURRENT LAGGVM\n",
        ModuleFiles = ["if_lagg.ko", "if_infiniband.ko"],
        Cloners = s_builtinCloners,
        PortsFollowLagg = true,
        IfInfoBeforeInet = true,
        AddressUpIsAnnounced = true,
        EpairOffloads = true,
    };

    /// <summary>The same with lagg as a module and hyperv compiled in, as GENERIC.</summary>
    public static KernelProfile Level15Module { get; } = Level15 with
    {
        Name = "renux15-module",
        Ident = "LAGGMOD",
        Version = "Renux 0.1-CURRENT LAGGMOD\n",
        LaggCompiledIn = false,
        LaggModuleId = 169,
        HyperVCompiledIn = true,
        Cloners = ["vlan", "bridge", "vmnet", "tap", "tun", "lo", "epair"],
    };

    /// <summary>14.0-CURRENT of July 2022.</summary>
    public static KernelProfile Current14 { get; } = new()
    {
        Name = "freebsd14cur2022-builtin",
        OsType = "FreeBSD",
        OsRelease = "14.0-CURRENT",
        OsRelDate = 1400063,
        Ident = "LAGGSEVA",
        Version = "FreeBSD 14.0-CURRENT #0: Sat Nov 21 00:32:33 UTC 2026\n    root@vm:/usr/obj/vm0/obj-seva/usr/obj/vm0/seva/amd64.amd64/sys/LAGGSEVA\n",
        LaggModuleId = 98,
        Netlink = false,
        Cloners = ["vlan", "lagg", "bridge", "vmnet", "tap", "tun", "epair", "lo"],
        EpochFlag = true,
        MissingNetmaskErrno = Abi.Errno.ENOMEM,
    };

    /// <summary>12.1-STABLE of July 2020.</summary>
    public static KernelProfile Stable12 { get; } = new()
    {
        Name = "freebsd12.1-builtin",
        OsType = "FreeBSD",
        OsRelease = "12.1-STABLE",
        OsRelDate = 1201517,
        Ident = "LAGG12",
        Version = "FreeBSD 12.1-STABLE LAGG12\n",
        BootId = false,
        Netlink = false,
        Cloners = ["bridge", "vlan", "lagg", "vmnet", "tap", "tun", "lo", "epair"],
        Multipath = false,
        LaggParameter = false,
        LaggUsesNuma = false,
        Inet6StartsDisabled = false,
        AnnouncesAddresses = false,
        OldRadix = true,
        SysctlByNumber = true,
    };

    public static IReadOnlyList<KernelProfile> All { get; } = [Level15, Level15Module, Current14, Stable12];

    /// <summary>This kernel on Hyper-V with VFs left to user space: hw.hn.vf_transparent=0 in loader.conf.</summary>
    public KernelProfile WithoutTransparentVf() => this with { HyperVCompiledIn = true, VfTransparent = false };

    public override string ToString() => Name;
}
