using System.Runtime.InteropServices;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Header of every message (<c>struct nlmsghdr</c>, linux/netlink.h).</summary>
/// <param name="Length">nlmsg_len: with this header, without the padding after the message.</param>
/// <param name="Type">nlmsg_type: RTM_* or NLMSG_*.</param>
/// <param name="Flags">nlmsg_flags: NLM_F_*.</param>
/// <param name="Sequence">nlmsg_seq: an answer has that of its request.</param>
/// <param name="Port">nlmsg_pid: an answer has the port of the socket that asked.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct MessageHeader(uint Length, ushort Type, ushort Flags, uint Sequence, uint Port)
{
    /// <summary>sizeof(struct nlmsghdr).</summary>
    public const int Size = 16;
}

/// <summary>Header of a link message (<c>struct ifinfomsg</c>, linux/rtnetlink.h).</summary>
/// <param name="Family">ifi_family.</param>
/// <param name="Padding">__ifi_pad.</param>
/// <param name="Type">ifi_type: ARPHRD_*.</param>
/// <param name="Index">ifi_index.</param>
/// <param name="Flags">ifi_flags: IFF_*.</param>
/// <param name="Change">ifi_change: mask of the flags to change.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct LinkHeader(
    byte Family, byte Padding, ushort Type, int Index, uint Flags, uint Change);

/// <summary>Header of an address message (<c>struct ifaddrmsg</c>, linux/if_addr.h).</summary>
/// <param name="Family">ifa_family.</param>
/// <param name="PrefixLength">ifa_prefixlen.</param>
/// <param name="Flags">ifa_flags: the low eight bits of IFA_FLAGS.</param>
/// <param name="Scope">ifa_scope.</param>
/// <param name="Index">ifa_index.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct AddressHeader(byte Family, byte PrefixLength, byte Flags, byte Scope, int Index);

/// <summary>Lifetimes of an address (<c>struct ifa_cacheinfo</c>, linux/if_addr.h).</summary>
/// <param name="Preferred">ifa_prefered, seconds left.</param>
/// <param name="Valid">ifa_valid, seconds left.</param>
/// <param name="Created">cstamp.</param>
/// <param name="Updated">tstamp.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct AddressCacheInfo(uint Preferred, uint Valid, uint Created, uint Updated);

/// <summary>Header of a route message (<c>struct rtmsg</c>, linux/rtnetlink.h).</summary>
/// <param name="Family">rtm_family.</param>
/// <param name="DestinationLength">rtm_dst_len.</param>
/// <param name="SourceLength">rtm_src_len.</param>
/// <param name="Tos">rtm_tos.</param>
/// <param name="Table">rtm_table: RTA_TABLE has the full number.</param>
/// <param name="Protocol">rtm_protocol.</param>
/// <param name="Scope">rtm_scope.</param>
/// <param name="Type">rtm_type.</param>
/// <param name="Flags">rtm_flags: RTM_F_* and RTNH_F_*.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct RouteHeader(
    byte Family, byte DestinationLength, byte SourceLength, byte Tos, byte Table, byte Protocol, byte Scope, byte Type,
    uint Flags);

/// <summary>Header of one leg of a multipath route (<c>struct rtnexthop</c>, linux/rtnetlink.h).</summary>
/// <param name="Length">rtnh_len: with its attributes.</param>
/// <param name="Flags">rtnh_flags: RTNH_F_*.</param>
/// <param name="Hops">rtnh_hops: weight less one.</param>
/// <param name="Index">rtnh_ifindex.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct LegHeader(ushort Length, byte Flags, byte Hops, int Index);

/// <summary>State of a route, of which a request can set only the expiry (<c>struct rta_cacheinfo</c>).</summary>
/// <param name="References">rta_clntref.</param>
/// <param name="LastUse">rta_lastuse.</param>
/// <param name="Expires">rta_expires: hundredths of a second (USER_HZ) left; 0 for never.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct RouteCacheInfo(uint References, uint LastUse, int Expires);

/// <summary>Header of a neighbour message (<c>struct ndmsg</c>, linux/neighbour.h).</summary>
/// <param name="Family">ndm_family.</param>
/// <param name="Padding1">ndm_pad1.</param>
/// <param name="Padding2">ndm_pad2.</param>
/// <param name="Index">ndm_ifindex.</param>
/// <param name="State">ndm_state: NUD_*.</param>
/// <param name="Flags">ndm_flags: NTF_*.</param>
/// <param name="Type">ndm_type: RTN_*.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NeighbourHeader(
    byte Family, byte Padding1, ushort Padding2, int Index, ushort State, byte Flags, byte Type);

/// <summary>Header of a rule message (<c>struct fib_rule_hdr</c>, linux/fib_rules.h).</summary>
/// <param name="Family">family.</param>
/// <param name="DestinationLength">dst_len.</param>
/// <param name="SourceLength">src_len.</param>
/// <param name="Tos">tos.</param>
/// <param name="Table">table: FRA_TABLE has the full number.</param>
/// <param name="Reserved1">res1.</param>
/// <param name="Reserved2">res2.</param>
/// <param name="Action">action: FR_ACT_*.</param>
/// <param name="Flags">flags: FIB_RULE_*.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct RuleHeader(
    byte Family, byte DestinationLength, byte SourceLength, byte Tos, byte Table, byte Reserved1, byte Reserved2,
    byte Action, uint Flags);

/// <summary>Header of a next-hop message (<c>struct nhmsg</c>, linux/nexthop.h).</summary>
/// <param name="Family">nh_family.</param>
/// <param name="Scope">nh_scope: determined by the kernel, must be 0 in requests.</param>
/// <param name="Protocol">nh_protocol.</param>
/// <param name="Reserved">resvd.</param>
/// <param name="Flags">nh_flags: RTNH_F_*.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NextHopHeader(byte Family, byte Scope, byte Protocol, byte Reserved, uint Flags);

/// <summary>One member of a group (<c>struct nexthop_grp</c>, linux/nexthop.h).</summary>
/// <param name="Id">id.</param>
/// <param name="Weight">weight: less one, its low eight bits.</param>
/// <param name="WeightHigh">resvd1; weight_high since Linux 6.12.</param>
/// <param name="Reserved">resvd2.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct GroupMember(uint Id, byte Weight, byte WeightHigh, ushort Reserved);

/// <summary>Header of a traffic control message (<c>struct tcmsg</c>, linux/rtnetlink.h).</summary>
/// <param name="Family">tcm_family.</param>
/// <param name="Padding1">tcm__pad1.</param>
/// <param name="Padding2">tcm__pad2.</param>
/// <param name="Index">tcm_ifindex.</param>
/// <param name="Handle">tcm_handle: of a queueing discipline, or of one filter among those of its priority.</param>
/// <param name="Parent">tcm_parent: what it is attached to.</param>
/// <param name="Info">tcm_info: for a filter its priority, and its protocol in network order.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TrafficControlHeader(
    byte Family, byte Padding1, ushort Padding2, int Index, uint Handle, uint Parent, uint Info);

/// <summary>Header of a netfilter message (<c>struct nfgenmsg</c>, linux/netfilter/nfnetlink.h).</summary>
/// <param name="Family">nfgen_family: NFPROTO_*, 0 for all.</param>
/// <param name="Version">version: NFNETLINK_V0.</param>
/// <param name="Resource">res_id.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NetfilterHeader(byte Family, byte Version, ushort Resource);

/// <summary>Identity of a socket (<c>struct inet_diag_sockid</c>, linux/inet_diag.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SocketIdentity
{
    /// <summary>idiag_sport, in network order.</summary>
    public ushort SourcePort;

    /// <summary>idiag_dport, in network order.</summary>
    public ushort DestinationPort;

    /// <summary>idiag_src and idiag_dst.</summary>
    public fixed byte Addresses[32];

    /// <summary>idiag_if: the interface that the socket is bound to, 0 for none.</summary>
    public int Interface;

    /// <summary>idiag_cookie.</summary>
    public fixed uint Cookie[2];
}

/// <summary>A request for sockets (<c>struct inet_diag_req_v2</c>, linux/inet_diag.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SocketRequest
{
    /// <summary>sdiag_family.</summary>
    public byte Family;

    /// <summary>sdiag_protocol.</summary>
    public byte Protocol;

    /// <summary>idiag_ext.</summary>
    public byte Extensions;

    /// <summary>pad.</summary>
    public byte Padding;

    /// <summary>idiag_states: one bit per state.</summary>
    public uint States;

    /// <summary>id.</summary>
    public SocketIdentity Identity;
}

/// <summary>Header of a socket's message (<c>struct inet_diag_msg</c>, linux/inet_diag.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SocketHeader
{
    /// <summary>idiag_family.</summary>
    public byte Family;

    /// <summary>idiag_state.</summary>
    public byte State;

    /// <summary>idiag_timer.</summary>
    public byte Timer;

    /// <summary>idiag_retrans.</summary>
    public byte Retransmissions;

    /// <summary>id.</summary>
    public SocketIdentity Identity;

    /// <summary>idiag_expires.</summary>
    public uint Expires;

    /// <summary>idiag_rqueue.</summary>
    public uint ReceiveQueue;

    /// <summary>idiag_wqueue.</summary>
    public uint SendQueue;

    /// <summary>idiag_uid.</summary>
    public uint User;

    /// <summary>idiag_inode.</summary>
    public uint Inode;
}
