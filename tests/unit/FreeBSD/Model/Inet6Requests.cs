using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>ioctls of IPv6 addresses and neighbour discovery as bytes: struct in6_aliasreq, in6_ifreq, in6_ndireq.</summary>
internal sealed class Inet6Requests(ModelKernel kernel)
{
    private const int Address = 16;
    private const int Mask = 72;
    private const int Flags = 100;
    private const int Lifetimes = 104;
    private const int Info = 16;
    private const int MinMtu = 1280;

    /// <summary>SIOCAIFADDR_IN6.</summary>
    public int Add(Interface to, ReadOnlySpan<byte> request)
    {
        if (!kernel.MayConfigureNetwork)
            return Errno.EPERM;
        if (Named(to, request) is not { } ip)
            return Errno.EAFNOSUPPORT;
        var mask = SocketAddress.Read(request.Slice(Mask, SocketAddress.Inet6Size));
        var length = mask is { Family: Af.Inet6 } m && m.Bits != 0 ? SocketAddress.PrefixLength(m) : null;
        var existing = to.Inet6.FirstOrDefault(a => a.Ip == ip);
        if ((length ?? existing?.PrefixLength) is not { } prefix)
            return Errno.EINVAL;
        kernel.Inet6.Add(to, new InterfaceAddress(ip, prefix)
        {
            Flags6 = Bytes.U32(request, Flags),
            ValidLifetime = Bytes.U32(request, Lifetimes + 16),
            PreferredLifetime = Bytes.U32(request, Lifetimes + 20),
        });
        return 0;
    }

    /// <summary>SIOCDIFADDR_IN6: checks for the address before it checks the caller's rights.</summary>
    public int Remove(Interface from, ReadOnlySpan<byte> request)
    {
        if (Find(from, request) is not { } address)
            return Errno.EADDRNOTAVAIL;
        if (!kernel.MayConfigureNetwork)
            return Errno.EPERM;
        kernel.Inet6.Remove(from, address);
        return 0;
    }

    /// <summary>SIOCGIFAFLAG_IN6: the flags overwrite the start of the address; its scope stays embedded.</summary>
    public static int GetFlags(Interface of, Span<byte> request)
    {
        if (Find(of, request) is not { } address)
            return Errno.EADDRNOTAVAIL;
        if (address.Ip.IsScoped)
        {
            Bytes.Put16(request, Address + 10, address.Ip.Scope >> 8 | address.Ip.Scope << 8 & 0xff00);
            Bytes.Put32(request, Address + 24, 0);
        }
        Bytes.Put32(request, Address, address.Flags6);
        return 0;
    }

    /// <summary>SIOCGIFINFO_IN6: struct nd_ifinfo.</summary>
    public static int GetInfo(Interface of, Span<byte> request)
    {
        var info = of.Neighbours;
        var to = request[Info..];
        Bytes.Put32(to, 0, info.LinkMtu);
        Bytes.Put32(to, 4, info.MaxMtu);
        Bytes.Put32(to, 8, info.BaseReachable);
        Bytes.Put32(to, 12, info.BaseReachable / 1000);
        Bytes.Put32(to, 16, info.Retransmit);
        Bytes.Put32(to, 20, info.Flags);
        Bytes.Put32(to, 24, 0);
        to[28] = info.HopLimit;
        to[29] = 1;
        return 0;
    }

    /// <summary>SIOCSIFINFO_IN6: zero keeps a value; the flags are always replaced.</summary>
    public int SetInfo(Interface of, ReadOnlySpan<byte> request, bool flagsOnly)
    {
        if (!kernel.MayConfigureNetwork)
            return Errno.EPERM;
        var from = request[Info..];
        var info = of.Neighbours;
        if (!flagsOnly)
        {
            if (Bytes.U32(from, 0) is var mtu and not 0)
            {
                if (mtu < MinMtu || mtu > info.MaxMtu)
                    return Errno.EINVAL;
                info.LinkMtu = mtu;
            }
            info.BaseReachable = Bytes.U32(from, 8) is var base_ and not 0 ? base_ : info.BaseReachable;
            info.Retransmit = Bytes.U32(from, 16) is var retransmit and not 0 ? retransmit : info.Retransmit;
            info.HopLimit = from[28] is var limit and not 0 ? limit : info.HopLimit;
        }
        kernel.Inet6.SetNeighbourFlags(of, Bytes.U32(from, 20));
        return 0;
    }

    private static InterfaceAddress? Find(Interface of, ReadOnlySpan<byte> request) =>
        Named(of, request) is { } ip ? of.Inet6.FirstOrDefault(a => a.Ip == ip) : null;

    /// <summary>The address in a request; a link-local one belongs to the interface of the request.</summary>
    private static Ip? Named(Interface of, ReadOnlySpan<byte> request)
    {
        var sockaddr = request.Slice(Address, SocketAddress.Inet6Size);
        return sockaddr[0] == SocketAddress.Inet6Size && sockaddr[1] == Af.Inet6
            ? SocketAddress.Read(sockaddr)!.Value.WithScope(of.Index)
            : null;
    }
}
