using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Decodes links: RTM_NEWLINK to <see cref="Link"/>.</summary>
internal static class LinkCodec
{
    // Strings that most links share; others are allocated for each link.
    private static readonly string[] CommonWords =
        ["veth", "bridge", "bond", "vlan", "macvlan", "tun", "noqueue", "noop", "mq", "fq_codel", "fq", "pfifo_fast"];

    /// <summary>Writes the request for all links.</summary>
    /// <remarks>Statistics cost more than all the rest and are left out; see <see cref="WriteGet(ref MessageWriter, int)"/>. Old kernels
    /// ignore the flag and send them.</remarks>
    public static void WriteDump(ref MessageWriter writer)
    {
        int message = writer.Begin(RTM_GETLINK, 0);
        writer.Append(default(LinkHeader));
        writer.Put(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        writer.End(message);
    }

    /// <summary>Writes the request for one link with its statistics.</summary>
    public static void WriteGet(ref MessageWriter writer, int index)
    {
        int message = writer.Begin(RTM_GETLINK, 0);
        writer.Append(new LinkHeader { Index = index });
        writer.End(message);
    }

    /// <summary>Writes the request for the link with this name.</summary>
    public static void WriteGet(ref MessageWriter writer, string name)
    {
        int message = writer.Begin(RTM_GETLINK, 0);
        writer.Append(default(LinkHeader));
        writer.Put(IFLA_IFNAME, name);
        writer.Put(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        writer.End(message);
    }

    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecode(in Message message, out Link? value)
    {
        value = null;
        if (message.Header.Type != RTM_NEWLINK)
            return true;
        // AF_BRIDGE messages describe a bridge's port, not a link.
        if (!message.TryRead(out LinkHeader head, out AttributeReader attributes))
            return false;
        if (head.Family != AF_UNSPEC)
            return true;

        var link = new Builder();
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case IFLA_IFNAME:
                    link.Name = attributes.Text();
                    break;
                case IFLA_ADDRESS:
                    link.Address = HardwareAddress.From(attributes.Value);
                    break;
                case IFLA_PERM_ADDRESS:
                    link.PermanentAddress = HardwareAddress.From(attributes.Value);
                    break;
                case IFLA_CARRIER:
                    link.Carrier = attributes.Read<byte>() != 0;
                    break;
                case IFLA_MTU:
                    link.Mtu = attributes.Read<uint>();
                    break;
                case IFLA_TXQLEN:
                    link.TxQueueLength = attributes.Read<uint>();
                    break;
                case IFLA_GROUP:
                    link.Group = attributes.Read<uint>();
                    break;
                case IFLA_MASTER:
                    link.Master = attributes.Read<int>();
                    break;
                case IFLA_LINK:
                    link.Lower = attributes.Read<int>();
                    break;
                case IFLA_LINK_NETNSID:
                    link.LowerElsewhere = true;
                    break;
                case IFLA_IFALIAS:
                    link.Alias = attributes.Text();
                    break;
                case IFLA_QDISC:
                    link.Qdisc = Word(attributes);
                    break;
                case IFLA_STATS64:
                    // struct rtnl_link_stats64 begins with rx_packets, tx_packets.
                    (link.ReceivedPackets, link.SentPackets) = attributes.Read<(ulong, ulong)>();
                    break;
                case IFLA_XDP:
                    attributes.Check(ReadXdp(attributes.Nested(), ref link));
                    break;
                case IFLA_AF_SPEC:
                    attributes.Check(ReadFamilies(attributes.Nested(), ref link));
                    break;
                case IFLA_LINKINFO:
                    attributes.Check(ReadInfo(attributes.Nested(), ref link));
                    break;
                case IFLA_PROP_LIST:
                    attributes.Check(ReadProperties(attributes.Nested(), ref link));
                    break;
            }
        }
        if (attributes.IsMalformed || link.Name is null || head.Index <= 0)
            return false;

        value = new Link
        {
            Index = head.Index,
            Name = link.Name,
            AltNames = link.AltNames is null ? [] : [.. link.AltNames],
            Address = link.Address,
            PermanentAddress = link.PermanentAddress,
            Type = head.Type,
            Flags = (LinkFlags)head.Flags,
            Carrier = link.Carrier,
            Mtu = link.Mtu,
            TxQueueLength = link.TxQueueLength,
            Group = link.Group,
            Master = link.Master,
            // A device that can have a lower one but has none (ip6tnl, sit) reports its own index or 0.
            Lower = link.Lower == head.Index && !link.LowerElsewhere ? 0 : link.Lower,
            LowerElsewhere = link.LowerElsewhere,
            Underlays = link.Underlays is null ? [] : [.. link.Underlays],
            Alias = link.Alias,
            Token = link.Token,
            Kind = link.Kind,
            PortKind = link.PortKind,
            Qdisc = link.Qdisc,
            HasXdp = link.HasXdp,
            ReceivedPackets = link.ReceivedPackets,
            SentPackets = link.SentPackets,
            Bond = link.Bond,
        };
        return true;
    }

    private static AttributeReader ReadXdp(AttributeReader attributes, scoped ref Builder link)
    {
        while (attributes.Next())
        {
            if (attributes.Type == IFLA_XDP_ATTACHED)
                link.HasXdp = attributes.Read<byte>() != 0;
        }
        return attributes;
    }

    private static AttributeReader ReadFamilies(AttributeReader attributes, scoped ref Builder link)
    {
        while (attributes.Next())
        {
            if (attributes.Type != AF_INET6)
                continue;
            AttributeReader ipv6 = attributes.Nested();
            while (ipv6.Next())
            {
                // Always present, and mostly zero.
                if (ipv6.Type == IFLA_INET6_TOKEN && ipv6.Value.ContainsAnyExcept((byte)0))
                    link.Token = ipv6.Ip();
            }
            attributes.Check(ipv6);
        }
        return attributes;
    }

    private static AttributeReader ReadInfo(AttributeReader attributes, scoped ref Builder link)
    {
        AttributeReader data = default;
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case IFLA_INFO_KIND:
                    link.Kind = Word(attributes);
                    break;
                case IFLA_INFO_SLAVE_KIND:
                    link.PortKind = Word(attributes);
                    break;
                case IFLA_INFO_DATA:
                    data = attributes.Nested();
                    break;
            }
        }
        attributes.Check(link.Kind == "bond" ? ReadBond(data, ref link) : ReadUnderlays(data, ref link));
        return attributes;
    }

    private static AttributeReader ReadUnderlays(AttributeReader attributes, scoped ref Builder link)
    {
        while (attributes.Next())
        {
            if (NamesUnderlay(link.Kind, attributes.Type) && attributes.Read<int>() is not 0 and var index)
                (link.Underlays ??= []).Add(index);
        }
        return attributes;
    }

    /// <summary>Whether an attribute of this kind's data is the index of an interface below.</summary>
    /// <remarks>Kinds that always have an interface below (vlan, macvlan, ipvlan, macsec) name it in IFLA_LINK, and ports of a master
    /// (batadv, bridge, team) name that in their own IFLA_MASTER. geneve, bareudp, wireguard and gtp name none.</remarks>
    private static bool NamesUnderlay(string? kind, ushort attribute) => kind switch
    {
        "vxlan" => attribute == IFLA_VXLAN_LINK,
        "gre" or "gretap" or "erspan" or "ip6gre" or "ip6gretap" or "ip6erspan" => attribute == IFLA_GRE_LINK,
        "ipip" or "sit" or "ip6tnl" => attribute == IFLA_IPTUN_LINK,
        "vti" or "vti6" => attribute == IFLA_VTI_LINK,
        "xfrm" => attribute == IFLA_XFRM_LINK,
        "hsr" => attribute is IFLA_HSR_SLAVE1 or IFLA_HSR_SLAVE2,
        "amt" => attribute == IFLA_AMT_LINK,
        _ => false,
    };

    private static AttributeReader ReadBond(AttributeReader attributes, scoped ref Builder link)
    {
        byte mode = 0;
        int active = 0, primary = 0;
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case IFLA_BOND_MODE:
                    mode = attributes.Read<byte>();
                    break;
                case IFLA_BOND_ACTIVE_SLAVE:
                    active = attributes.Read<int>();
                    break;
                case IFLA_BOND_PRIMARY:
                    primary = attributes.Read<int>();
                    break;
            }
        }
        link.Bond = new BondState(mode, active, primary);
        return attributes;
    }

    private static AttributeReader ReadProperties(AttributeReader attributes, scoped ref Builder link)
    {
        while (attributes.Next())
        {
            if (attributes.Type == IFLA_ALT_IFNAME)
                (link.AltNames ??= []).Add(attributes.Text());
        }
        return attributes;
    }

    private static string Word(AttributeReader attribute)
    {
        ReadOnlySpan<byte> text = attribute.Value.TrimEnd((byte)0);
        foreach (string word in CommonWords)
        {
            if (System.Text.Ascii.Equals(text, word))
                return word;
        }
        return attribute.Text();
    }

    /// <summary>A link that is being decoded.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct Builder
    {
        public string? Name;
        public List<string>? AltNames;
        public HardwareAddress Address;
        public HardwareAddress PermanentAddress;
        public bool Carrier;
        public uint Mtu;
        public uint TxQueueLength;
        public uint Group;
        public int Master;
        public int Lower;
        public bool LowerElsewhere;
        public List<int>? Underlays;
        public string? Alias;
        public IPAddress? Token;
        public string? Kind;
        public string? PortKind;
        public string? Qdisc;
        public bool HasXdp;
        public ulong ReceivedPackets;
        public ulong SentPackets;
        public BondState? Bond;
    }
}
