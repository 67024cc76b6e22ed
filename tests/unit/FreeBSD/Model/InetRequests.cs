using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>ioctls of IPv4 addresses as bytes: struct in_aliasreq and ifreq (in_control).</summary>
internal sealed class InetRequests(ModelKernel kernel)
{
    private const int Address = 16;
    private const int Broadcast = 32;
    private const int Mask = 48;

    /// <summary>SIOCAIFADDR: the default mask is that of the address's class, the default broadcast address is computed.</summary>
    public int Add(Interface to, ReadOnlySpan<byte> request)
    {
        if (!kernel.MayConfigureNetwork)
            return Errno.EPERM;
        if (!IsInet(request[Address..]) || request[Broadcast] != 0 && !IsInet(request[Broadcast..]))
            return Errno.EINVAL;
        var pointToPoint = (to.Flags & Iff.PointToPoint) != 0;
        if (pointToPoint && request[Broadcast] == 0)
            return Errno.EDESTADDRREQ;
        var ip = SocketAddress.Read(request[Address..])!.Value;
        var bits = request[Mask] == 0 ? ClassMask((uint)ip.Bits) : MaskBits(request[Mask..]);
        if (SocketAddress.PrefixLength(Ip.V4(bits)) is not { } length)
            return Errno.EINVAL;
        Ip? other = request[Broadcast] != 0 ? SocketAddress.Read(request[Broadcast..])
            : (to.Flags & Iff.Broadcast) != 0 ? Ip.V4((uint)ip.Bits | ~bits)
            : null;
        kernel.Inet.Add(to, new InterfaceAddress(ip, length) { Broadcast = other });
        return 0;
    }

    /// <summary>SIOCDIFADDR: anything but a whole sockaddr_in means the first address.</summary>
    public int Remove(Interface from, ReadOnlySpan<byte> request)
    {
        if (!kernel.MayConfigureNetwork)
            return Errno.EPERM;
        if (Inet.Find(from, request[Address..], orFirst: false) is not { } address)
            return Errno.EADDRNOTAVAIL;
        kernel.Inet.Remove(from, address);
        return 0;
    }

    /// <summary>SIOCGIFADDR, SIOCGIFNETMASK, SIOCGIFBRDADDR: of the given address, else of the first.</summary>
    public static int Get(Interface of, ulong what, Span<byte> request)
    {
        if (Inet.Find(of, request[Address..], orFirst: true) is not { } address)
            return Errno.EADDRNOTAVAIL;
        var answer = what switch
        {
            Requests.SIOCGIFADDR => SocketAddress.Of(address.Ip),
            Requests.SIOCGIFBRDADDR => SocketAddress.Of(address.Broadcast ?? Ip.V4(0)),
            _ => Trimmed(SocketAddress.Mask(Af.Inet, address.PrefixLength)),
        };
        answer.CopyTo(request[Address..]);
        return 0;
    }

    /// <summary>in_socktrim(): a mask ends with its last non-zero byte.</summary>
    private static byte[] Trimmed(byte[] mask)
    {
        mask[0] = 0;
        for (var i = 4; i < 8; i++)
            if (mask[i] != 0)
                mask[0] = (byte)(i + 1);
        return mask;
    }

    private static bool IsInet(ReadOnlySpan<byte> sockaddr) =>
        sockaddr[0] == SocketAddress.InetSize && sockaddr[1] == Af.Inet;

    private static uint MaskBits(ReadOnlySpan<byte> mask) =>
        (uint)(mask[4] << 24 | mask[5] << 16 | mask[6] << 8 | mask[7]);

    private static uint ClassMask(uint address) => (address >> 30) switch
    {
        0 or 1 => 0xff000000,
        2 => 0xffff0000,
        _ => 0xffffff00,
    };
}
