using System.Buffers.Binary;
using System.Net;

namespace HypervVfattach.Machines;

/// <summary>A VLAN whose tag the wire removes towards the peer and adds towards the guest (IEEE 802.1Q).</summary>
/// <param name="Id">The VLAN's number.</param>
/// <param name="Network">The VLAN's IPv4 network.</param>
public sealed record WireVlan(ushort Id, IPNetwork Network)
{
    private const int TypeOffset = 12;
    private const int TagLength = 4;
    private const ushort TypeVlan = 0x8100, TypeIPv4 = 0x0800, TypeArp = 0x0806;

    /// <summary>A frame from the guest without the VLAN's tag.</summary>
    public ReadOnlySpan<byte> Untagged(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < TypeOffset + TagLength + 2 || Type(frame) != TypeVlan
            || (BinaryPrimitives.ReadUInt16BigEndian(frame[(TypeOffset + 2)..]) & 0xfff) != Id)
            return frame;
        return (byte[])[.. frame[..TypeOffset], .. frame[(TypeOffset + TagLength)..]];
    }

    /// <summary>A frame from the peer with the tag, if it belongs to the VLAN's network.</summary>
    public ReadOnlySpan<byte> Tagged(ReadOnlySpan<byte> frame)
    {
        // Offset of the destination in an IPv4 header and in an ARP packet.
        var offset = Type(frame) switch { TypeIPv4 => 30, TypeArp => 38, _ => int.MaxValue };
        if (offset > frame.Length - 4 || !Network.Contains(new IPAddress(frame.Slice(offset, 4))))
            return frame;
        return (byte[])[.. frame[..TypeOffset], 0x81, 0x00, (byte)(Id >> 8), (byte)Id, .. frame[TypeOffset..]];
    }

    private static ushort Type(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame[TypeOffset..]);
}
