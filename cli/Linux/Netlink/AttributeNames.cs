using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Names for the attribute that an extended ack points at (NLMSGERR_ATTR_OFFS).</summary>
internal static class AttributeNames
{
    /// <summary>Name of the attribute at, or around, this offset of a request.</summary>
    /// <returns>Null if the offset is in no attribute.</returns>
    public static string? At(ReadOnlySpan<byte> request, uint offset)
    {
        if (!MemoryMarshal.TryRead(request, out MessageHeader header))
            return null;
        int position = MessageHeader.Size + HeadSize(header.Type);
        while (position + 4 <= request.Length)
        {
            int length = (MemoryMarshal.Read<ushort>(request[position..]) + 3) & ~3;
            if (length < 4)
                return null;
            if (offset >= position && offset < position + length)
            {
                ushort type = (ushort)(MemoryMarshal.Read<ushort>(request[(position + 2)..]) & ~NLA_F_NESTED);
                return Name(header.Type, type) ?? $"attribute {type}";
            }
            position += length;
        }
        return null;
    }

    private static int HeadSize(ushort message) => message switch
    {
        RTM_NEWADDR or RTM_DELADDR => Unsafe.SizeOf<AddressHeader>(),
        RTM_NEWROUTE or RTM_DELROUTE => Unsafe.SizeOf<RouteHeader>(),
        RTM_NEWNEIGH or RTM_DELNEIGH => Unsafe.SizeOf<NeighbourHeader>(),
        RTM_NEWRULE or RTM_DELRULE => Unsafe.SizeOf<RuleHeader>(),
        RTM_NEWNEXTHOP or RTM_DELNEXTHOP => Unsafe.SizeOf<NextHopHeader>(),
        _ => Unsafe.SizeOf<LinkHeader>(),
    };

    private static string? Name(ushort message, ushort attribute) => (message, attribute) switch
    {
        (RTM_NEWADDR or RTM_DELADDR, IFA_ADDRESS) => nameof(IFA_ADDRESS),
        (RTM_NEWADDR or RTM_DELADDR, IFA_LOCAL) => nameof(IFA_LOCAL),
        (RTM_NEWADDR or RTM_DELADDR, IFA_LABEL) => nameof(IFA_LABEL),
        (RTM_NEWADDR or RTM_DELADDR, IFA_BROADCAST) => nameof(IFA_BROADCAST),
        (RTM_NEWADDR or RTM_DELADDR, IFA_CACHEINFO) => nameof(IFA_CACHEINFO),
        (RTM_NEWADDR or RTM_DELADDR, IFA_FLAGS) => nameof(IFA_FLAGS),
        (RTM_NEWADDR or RTM_DELADDR, IFA_RT_PRIORITY) => nameof(IFA_RT_PRIORITY),
        (RTM_NEWADDR or RTM_DELADDR, IFA_PROTO) => nameof(IFA_PROTO),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_DST) => nameof(RTA_DST),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_SRC) => nameof(RTA_SRC),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_OIF) => nameof(RTA_OIF),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_GATEWAY) => nameof(RTA_GATEWAY),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_VIA) => nameof(RTA_VIA),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_PRIORITY) => nameof(RTA_PRIORITY),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_PREFSRC) => nameof(RTA_PREFSRC),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_METRICS) => nameof(RTA_METRICS),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_MULTIPATH) => nameof(RTA_MULTIPATH),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_TABLE) => nameof(RTA_TABLE),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_ENCAP) => nameof(RTA_ENCAP),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_ENCAP_TYPE) => nameof(RTA_ENCAP_TYPE),
        (RTM_NEWROUTE or RTM_DELROUTE, RTA_NH_ID) => nameof(RTA_NH_ID),
        (RTM_NEWNEIGH or RTM_DELNEIGH, NDA_DST) => nameof(NDA_DST),
        (RTM_NEWNEIGH or RTM_DELNEIGH, NDA_LLADDR) => nameof(NDA_LLADDR),
        (RTM_NEWRULE or RTM_DELRULE, FRA_SRC) => nameof(FRA_SRC),
        (RTM_NEWRULE or RTM_DELRULE, FRA_DST) => nameof(FRA_DST),
        (RTM_NEWRULE or RTM_DELRULE, FRA_IIFNAME) => nameof(FRA_IIFNAME),
        (RTM_NEWRULE or RTM_DELRULE, FRA_OIFNAME) => nameof(FRA_OIFNAME),
        (RTM_NEWRULE or RTM_DELRULE, FRA_TABLE) => nameof(FRA_TABLE),
        (RTM_NEWNEXTHOP or RTM_DELNEXTHOP, NHA_ID) => nameof(NHA_ID),
        (RTM_NEWNEXTHOP or RTM_DELNEXTHOP, NHA_GROUP) => nameof(NHA_GROUP),
        (RTM_NEWNEXTHOP or RTM_DELNEXTHOP, NHA_OIF) => nameof(NHA_OIF),
        (RTM_NEWNEXTHOP or RTM_DELNEXTHOP, NHA_GATEWAY) => nameof(NHA_GATEWAY),
        (RTM_NEWLINK or RTM_SETLINK, IFLA_ADDRESS) => nameof(IFLA_ADDRESS),
        (RTM_NEWLINK or RTM_SETLINK, IFLA_IFNAME) => nameof(IFLA_IFNAME),
        (RTM_NEWLINK or RTM_SETLINK, IFLA_MTU) => nameof(IFLA_MTU),
        (RTM_NEWLINK or RTM_SETLINK, IFLA_MASTER) => nameof(IFLA_MASTER),
        (RTM_NEWLINK or RTM_SETLINK, IFLA_LINKINFO) => nameof(IFLA_LINKINFO),
        (RTM_NEWLINK or RTM_SETLINK, IFLA_AF_SPEC) => nameof(IFLA_AF_SPEC),
        (RTM_NEWLINKPROP or RTM_DELLINKPROP, IFLA_PROP_LIST) => nameof(IFLA_PROP_LIST),
        _ => null,
    };
}
