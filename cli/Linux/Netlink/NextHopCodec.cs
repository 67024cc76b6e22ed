using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Encodes and decodes next-hop objects: <see cref="NextHop"/> to and from RTM_NEWNEXTHOP (Linux 5.3 and later).</summary>
internal static class NextHopCodec
{
    /// <summary>Writes the request for all next-hop objects.</summary>
    public static void WriteDump(ref MessageWriter writer)
    {
        int message = writer.Begin(RTM_GETNEXTHOP, 0);
        writer.Append(default(NextHopHeader));
        writer.End(message);
    }

    /// <summary>Writes the request to create an object, or to change the one with this id.</summary>
    public static void WritePut(ref MessageWriter writer, NextHop nextHop)
    {
        int message = writer.Begin(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE);
        // The kernel determines the scope and refuses one: "Invalid values in ancillary header".
        writer.Append(new NextHopHeader(
            nextHop.Family, 0, nextHop.Protocol, 0, nextHop.OnLink ? RTNH_F_ONLINK : 0));
        writer.Put(NHA_ID, nextHop.Id);
        if (nextHop.Blackhole)
            writer.Put(NHA_BLACKHOLE, []);
        // The kernel shows an interface (lo) for a blackhole, but a request must not contain it.
        else if (nextHop.Link != 0)
            writer.Put(NHA_OIF, nextHop.Link);
        if (nextHop.Gateway is not null)
            writer.Put(NHA_GATEWAY, nextHop.Gateway);
        writer.AppendHex(nextHop.Extra);
        writer.End(message);
    }

    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecode(in Message message, out NextHop? value)
    {
        value = null;
        if (message.Header.Type != RTM_NEWNEXTHOP)
            return true;
        if (!message.TryRead(out NextHopHeader head, out AttributeReader attributes))
            return false;

        uint id = 0;
        int link = 0;
        IPAddress? gateway = null;
        bool blackhole = false;
        ImmutableArray<uint> members = [];
        var extra = new VerbatimAttributes();
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case NHA_ID:
                    id = attributes.Read<uint>();
                    break;
                case NHA_OIF:
                    link = attributes.Read<int>();
                    break;
                case NHA_GATEWAY:
                    gateway = attributes.Ip();
                    break;
                case NHA_BLACKHOLE:
                    blackhole = true;
                    break;
                case NHA_GROUP:
                    // Kept verbatim too: it contains the weights.
                    if (!TryReadMembers(attributes.Value, out members))
                        attributes.Reject();
                    extra.Add(attributes);
                    break;
                case NHA_RES_GROUP:
                    AddResilient(ref extra, ref attributes);
                    break;
                case NHA_GROUP_TYPE or NHA_ENCAP_TYPE or NHA_ENCAP or NHA_FDB:
                    extra.Add(attributes);
                    break;
                // The rest is state: statistics, hardware flags. The kernel refuses attributes that it does not know.
            }
        }
        if (attributes.IsMalformed || id == 0)
            return false;

        value = new NextHop
        {
            Id = id,
            Family = head.Family,
            Link = blackhole ? 0 : link,
            Gateway = gateway,
            Blackhole = blackhole,
            OnLink = (head.Flags & RTNH_F_ONLINK) != 0,
            Protocol = head.Protocol,
            Scope = head.Scope,
            Members = members,
            Extra = extra.ToString(),
        };
        return true;
    }

    private static bool TryReadMembers(ReadOnlySpan<byte> bytes, out ImmutableArray<uint> members)
    {
        members = [];
        if (bytes.Length % Unsafe.SizeOf<GroupMember>() != 0)
            return false;
        var ids = ImmutableArray.CreateBuilder<uint>();
        for (; !bytes.IsEmpty; bytes = bytes[Unsafe.SizeOf<GroupMember>()..])
            ids.Add(MemoryMarshal.Read<GroupMember>(bytes).Id);
        members = ids.ToImmutable();
        return true;
    }

    /// <summary>Keeps a resilient group's settings without its unbalanced time, which is state: a request with it is refused.</summary>
    private static void AddResilient(ref VerbatimAttributes extra, ref AttributeReader attribute)
    {
        var writer = new MessageWriter(stackalloc byte[64]);
        int nest = writer.BeginNested(NHA_RES_GROUP | NLA_F_NESTED);
        AttributeReader settings = attribute.Nested();
        while (settings.Next())
        {
            if (settings.Type is not (NHA_RES_GROUP_UNBALANCED_TIME or NHA_RES_GROUP_PAD))
                writer.Put(settings.Type, settings.Value);
        }
        writer.EndNested(nest);
        attribute.Check(settings);
        extra.Add(writer.Written);
    }
}
