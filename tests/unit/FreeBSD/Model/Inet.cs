using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>IPv4 addresses and their routes (netinet/in.c).</summary>
internal sealed class Inet(ModelKernel kernel)
{
    private static readonly Ip s_allHosts = Ip.V4(0xe0000001);
    private static readonly byte[] s_allHostsMac = [0x01, 0x00, 0x5e, 0x00, 0x00, 0x01];

    /// <summary>SIOCAIFADDR: an existing address is removed first and added again.</summary>
    public void Add(Interface to, InterfaceAddress added)
    {
        if (to.Inet.FirstOrDefault(a => a.Ip == added.Ip) is { } same)
            Remove(to, same);
        var first = !to.Inet.Any();
        to.Addresses.Add(added);
        var broughtUp = kernel.Link.StartForAddress(to);
        Announce(Rt.NewAddr, to, added);
        AddPrefixRoute(to, added);
        if (first && (to.Flags & Iff.Multicast) != 0)
            kernel.Events.Broadcast(RouteMessages.Group(Rt.NewMaddr, to, s_allHosts, s_allHostsMac));
        if (broughtUp && kernel.Profile.AddressUpIsAnnounced)
            kernel.Events.InterfaceInfo(to);
        kernel.HyperV.AddressChanged(to);
    }

    /// <summary>SIOCDIFADDR: removes the address and every route bound to it, including static ones.</summary>
    public void Remove(Interface from, InterfaceAddress address)
    {
        Scrub(from, address);
        kernel.Routes.RemoveBoundTo(address, staticToo: true);
        from.Addresses.Remove(address);
        if (!from.Inet.Any() && (from.Flags & Iff.Multicast) != 0)
            kernel.Events.Broadcast(RouteMessages.Group(Rt.DelMaddr, from, s_allHosts, s_allHostsMac));
        kernel.HyperV.AddressChanged(from);
    }

    /// <summary>The address that an ifreq refers to: the one with these bits, else the first unless a whole sockaddr_in was
    /// given.</summary>
    public static InterfaceAddress? Find(Interface on, ReadOnlySpan<byte> sockaddr, bool orFirst)
    {
        var bits = (uint)(sockaddr[4] << 24 | sockaddr[5] << 16 | sockaddr[6] << 8 | sockaddr[7]);
        if (on.Inet.FirstOrDefault(a => a.Ip == Ip.V4(bits)) is { } exact)
            return exact;
        return orFirst || sockaddr[1] != Af.Inet ? on.Inet.FirstOrDefault() : null;
    }

    /// <summary>The interface came up: prefixes without a route get it again.</summary>
    public void InterfaceUp(Interface of)
    {
        foreach (var address in of.Inet.Where(a => !a.OwnsPrefixRoute).ToList())
        {
            if (PrefixRouteOwner(address) is not null)
                continue;
            Announce(Rt.NewAddr, of, address);
            AddPrefixRoute(of, address);
        }
    }

    /// <summary>The interface went down: prefix routes and dynamic routes are removed, static ones stay (in_ifadown).</summary>
    public void InterfaceDown(Interface of)
    {
        foreach (var address in of.Inet.Where(a => a.OwnsPrefixRoute).ToList())
        {
            Scrub(of, address);
            kernel.Routes.RemoveBoundTo(address, staticToo: false);
        }
    }

    /// <summary>The interface is removed.</summary>
    public void Purge(Interface of)
    {
        foreach (var address in of.Inet.ToList())
            Remove(of, address);
    }

    /// <summary>in_addprefix(): does nothing if another address already has the route of this prefix.</summary>
    private void AddPrefixRoute(Interface of, InterfaceAddress address)
    {
        kernel.Routes.AddLoopback(of, address);
        if (PrefixRouteOwner(address) is not null)
            return;
        address.OwnsPrefixRoute = true;
        kernel.Routes.AddPrefix(of, address);
    }

    /// <summary>in_scrubprefix(): the route of the prefix is removed, or passes to another address of the same prefix; in that case there
    /// is no event about the removed address.</summary>
    private void Scrub(Interface of, InterfaceAddress address)
    {
        kernel.Routes.RemoveLoopback(address);
        if (!address.OwnsPrefixRoute)
        {
            Announce(Rt.DelAddr, of, address);
            return;
        }
        var (heirInterface, heir) = Others(address).FirstOrDefault(o => o.Interface.IsUp);
        if (heir is null)
            Announce(Rt.DelAddr, of, address);
        kernel.Routes.RemovePrefix(of, address);
        address.OwnsPrefixRoute = false;
        if (heir is null)
            return;
        heir.OwnsPrefixRoute = true;
        kernel.Routes.AddPrefix(heirInterface, heir);
    }

    private InterfaceAddress? PrefixRouteOwner(InterfaceAddress address) =>
        Others(address).FirstOrDefault(o => o.Address.OwnsPrefixRoute).Address;

    private IEnumerable<(Interface Interface, InterfaceAddress Address)> Others(InterfaceAddress address) =>
        from owner in kernel.Interfaces.InOrder
        from other in owner.Inet
        where other != address && other.SamePrefix(address)
        select (owner, other);

    private void Announce(byte type, Interface of, InterfaceAddress address) =>
        kernel.Events.Address(type, of, address, kernel.Profile.AnnouncesAddresses);
}
