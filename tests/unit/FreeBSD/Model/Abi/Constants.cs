namespace HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

/// <summary>sys/socket.h: address families.</summary>
internal static class Af
{
    public const int Local = 1;
    public const int Inet = 2;
    public const int Route = 17;
    public const int Link = 18;
    public const int Inet6 = 28;
    public const int Netlink = 38;
}

/// <summary>net/if.h: IFF_*.</summary>
internal static class Iff
{
    public const int Up = 0x1;
    public const int Broadcast = 0x2;
    public const int Loopback = 0x8;
    public const int PointToPoint = 0x10;
    /// <summary>A bit without a public name in 14.0-CURRENT (the driver supports epochs).</summary>
    public const int KnowsEpoch = 0x20;
    public const int Running = 0x40;
    public const int Promisc = 0x100;
    public const int AllMulti = 0x200;
    public const int OutputActive = 0x400;
    public const int Simplex = 0x800;
    public const int Multicast = 0x8000;
    public const int CantConfig = 0x10000;
    public const int Dying = 0x200000;
    public const int Renaming = 0x400000;

    /// <summary>Bits that SIOCSIFFLAGS does not change.</summary>
    public const int CantChange = Broadcast | PointToPoint | Running | OutputActive | Simplex | Multicast | AllMulti
        | Promisc | Dying | CantConfig;
}

/// <summary>net/if_types.h: IFT_*.</summary>
internal static class Ift
{
    public const byte Ether = 6;
    public const byte Loop = 24;
    public const byte Ppp = 23;
    public const byte L2Vlan = 135;
    /// <summary>An interface while it is the port of a lagg.</summary>
    public const byte Ieee8023AdLag = 161;
    public const byte Bridge = 209;
}

/// <summary>net/if.h: LINK_STATE_*.</summary>
internal enum LinkState : byte
{
    Unknown = 0,
    Down = 1,
    Up = 2,
}

/// <summary>net/if_media.h: words of struct ifmediareq.</summary>
internal static class Ifm
{
    public const uint Ether = 0x20;
    public const uint FullDuplex = 0x100000;
    public const uint Valid = 1;
    public const uint Active = 2;
}

/// <summary>net/if_lagg.h.</summary>
internal static class LaggAbi
{
    public const int ProtoNone = 0;
    public const int ProtoRoundRobin = 1;
    public const int ProtoFailover = 2;
    public const int ProtoLoadBalance = 3;
    public const int ProtoLacp = 4;
    public const int ProtoBroadcast = 5;
    public const int ProtoMax = 6;
    public const uint PortMaster = 1;
    public const uint PortActive = 4;
    public const uint PortCollecting = 8;
    public const uint PortDistributing = 0x10;
    public const int MaxPorts = 32;
    /// <summary>sizeof(struct lagg_reqport).</summary>
    public const int PortRequestSize = 72;
    public const uint OptionUseNuma = 4;
    public const uint HashAll = 7;
}

/// <summary>netinet6/nd6.h and in6_var.h.</summary>
internal static class Nd6
{
    public const uint PerformNud = 1;
    public const uint IfDisabled = 8;
    public const uint AutoLinkLocal = 0x20;
    public const uint NoDad = 0x100;
    public const uint AddressTentative = 2;
    public const uint AddressDuplicated = 4;
    public const uint AddressNoDad = 0x20;
}

/// <summary>net/route.h.</summary>
internal static class Rt
{
    public const byte Version = 5;
    public const byte Add = 1;
    public const byte Delete = 2;
    public const byte Change = 3;
    public const byte Get = 4;
    public const byte NewAddr = 12;
    public const byte DelAddr = 13;
    public const byte IfInfo = 14;
    public const byte NewMaddr = 15;
    public const byte DelMaddr = 16;
    public const byte IfAnnounce = 17;

    public const int FlagUp = 0x1;
    public const int FlagGateway = 0x2;
    public const int FlagHost = 0x4;
    public const int FlagDone = 0x40;
    public const int FlagLlData = 0x400;
    public const int FlagStatic = 0x800;
    public const int FlagPinned = 0x100000;

    public const int AddrDst = 0x1;
    public const int AddrGateway = 0x2;
    public const int AddrNetmask = 0x4;
    public const int AddrIfp = 0x10;
    public const int AddrIfa = 0x20;
    public const int AddrBrd = 0x80;

    /// <summary>sizeof(struct rt_msghdr).</summary>
    public const int HeaderSize = 152;

    public const int SysctlDump = 1;
    public const int SysctlIfList = 3;
    public const int SysctlIfListL = 5;
}
