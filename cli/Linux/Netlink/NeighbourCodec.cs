using System.Net;
using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Encodes and decodes neighbours and proxy entries: <see cref="Neighbour"/> to and from RTM_NEWNEIGH.</summary>
internal static class NeighbourCodec
{
    private const NeighbourFlags Known =
        NeighbourFlags.Proxy | NeighbourFlags.ExternallyLearned | NeighbourFlags.Router;

    /// <summary>Writes the request for all neighbours of both families, or for all proxy entries.</summary>
    /// <remarks>One dump never gives both: the kernel keeps them in two tables.</remarks>
    public static void WriteDump(ref MessageWriter writer, bool proxies)
    {
        int message = writer.Begin(RTM_GETNEIGH, 0);
        writer.Append(new NeighbourHeader { Flags = proxies ? NTF_PROXY : (byte)0 });
        writer.End(message);
    }

    /// <summary>Writes the request to add a neighbour or to change an existing one.</summary>
    public static void WritePut(ref MessageWriter writer, Neighbour neighbour)
    {
        int message = writer.Begin(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
        WriteIdentity(ref writer, neighbour, neighbour.State, neighbour.Flags & Known);
        if (!neighbour.Address.IsEmpty)
            writer.Put(NDA_LLADDR, neighbour.Address.ToBytes());
        if (neighbour.Protocol != 0)
            writer.Put(NDA_PROTOCOL, neighbour.Protocol);
        writer.End(message);
    }

    /// <summary>Writes the request that makes the kernel probe a neighbour.</summary>
    /// <remarks>If its link-layer address is known, NUD_PROBE probes that one, and packets go there meanwhile; otherwise NTF_USE makes the
    /// kernel resolve it as if a packet were waiting.</remarks>
    public static void WriteAsk(ref MessageWriter writer, Neighbour neighbour)
    {
        bool known = !neighbour.Address.IsEmpty;
        int message = writer.Begin(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
        WriteIdentity(
            ref writer, neighbour, known ? NeighbourState.Probe : NeighbourState.None,
            (neighbour.Flags & NeighbourFlags.Router) | (known ? NeighbourFlags.None : (NeighbourFlags)NTF_USE));
        if (known)
            writer.Put(NDA_LLADDR, neighbour.Address.ToBytes());
        writer.End(message);
    }

    /// <summary>Writes the request to remove a neighbour.</summary>
    public static void WriteRemove(ref MessageWriter writer, Neighbour neighbour)
    {
        int message = writer.Begin(RTM_DELNEIGH, 0);
        WriteIdentity(ref writer, neighbour, NeighbourState.None, neighbour.Flags & NeighbourFlags.Proxy);
        writer.End(message);
    }

    /// <inheritdoc cref="Decoder{T}"/>
    public static bool TryDecode(in Message message, out Neighbour? value)
    {
        value = null;
        // DELNEIGH is an event about a neighbour that is gone.
        if (message.Header.Type != RTM_NEWNEIGH)
            return true;
        if (!message.TryRead(out NeighbourHeader head, out AttributeReader attributes))
            return false;
        // AF_BRIDGE: forwarding entries of bridges and VXLANs.
        if (head.Family is not (AF_INET or AF_INET6))
            return true;

        IPAddress? destination = null;
        HardwareAddress address = default;
        byte protocol = 0;
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case NDA_DST:
                    destination = attributes.Ip();
                    break;
                case NDA_LLADDR:
                    address = HardwareAddress.From(attributes.Value);
                    break;
                case NDA_PROTOCOL:
                    protocol = attributes.Read<byte>();
                    break;
            }
        }
        if (attributes.IsMalformed)
            return false;
        if (destination is null)
            return true;

        value = new Neighbour
        {
            Link = head.Index,
            Destination = destination,
            Address = address,
            State = (NeighbourState)head.State,
            Flags = (NeighbourFlags)head.Flags & Known,
            Protocol = protocol,
        };
        return true;
    }

    private static void WriteIdentity(
        ref MessageWriter writer, Neighbour neighbour, NeighbourState state, NeighbourFlags flags)
    {
        byte family = neighbour.Destination.GetAddressBytes().Length == 16 ? AF_INET6 : AF_INET;
        writer.Append(new NeighbourHeader(family, 0, 0, neighbour.Link, (ushort)state, (byte)flags, 0));
        writer.Put(NDA_DST, neighbour.Destination);
    }
}
