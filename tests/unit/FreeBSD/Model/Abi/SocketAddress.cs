using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

/// <summary>struct sockaddr_in, sockaddr_in6 and sockaddr_dl.</summary>
internal static class SocketAddress
{
    public const int InetSize = 16;
    public const int Inet6Size = 28;
    /// <summary>Length of an interface's own link-level address in the kernel (SDL rounded up).</summary>
    public const int LinkSize = 56;

    /// <summary>The address, with the scope taken out of it (sa6_recoverscope).</summary>
    public static byte[] Of(Ip address)
    {
        if (address.Family == Af.Inet)
        {
            var inet = new byte[InetSize];
            inet[0] = InetSize;
            inet[1] = Af.Inet;
            BinaryPrimitives.WriteUInt32BigEndian(inet.AsSpan(4), (uint)address.Bits);
            return inet;
        }
        var inet6 = new byte[Inet6Size];
        inet6[0] = Inet6Size;
        inet6[1] = Af.Inet6;
        BinaryPrimitives.WriteUInt128BigEndian(inet6.AsSpan(8), address.Unscoped.Bits);
        Bytes.Put32(inet6, 24, (uint)address.Scope);
        return inet6;
    }

    /// <summary>A mask as an address of its family.</summary>
    public static byte[] Mask(int family, int prefixLength) => Of(new Ip(family, Ip.Mask(family, prefixLength)));

    /// <summary>An interface's own link-level address: name and MAC.</summary>
    public static byte[] Link(Interface of)
    {
        var link = new byte[LinkSize];
        link[0] = LinkSize;
        link[1] = Af.Link;
        Bytes.Put16(link, 2, of.Index);
        link[4] = of.AddressType;
        link[5] = (byte)of.Name.Length;
        link[6] = (byte)of.Mac.Length;
        Encoding.Latin1.GetBytes(of.Name, link.AsSpan(8));
        of.Mac.CopyTo(link.AsSpan(8 + of.Name.Length));
        return link;
    }

    /// <summary>The gateway of a route without a router: index and type, without a name.</summary>
    public static byte[] LinkGateway(int index, byte type, int size, ReadOnlySpan<byte> mac = default)
    {
        var link = new byte[size];
        link[0] = (byte)size;
        link[1] = Af.Link;
        Bytes.Put16(link, 2, index);
        link[4] = type;
        link[6] = (byte)mac.Length;
        mac.CopyTo(link.AsSpan(8));
        return link;
    }

    /// <summary>The address in a sockaddr of either family; null for any other, or one that is too short.</summary>
    public static Ip? Read(ReadOnlySpan<byte> from)
    {
        if (from.Length >= 8 && from[1] == Af.Inet)
            return Ip.V4(BinaryPrimitives.ReadUInt32BigEndian(from[4..]));
        if (from.Length < Inet6Size - 4 || from[1] != Af.Inet6)
            return null;
        var address = Ip.V6(BinaryPrimitives.ReadUInt128BigEndian(from[8..]));
        var scope = from.Length >= Inet6Size ? (int)Bytes.U32(from, 24) : 0;
        return scope != 0 ? address.WithScope(scope) : address;
    }

    /// <summary>The prefix length of a contiguous mask; null for any other.</summary>
    public static int? PrefixLength(Ip mask)
    {
        var length = (int)UInt128.LeadingZeroCount(mask.Family == Af.Inet
            ? ~(mask.Bits << 96)
            : ~mask.Bits);
        length = Math.Min(length, mask.Width);
        return Ip.Mask(mask.Family, length) == mask.Bits ? length : null;
    }

    /// <summary>In a routing message, sockaddrs are aligned to eight bytes.</summary>
    public static int Padded(int length) => length == 0 ? 8 : (length + 7) & ~7;
}
