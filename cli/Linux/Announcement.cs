using System.Buffers.Binary;
using System.Net.Sockets;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux;

/// <summary>The frames with which an interface tells switches and neighbours where its address is now.</summary>
/// <remarks>The bonding driver sends the second and third kind after a fail-over (num_grat_arp, num_unsol_na;
/// Documentation/networking/bonding.rst), qemu the first after a migration (net/announce.c).</remarks>
internal static class Announcement
{
    /// <summary>EtherTypes.</summary>
    public const ushort Arp = 0x0806, IPv6 = 0x86dd;

    private const ushort Rarp = 0x8035;
    private const int HeaderLength = 14, Shortest = 60;

    /// <summary>All frames of an interface: one for its MAC address (RARP, RFC 903), one for each of its addresses (gratuitous ARP, RFC 5227;
    /// unsolicited neighbour advertisement, RFC 4861, 7.2.6). Addresses that it does not use yet are left out.</summary>
    /// <param name="mac">The interface's MAC address.</param>
    /// <param name="addresses">Its IP addresses.</param>
    /// <param name="isRouter">Whether it is a router: a neighbour that learns otherwise removes its default route.</param>
    public static List<byte[]> Of(HardwareAddress mac, IEnumerable<Address> addresses, bool isRouter)
    {
        List<byte[]> frames = [Resolution(mac, Rarp, operation: 3, [0, 0, 0, 0], mac)];
        foreach (Address address in addresses)
        {
            if ((address.Flags & (AddressFlags.Tentative | AddressFlags.Optimistic | AddressFlags.DadFailed)) != 0)
                continue;
            byte[] bytes = address.Local.GetAddressBytes();
            frames.Add(address.Local.AddressFamily == AddressFamily.InterNetwork
                ? Resolution(mac, Arp, operation: 1, bytes, default) : Advertisement(mac, bytes, isRouter));
        }
        return frames;
    }

    /// <summary>A broadcast of RFC 826: hardware Ethernet, protocol IPv4, their lengths, operation, sender, target.</summary>
    public static byte[] Resolution(HardwareAddress mac, ushort type, byte operation, byte[] address, HardwareAddress target)
    {
        byte[] frame = Frame(new HardwareAddress("ff:ff:ff:ff:ff:ff"), mac, type, Shortest);
        Span<byte> packet = frame.AsSpan(HeaderLength);
        ((ReadOnlySpan<byte>)[0, 1, 8, 0, 6, 4, 0, operation]).CopyTo(packet);
        mac.ToBytes().CopyTo(packet[8..]);
        address.CopyTo(packet[14..]);
        if (operation == 3)
            target.ToBytes().CopyTo(packet[18..]);
        address.CopyTo(packet[24..]);
        return frame;
    }

    private static byte[] Advertisement(HardwareAddress mac, byte[] address, bool isRouter) =>
        // Router and override; to all nodes.
        Discovery(mac, new HardwareAddress("33:33:00:00:00:01"), address, [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            type: 136, flags: (byte)(isRouter ? 0xa0 : 0x20), address, option: 2);

    /// <summary>A message of neighbour discovery (RFC 4861, 4.3 and 4.4) with the sender's MAC address as its option.</summary>
    public static byte[] Discovery(
        HardwareAddress mac, HardwareAddress to, byte[] source, byte[] destination, byte type, byte flags, byte[] target, byte option)
    {
        byte[] frame = Frame(to, mac, IPv6, HeaderLength + 72);
        Span<byte> packet = frame.AsSpan(HeaderLength);
        packet[0] = 0x60;
        packet[5] = 32; // payload length
        packet[6] = 58; // ICMPv6
        packet[7] = 255; // hop limit
        source.CopyTo(packet[8..]);
        destination.CopyTo(packet[24..]);
        Span<byte> message = packet[40..];
        message[0] = type;
        message[4] = flags;
        target.CopyTo(message[8..]);
        message[24] = option; // with its length, 1 unit of 8 bytes
        message[25] = 1;
        mac.ToBytes().CopyTo(message[26..]);
        // RFC 4443, 2.3: over both addresses, the length and the next header, too.
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], Checksum(packet[8..], 32 + 58));
        return frame;
    }

    private static byte[] Frame(HardwareAddress destination, HardwareAddress source, ushort type, int length)
    {
        byte[] frame = new byte[length];
        destination.ToBytes().CopyTo(frame, 0);
        source.ToBytes().CopyTo(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), type);
        return frame;
    }

    private static ushort Checksum(ReadOnlySpan<byte> bytes, uint sum)
    {
        for (int at = 0; at < bytes.Length; at += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
        while (sum > ushort.MaxValue)
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        return (ushort)~sum;
    }
}
