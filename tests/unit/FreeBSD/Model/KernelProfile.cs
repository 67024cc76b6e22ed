namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>What differs from kernel to kernel: rules, not records.</summary>
internal sealed record KernelProfile
{
    public required string Name { get; init; }

    /// <summary>kern.ostype, kern.osrelease, kern.osreldate, kern.ident, kern.version.</summary>
    public required string OsType { get; init; }
    public required string OsRelease { get; init; }
    public required int OsRelDate { get; init; }
    public required string Ident { get; init; }
    public required string Version { get; init; }

    /// <summary>lagg is part of the kernel file; otherwise kldload has to bring it.</summary>
    public bool LaggCompiledIn { get; init; } = true;

    /// <summary>Module files under /boot/kernel.</summary>
    public IReadOnlyList<string> ModuleFiles { get; init; } = [];

    /// <summary>modfind("if_lagg") once it is there.</summary>
    public int LaggModuleId { get; init; } = 99;

    /// <summary>hyperv is part of the kernel: hw.hn.* exist, even when no hn is there.</summary>
    public bool HyperVCompiledIn { get; init; }

    /// <summary>hw.hn.vf_transparent.</summary>
    public bool VfTransparent { get; init; } = true;

    /// <summary>kern.boot_id exists (13 and later).</summary>
    public bool BootId { get; init; } = true;

    /// <summary>AF_NETLINK sockets exist (14.0-RELEASE and later).</summary>
    public bool Netlink { get; init; } = true;

    /// <summary>Cloners in the order SIOCIFGCLONERS lists them; a loaded module comes first.</summary>
    public IReadOnlyList<string> Cloners { get; init; } = [];

    /// <summary>A lagg that goes up or down takes its ports with it (lagg_if_updown, 15 level).</summary>
    public bool PortsFollowLagg { get; init; }

    /// <summary>Two routes to one destination by different gateways (ROUTE_MPATH, 13 and later).</summary>
    public bool Multipath { get; init; } = true;

    /// <summary>SIOCIFCREATE2 looks at struct iflaggparam (13 and later).</summary>
    public bool LaggParameter { get; init; } = true;

    /// <summary>LAGG_OPT_USE_NUMA is set on a new lagg (13 and later).</summary>
    public bool LaggUsesNuma { get; init; } = true;

    /// <summary>A new interface has IPv6 switched off until somebody asks for it.</summary>
    public bool Inet6StartsDisabled { get; init; } = true;

    /// <summary>`IFNET ... ADDR_ADD` and `ADDR_DEL` for devd.</summary>
    public bool AnnouncesAddresses { get; init; } = true;

    /// <summary>RTM_IFINFO of an interface that comes up precedes its IPv4 routes; before, it followed them.</summary>
    public bool IfInfoBeforeInet { get; init; }

    /// <summary>An interface that an IPv4 address brings up says so with RTM_IFINFO.</summary>
    public bool AddressUpIsAnnounced { get; init; }

    /// <summary>The bit 0x20 in the flags of hardware and epair interfaces.</summary>
    public bool EpochFlag { get; init; }

    /// <summary>epair can carry VLAN-sized frames and offloads (hdrlen 18).</summary>
    public bool EpairOffloads { get; init; }

    /// <summary>The errno for a network route that comes without RTA_NETMASK; 0 when it is taken for the default.</summary>
    public int MissingNetmaskErrno { get; init; }

    /// <summary>Routes live in the old radix tree (before 13): answers without metrics, masks with ff in the unused
    /// bytes, link gateways in full length, a /32 as a network route.</summary>
    public bool OldRadix { get; init; }

    /// <summary>sysctl by name is the library's {0,3} lookup plus sysctl (before 12.2), not a system call of its own.</summary>
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

    /// <summary>This kernel on Hyper-V with the VF left to user space: hw.hn.vf_transparent=0 in loader.conf.</summary>
    public KernelProfile WithoutTransparentVf() => this with { HyperVCompiledIn = true, VfTransparent = false };

    public override string ToString() => Name;
}
