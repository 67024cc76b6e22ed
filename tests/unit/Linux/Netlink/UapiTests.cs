using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Interop;
using HypervVfattach.Linux.Netfilter;
using HypervVfattach.Linux.Netlink;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux.Netlink;

/// <summary>Constants and structs of netlink against the C headers.</summary>
public class UapiTests
{
    private static readonly string[] s_headers =
    [
        "errno.h", "poll.h", "sys/socket.h", "linux/netlink.h", "linux/rtnetlink.h", "linux/if_link.h", "linux/if_addr.h",
        "linux/if_bonding.h", "linux/if_tunnel.h", "linux/amt.h", "linux/neighbour.h", "linux/nexthop.h", "linux/fib_rules.h", "linux/sockios.h",
        "linux/ethtool.h", "linux/if.h", "linux/pkt_sched.h", "linux/pkt_cls.h", "linux/if_ether.h",
        "netinet/tcp.h", "linux/netfilter.h", "linux/netfilter/nfnetlink.h", "linux/netfilter/nf_tables.h", "linux/netfilter_ipv4/ip_tables.h",
        "linux/netfilter_ipv6/ip6_tables.h", "linux/sock_diag.h", "linux/inet_diag.h",
    ];

    [Fact]
    public void Every_constant_has_the_value_of_the_C_headers()
    {
        FieldInfo[] constants = [.. new[] { typeof(Uapi), typeof(Errno) }
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))];
        constants.Length.ShouldBeGreaterThan(150);
        string[] expressions = [.. constants.Select(field => $"(unsigned)({field.Name})")];
        long[] values = CHeaders.Evaluate(s_headers, expressions);
        constants.Select(field =>
                $"{field.Name} {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}")
            .ShouldBe(constants.Zip(values, (field, value) => $"{field.Name} {value}"));
    }

    [Fact]
    public void Every_struct_has_the_layout_of_the_C_headers()
    {
        (string C, long Ours)[] rows =
        [
            ("sizeof(struct nlmsghdr)", Unsafe.SizeOf<MessageHeader>()),
            ("offsetof(struct nlmsghdr, nlmsg_seq)", Offset<MessageHeader>("Sequence")),
            ("offsetof(struct nlmsghdr, nlmsg_pid)", Offset<MessageHeader>("Port")),
            ("sizeof(struct ifinfomsg)", Unsafe.SizeOf<LinkHeader>()),
            ("offsetof(struct ifinfomsg, ifi_index)", Offset<LinkHeader>("Index")),
            ("offsetof(struct ifinfomsg, ifi_change)", Offset<LinkHeader>("Change")),
            ("sizeof(struct ifaddrmsg)", Unsafe.SizeOf<AddressHeader>()),
            ("offsetof(struct ifaddrmsg, ifa_scope)", Offset<AddressHeader>("Scope")),
            ("offsetof(struct ifaddrmsg, ifa_index)", Offset<AddressHeader>("Index")),
            ("sizeof(struct ifa_cacheinfo)", Unsafe.SizeOf<AddressCacheInfo>()),
            ("offsetof(struct ifa_cacheinfo, ifa_valid)", Offset<AddressCacheInfo>("Valid")),
            ("sizeof(struct rtmsg)", Unsafe.SizeOf<RouteHeader>()),
            ("offsetof(struct rtmsg, rtm_type)", Offset<RouteHeader>("Type")),
            ("offsetof(struct rtmsg, rtm_flags)", Offset<RouteHeader>("Flags")),
            ("sizeof(struct rtnexthop)", Unsafe.SizeOf<LegHeader>()),
            ("offsetof(struct rtnexthop, rtnh_hops)", Offset<LegHeader>("Hops")),
            ("offsetof(struct rtnexthop, rtnh_ifindex)", Offset<LegHeader>("Index")),
            ("offsetof(struct rta_cacheinfo, rta_expires)", Offset<RouteCacheInfo>("Expires")),
            ("sizeof(struct ndmsg)", Unsafe.SizeOf<NeighbourHeader>()),
            ("offsetof(struct ndmsg, ndm_ifindex)", Offset<NeighbourHeader>("Index")),
            ("offsetof(struct ndmsg, ndm_state)", Offset<NeighbourHeader>("State")),
            ("offsetof(struct ndmsg, ndm_flags)", Offset<NeighbourHeader>("Flags")),
            ("sizeof(struct fib_rule_hdr)", Unsafe.SizeOf<RuleHeader>()),
            ("offsetof(struct fib_rule_hdr, action)", Offset<RuleHeader>("Action")),
            ("offsetof(struct fib_rule_hdr, flags)", Offset<RuleHeader>("Flags")),
            ("sizeof(struct nhmsg)", Unsafe.SizeOf<NextHopHeader>()),
            ("offsetof(struct nhmsg, nh_flags)", Offset<NextHopHeader>("Flags")),
            ("sizeof(struct nexthop_grp)", Unsafe.SizeOf<GroupMember>()),
            ("offsetof(struct nexthop_grp, weight)", Offset<GroupMember>("Weight")),
            ("sizeof(struct tcmsg)", Unsafe.SizeOf<TrafficControlHeader>()),
            ("offsetof(struct tcmsg, tcm_info)", Offset<TrafficControlHeader>("Info")),
            ("sizeof(struct sockaddr_nl)", Unsafe.SizeOf<NetlinkAddress>()),
            ("offsetof(struct sockaddr_nl, nl_pid)", Offset<NetlinkAddress>("Port")),
            ("sizeof(struct pollfd)", Unsafe.SizeOf<PollDescriptor>()),
            ("sizeof(struct nfgenmsg)", Unsafe.SizeOf<NetfilterHeader>()),
            ("sizeof(struct inet_diag_req_v2)", Unsafe.SizeOf<SocketRequest>()),
            ("offsetof(struct inet_diag_req_v2, idiag_states)", Offset<SocketRequest>("States")),
            ("sizeof(struct inet_diag_msg)", Unsafe.SizeOf<SocketHeader>()),
            ("offsetof(struct inet_diag_msg, id.idiag_if)", Offset<SocketHeader>("Identity") + Offset<SocketIdentity>("Interface")),
            ("offsetof(struct ipt_entry, ip.iniface)", XtablesLayout.IPv4.Interfaces),
            ("offsetof(struct ipt_entry, ip.outiface_mask)", XtablesLayout.IPv4.Interfaces + 3 * Uapi.IFNAMSIZ),
            ("offsetof(struct ipt_entry, target_offset)", XtablesLayout.IPv4.TargetOffset),
            ("offsetof(struct ipt_entry, next_offset)", XtablesLayout.IPv4.TargetOffset + 2),
            ("sizeof(struct ipt_entry)", XtablesLayout.IPv4.Size),
            ("offsetof(struct ip6t_entry, ipv6.iniface)", XtablesLayout.IPv6.Interfaces),
            ("offsetof(struct ip6t_entry, ipv6.outiface_mask)", XtablesLayout.IPv6.Interfaces + 3 * Uapi.IFNAMSIZ),
            ("offsetof(struct ip6t_entry, target_offset)", XtablesLayout.IPv6.TargetOffset),
            ("offsetof(struct ip6t_entry, next_offset)", XtablesLayout.IPv6.TargetOffset + 2),
            ("sizeof(struct ip6t_entry)", XtablesLayout.IPv6.Size),
            ("sizeof(struct ipt_getinfo)", Xtables.InfoBytes),
            ("sizeof(struct ip6t_getinfo)", Xtables.InfoBytes),
            ("offsetof(struct ipt_getinfo, valid_hooks)", Xtables.InfoHooks),
            ("offsetof(struct ipt_getinfo, hook_entry)", Xtables.InfoHookEntries),
            ("offsetof(struct ipt_getinfo, size)", Xtables.InfoSize),
            ("offsetof(struct ipt_get_entries, size)", Xtables.EntriesSize),
            ("offsetof(struct ipt_get_entries, entrytable)", Xtables.EntriesOffset),
            ("offsetof(struct xt_error_target, errorname)", XtablesEntries.TargetData),
            ("sizeof(struct ifreq)", Ethtool.RequestSize),
            ("offsetof(struct ethtool_perm_addr, data)", 8),
            ("offsetof(struct rtnl_link_stats64, tx_packets)", 8),
        ];
        long[] values = CHeaders.Evaluate(s_headers, [.. rows.Select(row => row.C)]);
        rows.Select(row => $"{row.C} {row.Ours}").ShouldBe(rows.Zip(values, (row, value) => $"{row.C} {value}"));
    }

    private static long Offset<T>(string member)
    {
        // Marshal.OffsetOf does not find a record's backing field by the name of its property.
        FieldInfo? field = typeof(T).GetField($"<{member}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic);
        return (long)System.Runtime.InteropServices.Marshal.OffsetOf<T>(field?.Name ?? member);
    }
}
