namespace HypervVfattach.Linux.Netlink;

/// <summary>nftables and iptables (linux/netfilter/nfnetlink.h, nf_tables.h, linux/netfilter_ipv4/ip_tables.h and
/// linux/netfilter_ipv6/ip6_tables.h).</summary>
/// <remarks>Names and values as in C; UapiTests compares them with the headers.</remarks>
internal static partial class Uapi
{
    public const int NETLINK_NETFILTER = 12;

    public const byte NFNL_SUBSYS_NFTABLES = 10;

    public const byte NFPROTO_INET = 1;
    public const byte NFPROTO_IPV4 = 2;
    public const byte NFPROTO_ARP = 3;
    public const byte NFPROTO_NETDEV = 5;
    public const byte NFPROTO_BRIDGE = 7;
    public const byte NFPROTO_IPV6 = 10;

    public const byte NFT_MSG_NEWCHAIN = 3;
    public const byte NFT_MSG_GETCHAIN = 4;
    public const byte NFT_MSG_NEWRULE = 6;
    public const byte NFT_MSG_GETRULE = 7;
    public const byte NFT_MSG_NEWSET = 9;
    public const byte NFT_MSG_GETSET = 10;
    public const byte NFT_MSG_NEWSETELEM = 12;
    public const byte NFT_MSG_GETSETELEM = 13;
    public const byte NFT_MSG_NEWGEN = 15;
    public const byte NFT_MSG_GETGEN = 16;
    public const byte NFT_MSG_NEWFLOWTABLE = 22;
    public const byte NFT_MSG_GETFLOWTABLE = 23;

    public const uint NFT_REG_1 = 1;
    public const uint NFT_REG_4 = 4;
    public const uint NFT_REG32_00 = 8;
    public const uint NFT_REG32_15 = 23;

    public const ushort NFTA_LIST_ELEM = 1;
    public const ushort NFTA_DATA_VALUE = 1;
    public const ushort NFTA_GEN_ID = 1;

    public const ushort NFTA_HOOK_DEV = 3;
    public const ushort NFTA_HOOK_DEVS = 4;
    public const ushort NFTA_DEVICE_NAME = 1;

    public const ushort NFTA_CHAIN_TABLE = 1;
    public const ushort NFTA_CHAIN_NAME = 3;
    public const ushort NFTA_CHAIN_HOOK = 4;

    public const ushort NFTA_FLOWTABLE_TABLE = 1;
    public const ushort NFTA_FLOWTABLE_NAME = 2;
    public const ushort NFTA_FLOWTABLE_HOOK = 3;
    public const ushort NFTA_FLOWTABLE_HOOK_DEVS = 3;

    public const ushort NFTA_RULE_TABLE = 1;
    public const ushort NFTA_RULE_CHAIN = 2;
    public const ushort NFTA_RULE_HANDLE = 3;
    public const ushort NFTA_RULE_EXPRESSIONS = 4;

    public const ushort NFTA_EXPR_NAME = 1;
    public const ushort NFTA_EXPR_DATA = 2;

    public const ushort NFTA_META_DREG = 1;
    public const ushort NFTA_META_KEY = 2;
    public const uint NFT_META_IIF = 4;
    public const uint NFT_META_OIF = 5;
    public const uint NFT_META_IIFNAME = 6;
    public const uint NFT_META_OIFNAME = 7;
    public const uint NFT_META_BRI_IIFNAME = 17;
    public const uint NFT_META_BRI_OIFNAME = 18;
    public const uint NFT_META_SDIF = 33;
    public const uint NFT_META_SDIFNAME = 34;

    public const ushort NFTA_FIB_DREG = 1;
    public const ushort NFTA_FIB_RESULT = 2;
    public const uint NFT_FIB_RESULT_OIF = 1;
    public const uint NFT_FIB_RESULT_OIFNAME = 2;

    public const ushort NFTA_IMMEDIATE_DREG = 1;
    public const ushort NFTA_IMMEDIATE_DATA = 2;
    public const ushort NFTA_FWD_SREG_DEV = 1;
    public const ushort NFTA_DUP_SREG_DEV = 2;

    public const ushort NFTA_CMP_SREG = 1;
    public const ushort NFTA_CMP_OP = 2;
    public const ushort NFTA_CMP_DATA = 3;
    public const uint NFT_CMP_EQ = 0;
    public const uint NFT_CMP_NEQ = 1;

    public const ushort NFTA_RANGE_SREG = 1;
    public const ushort NFTA_RANGE_FROM_DATA = 3;
    public const ushort NFTA_RANGE_TO_DATA = 4;

    public const ushort NFTA_LOOKUP_SET = 1;
    public const ushort NFTA_LOOKUP_SREG = 2;
    public const ushort NFTA_LOOKUP_DREG = 3;

    public const ushort NFTA_OBJREF_SET_SREG = 3;
    public const ushort NFTA_OBJREF_SET_NAME = 4;

    public const ushort NFTA_SET_TABLE = 1;
    public const ushort NFTA_SET_NAME = 2;
    public const ushort NFTA_SET_FLAGS = 3;
    public const uint NFT_SET_INTERVAL = 0x4;
    public const uint NFT_SET_CONCAT = 0x80;

    public const ushort NFTA_SET_ELEM_LIST_TABLE = 1;
    public const ushort NFTA_SET_ELEM_LIST_SET = 2;
    public const ushort NFTA_SET_ELEM_LIST_ELEMENTS = 3;
    public const ushort NFTA_SET_ELEM_KEY = 1;
    public const ushort NFTA_SET_ELEM_DATA = 2;
    public const ushort NFTA_SET_ELEM_FLAGS = 3;
    public const ushort NFTA_SET_ELEM_OBJREF = 9;
    public const ushort NFTA_SET_ELEM_KEY_END = 10;
    public const uint NFT_SET_ELEM_INTERVAL_END = 0x1;
    public const uint NFT_SET_ELEM_CATCHALL = 0x2;

    public const int IPPROTO_IP = 0;
    public const int IPPROTO_IPV6 = 41;
    public const int IPT_SO_GET_INFO = 64;
    public const int IPT_SO_GET_ENTRIES = 65;
    public const int IP6T_SO_GET_INFO = 64;
    public const int IP6T_SO_GET_ENTRIES = 65;
    public const int XT_TABLE_MAXNAMELEN = 32;
    public const int IFNAMSIZ = 16;
}
