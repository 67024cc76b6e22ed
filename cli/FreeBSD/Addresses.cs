using HypervVfattach.Core.Model;
using HypervVfattach.FreeBSD.Abi;

namespace HypervVfattach.FreeBSD;

/// <summary>Adds and removes IP addresses (ifconfig's <c>alias</c> and <c>-alias</c>).</summary>
internal sealed class Addresses(Sockets sockets)
{
    // Seconds since boot, the kernel's clock of IPv6 lifetimes (time_uptime).
    private static ulong Uptime => (ulong)Environment.TickCount64 / 1000;

    /// <summary>Adds an address, or replaces the mask and broadcast address of an existing one.</summary>
    public void Add(string name, Address address)
    {
        string operation = $"add address {Text(address)}";
        if (!address.IsIPv6)
        {
            var request = new AddAddressRequest(stackalloc byte[AddAddressRequest.Size], name);
            Sockaddr.Write(request.Address, address.Local);
            if ((address.Peer ?? address.Broadcast) is { } other)
                Sockaddr.Write(request.Broadcast, other);
            Sockaddr.WriteMask(request.Mask, address.PrefixLength, six: false);
            Check(sockets.Ioctl(IoctlRequest.AddAddress, request.Bytes));
            return;
        }
        var request6 = new AddAddress6Request(stackalloc byte[AddAddress6Request.Size], name)
        {
            Flags = Kept(address),
            ValidLifetime = address.ValidLifetime,
            PreferredLifetime = address.PreferredLifetime,
        };
        Sockaddr.Write(request6.Address, address.Local);
        if (address.Peer is { } peer)
            Sockaddr.Write(request6.Destination, peer);
        Sockaddr.WriteMask(request6.Mask, address.PrefixLength, six: true);
        Check(sockets.Ioctl6(IoctlRequest.AddAddress6, request6.Bytes));

        void Check(int answer)
        {
            if (answer < 0)
                throw Refused.By(answer, name, operation);
        }
    }

    /// <summary>Removes an address; the kernel also removes the routes that depend on it.</summary>
    /// <returns>False if the interface does not have it.</returns>
    public bool Remove(string name, Address address)
    {
        int answer;
        if (address.IsIPv6)
        {
            var request = new Address6Request(stackalloc byte[Address6Request.Size], name);
            Sockaddr.Write(request.Address, address.Local);
            answer = sockets.Ioctl6(IoctlRequest.DeleteAddress6, request.Bytes);
        }
        else
        {
            // Never with a zero address: that removes the first one, whatever it is.
            var request = new InterfaceRequest(stackalloc byte[InterfaceRequest.Size], name);
            Sockaddr.Write(request.Address, address.Local);
            answer = sockets.Ioctl(IoctlRequest.DeleteAddress, request.Bytes);
        }
        if (answer == -Errno.EADDRNOTAVAIL)
            return false;
        if (answer < 0)
            throw Refused.By(answer, name, $"remove address {Text(address)}");
        return true;
    }

    /// <summary>Adds flags and remaining lifetimes to an IPv6 address.</summary>
    public Address WithState(string name, Address address)
    {
        Address6Flags flags = Flags(name, address);
        AddressFlags core = AddressFlags.None;
        if (flags.HasFlag(Address6Flags.Tentative))
            core |= AddressFlags.Tentative;
        if (flags.HasFlag(Address6Flags.Duplicated))
            core |= AddressFlags.DadFailed;
        if (flags.HasFlag(Address6Flags.Deprecated))
            core |= AddressFlags.Deprecated;
        if (flags.HasFlag(Address6Flags.Temporary))
            core |= AddressFlags.Secondary; // for IPv6 the same bit means temporary
        if (flags.HasFlag(Address6Flags.NoDad))
            core |= AddressFlags.NoDad;
        (uint valid, uint preferred) = address.Local.IsIPv6LinkLocal
            ? (Address.Forever, Address.Forever)
            : Lifetime(name, address);
        return address with
        {
            Flags = core,
            ValidLifetime = valid,
            PreferredLifetime = preferred,
            Protocol = flags.HasFlag(Address6Flags.Autoconf) ? AddressOrigin.RouterAdvertisement : (byte)0,
        };
    }

    private Address6Flags Flags(string name, Address address)
    {
        var request = new Address6Request(stackalloc byte[Address6Request.Size], name);
        Sockaddr.Write(request.Address, address.Local);
        return sockets.Ioctl6(IoctlRequest.GetAddressFlags6, request.Bytes) < 0 ? Address6Flags.None : request.Flags;
    }

    private (uint Valid, uint Preferred) Lifetime(string name, Address address)
    {
        var request = new Address6Request(stackalloc byte[Address6Request.Size], name);
        Sockaddr.Write(request.Address, address.Local);
        return sockets.Ioctl6(IoctlRequest.GetAddressLifetime6, request.Bytes) < 0
            ? (Address.Forever, Address.Forever)
            : (Left(request.Expires), Left(request.Preferred));

        static uint Left(ulong end) =>
            end == 0 ? Address.Forever : end <= Uptime ? 0 : (uint)Math.Min(end - Uptime, Address.Forever - 1);
    }

    private static Address6Flags Kept(Address address)
    {
        Address6Flags flags = Address6Flags.None;
        if (address.Protocol == AddressOrigin.RouterAdvertisement)
            flags |= Address6Flags.Autoconf;
        if (address.Flags.HasFlag(AddressFlags.Secondary))
            flags |= Address6Flags.Temporary;
        if (address.Flags.HasFlag(AddressFlags.NoDad))
            flags |= Address6Flags.NoDad;
        return flags;
    }

    private static string Text(Address address) => $"{address.Local}/{address.PrefixLength}";
}

/// <summary>Origin of an address (IFAPROT_* of linux/if_addr.h, which the model uses).</summary>
internal static class AddressOrigin
{
    /// <summary>A router advertisement (IN6_IFF_AUTOCONF here).</summary>
    public const byte RouterAdvertisement = 2;
}
