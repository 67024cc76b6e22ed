namespace HypervVfattach.Tests.Kernel;

/// <summary>Everything that an administrator may have put on an interface.</summary>
internal static class RichConfiguration
{
    public static readonly string[] Links =
    [
        "link set v0 mtu 9000 txqueuelen 777 group 42",
        "link property add dev v0 altname veryLongAlternativeName0",
        "link property add dev v0 altname other",
    ];

    public static readonly string[] Addresses =
    [
        "addr add 10.0.0.4/24 brd + dev v0",
        "addr add 10.0.0.5/24 brd 10.0.0.255 dev v0 label v0:web",
        "addr add 10.0.0.6/24 dev v0 valid_lft 5500 preferred_lft 3500",
        "addr add 10.9.0.1 peer 10.9.0.2/32 dev v0",
        "addr add 10.8.0.1/16 dev v0 metric 77 noprefixroute",
        "addr add 169.254.7.7/16 dev v0 scope link",
        "addr add 2001:db8::4/64 dev v0 nodad",
        "addr add 2001:db8::5/64 dev v0 nodad noprefixroute",
        "addr add 2001:db8:1::5/64 dev v0 nodad valid_lft 8500 preferred_lft 0",
        "addr add 2001:db8:2::1 peer 2001:db8:2::2/128 dev v0 nodad metric 88",
        "addr add fe80::4/64 dev v0 nodad",
        "addr add 10.1.0.4/24 dev w0",
    ];

    public static readonly string[] NextHops =
    [
        "nexthop add id 11 via 10.0.0.2 dev v0 proto static",
        "nexthop add id 12 via 10.1.0.2 dev w0",
        "nexthop add id 13 group 11,3/12,1",
        "nexthop add id 14 via 2001:db8::2 dev v0",
        "nexthop add id 15 dev v0 via 203.0.113.1 onlink",
        "nexthop add id 16 blackhole",
        "nexthop add id 17 group 11/12 type resilient buckets 32 idle_timer 60",
        "nexthop add id 18 dev v0",
    ];

    public static readonly string[] Routes =
    [
        "route add default via 10.0.0.1 dev v0 proto static",
        "route add default via 10.0.0.3 dev v0 proto dhcp metric 100 src 10.0.0.5",
        "route add 192.0.2.0/24 via 10.0.0.1 dev v0 table 1001 mtu 1400 advmss 1300 initcwnd 20 proto static",
        "route add 192.0.3.0/24 dev v0 table 70000 scope link proto static",
        "route add 192.0.4.0/24 proto static nexthop via 10.0.0.1 dev v0 weight 5 nexthop via 10.1.0.1 dev w0 weight 2",
        "route add 192.0.5.0/24 via 203.0.113.9 dev v0 onlink proto static",
        "route add 192.0.6.0/24 via inet6 2001:db8::9 dev v0 proto static",
        "route add 192.0.7.0/24 nhid 11 proto static",
        "route add 192.0.8.0/24 nhid 13 proto static",
        "route add tos 0x10 192.0.9.0/24 via 10.0.0.1 dev v0 proto static",
        "route add default via 10.0.0.1 dev v0 table 200 proto static",
        "-6 route add default via 2001:db8::1 dev v0 proto static",
        "-6 route add 2001:db8:a::/48 via fe80::1 dev v0 metric 50 pref high proto static",
        "-6 route add 2001:db8:b::/48 dev v0 table 1001 expires 4000 proto static",
        "-6 route add 2001:db8:c::/48 proto static nexthop via 2001:db8::8 dev v0 weight 3 nexthop via 2001:db8::9 dev v0",
        "-6 route add 2001:db8:d::/48 nhid 14 proto static",
        "-6 route add 2001:db8:e::/48 via 2001:db8::1 dev v0 src 2001:db8::5 mtu 1280 proto static",
    ];

    public static readonly string[] Rules =
    [
        "rule add pref 100 from 10.0.0.4 lookup 200",
        "rule add pref 101 iif v0 lookup 1001",
        "rule add pref 102 oif v0 to 192.0.2.0/24 lookup 1001 protocol static",
        "rule add pref 103 fwmark 0x10/0xff lookup 70000",
        "rule add pref 104 ipproto tcp sport 1000-2000 dport 443 lookup 200",
        "rule add pref 105 not from 10.2.0.0/16 uidrange 0-0 lookup 200",
        "rule add pref 106 from all lookup main suppress_prefixlength 0",
        "rule add pref 107 from 10.3.0.0/16 blackhole",
        "-6 rule add pref 200 from 2001:db8::/64 iif v0 lookup 1001",
        "-6 rule add pref 201 oif v0 lookup 1001",
    ];

    public static readonly string[] Neighbours =
    [
        "neigh add 10.0.0.20 lladdr 02:00:00:00:00:20 dev v0 nud permanent",
        "neigh add 10.0.0.21 lladdr 02:00:00:00:00:21 dev v0 nud noarp",
        "neigh add 2001:db8::20 lladdr 02:00:00:00:00:20 dev v0 nud permanent router",
        "neigh add 10.0.0.22 lladdr 02:00:00:00:00:22 dev v0 nud permanent extern_learn",
        "neigh add proxy 10.0.0.30 dev v0",
        "neigh add proxy 2001:db8::30 dev v0",
    ];
}
