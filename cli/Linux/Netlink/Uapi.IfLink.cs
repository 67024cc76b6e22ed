namespace HypervVfattach.Linux.Netlink;

/// <summary>Attributes of links (linux/if_link.h, linux/if_tunnel.h, linux/amt.h, linux/if_bonding.h).</summary>
/// <remarks>Names and values as in C; UapiTests compares them with the headers.</remarks>
internal static partial class Uapi
{
    public const ushort IFLA_ADDRESS = 1;
    public const ushort IFLA_IFNAME = 3;
    public const ushort IFLA_MTU = 4;
    public const ushort IFLA_LINK = 5;
    public const ushort IFLA_QDISC = 6;
    public const ushort IFLA_MASTER = 10;
    public const ushort IFLA_TXQLEN = 13;
    public const ushort IFLA_LINKINFO = 18;
    public const ushort IFLA_IFALIAS = 20;
    public const ushort IFLA_STATS64 = 23;
    public const ushort IFLA_AF_SPEC = 26;
    public const ushort IFLA_GROUP = 27;
    public const ushort IFLA_EXT_MASK = 29;
    public const ushort IFLA_CARRIER = 33;
    public const ushort IFLA_LINK_NETNSID = 37;
    public const ushort IFLA_XDP = 43;
    public const ushort IFLA_PROP_LIST = 52;
    public const ushort IFLA_ALT_IFNAME = 53;
    public const ushort IFLA_PERM_ADDRESS = 54;

    public const ushort IFLA_INFO_KIND = 1;
    public const ushort IFLA_INFO_DATA = 2;
    public const ushort IFLA_INFO_SLAVE_KIND = 4;

    public const ushort IFLA_XDP_ATTACHED = 2;
    public const ushort IFLA_INET6_TOKEN = 7;
    public const ushort IFLA_INET6_ADDR_GEN_MODE = 8;

    public const byte IN6_ADDR_GEN_MODE_NONE = 1;

    public const ushort IFLA_VXLAN_LINK = 3;
    public const ushort IFLA_GRE_LINK = 1;
    public const ushort IFLA_IPTUN_LINK = 1;
    public const ushort IFLA_VTI_LINK = 1;
    public const ushort IFLA_XFRM_LINK = 1;
    public const ushort IFLA_HSR_SLAVE1 = 1;
    public const ushort IFLA_HSR_SLAVE2 = 2;
    public const ushort IFLA_AMT_LINK = 4;

    public const ushort IFLA_BOND_MODE = 1;
    public const ushort IFLA_BOND_ACTIVE_SLAVE = 2;
    public const ushort IFLA_BOND_MIIMON = 3;
    public const ushort IFLA_BOND_PRIMARY = 11;
    public const ushort IFLA_BOND_PRIMARY_RESELECT = 12;
    public const ushort IFLA_BOND_FAIL_OVER_MAC = 13;
    public const ushort IFLA_BOND_NUM_PEER_NOTIF = 16;
    public const ushort IFLA_BOND_ALL_SLAVES_ACTIVE = 17;

    public const byte BOND_MODE_ACTIVEBACKUP = 1;
}
