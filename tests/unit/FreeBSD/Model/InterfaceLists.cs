using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>All interfaces and addresses at once: NET_RT_IFLIST, NET_RT_IFLISTL and SIOCGIFCONF.</summary>
internal sealed class InterfaceLists(ModelKernel kernel)
{
    private const int IfDataSize = 152;

    /// <summary>NET_RT_IFLIST: struct if_msghdr and ifa_msghdr.</summary>
    public byte[] Short(int index) => Collect(index, Interface, Address);

    /// <summary>NET_RT_IFLISTL: struct if_msghdrl and ifa_msghdrl, which contain the offset of their data.</summary>
    public byte[] Long(int index) => Collect(index, LongInterface, LongAddress);

    /// <summary>SIOCGIFCONF: name and address of each interface, the link-level one first; scopes stay embedded.</summary>
    public byte[] Configuration()
    {
        var all = new List<byte>();
        foreach (var of in kernel.Interfaces.InOrder)
            foreach (var address in of.Addresses.Select(a => Raw(a.Ip)).Prepend(SocketAddress.Link(of)))
            {
                var name = new byte[Bytes.NameSize];
                Bytes.CopyName(name, 0, of.Name);
                all.AddRange(name);
                all.AddRange(address);
            }
        return [.. all];
    }

    /// <summary>A sockaddr with the scope still embedded in the address.</summary>
    private static byte[] Raw(Ip address)
    {
        var raw = SocketAddress.Of(address);
        if (address.IsScoped)
        {
            raw[10] = (byte)(address.Scope >> 8);
            raw[11] = (byte)address.Scope;
            Bytes.Put32(raw, 24, 0);
        }
        return raw;
    }

    private byte[] Collect(int index, Func<Interface, byte[]> one, Func<Interface, InterfaceAddress, byte[]> address)
    {
        var all = new List<byte>();
        foreach (var of in kernel.Interfaces.InOrder.OrderBy(i => i.Index).Where(i => index == 0 || i.Index == index))
        {
            all.AddRange(one(of));
            foreach (var each in of.Addresses)
                all.AddRange(address(of, each));
        }
        return [.. all];
    }

    private static byte[] Interface(Interface of)
    {
        var message = RouteMessages.WithAddresses(Rt.IfInfo, 168, Rt.AddrIfp, [SocketAddress.Link(of)]);
        Bytes.Put32(message, 8, (uint)of.Flags);
        Bytes.Put16(message, 12, of.Index);
        RouteMessages.InterfaceData(message.AsSpan(16), of);
        return message;
    }

    private static byte[] LongInterface(Interface of)
    {
        var message = RouteMessages.WithAddresses(Rt.IfInfo, 176, Rt.AddrIfp, [SocketAddress.Link(of)]);
        Bytes.Put32(message, 8, (uint)of.Flags);
        Bytes.Put16(message, 12, of.Index);
        Bytes.Put16(message, 16, 176);
        Bytes.Put16(message, 18, 24);
        RouteMessages.InterfaceData(message.AsSpan(24), of);
        return message;
    }

    private static byte[] Address(Interface of, InterfaceAddress address)
    {
        var message = RouteMessages.WithAddresses(Rt.NewAddr, 20, Mask(address), Parts(address), round: 8);
        Bytes.Put32(message, 8, RouteMessages.AddressFlags(address));
        Bytes.Put16(message, 12, of.Index);
        return message;
    }

    private static byte[] LongAddress(Interface of, InterfaceAddress address)
    {
        var message = RouteMessages.WithAddresses(Rt.NewAddr, 176, Mask(address), Parts(address));
        Bytes.Put32(message, 8, RouteMessages.AddressFlags(address));
        Bytes.Put16(message, 12, of.Index);
        Bytes.Put16(message, 16, 176);
        Bytes.Put16(message, 18, 24);
        Bytes.Put16(message, 24 + 6, IfDataSize);
        return message;
    }

    private static int Mask(InterfaceAddress address) =>
        Rt.AddrNetmask | Rt.AddrIfa | (address.Broadcast is null ? 0 : Rt.AddrBrd);

    private static List<byte[]> Parts(InterfaceAddress address)
    {
        List<byte[]> parts =
        [
            SocketAddress.Mask(address.Ip.Family, address.PrefixLength),
            SocketAddress.Of(address.Ip),
        ];
        if (address.Broadcast is { } broadcast)
            parts.Add(SocketAddress.Of(broadcast));
        return parts;
    }
}
