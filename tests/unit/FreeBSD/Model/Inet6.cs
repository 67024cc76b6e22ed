using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>IPv6 addresses, link-local ones, and neighbour discovery flags (netinet6/in6.c, in6_ifattach.c, nd6.c).</summary>
internal sealed class Inet6(ModelKernel kernel)
{
    /// <summary>Half of the MD5 of the host's empty name: the interface id that a kernel without any usable MAC address uses.</summary>
    private const ulong FallbackId = 0xd41d8cd98f00b204;
    private const ulong UniversalBit = 0x0200_0000_0000_0000;

    /// <summary>net.inet6.ip6.auto_linklocal and dad_count.</summary>
    public bool AutoLinkLocal { get; set; } = true;
    public int DadCount { get; set; } = 1;

    /// <summary>nd6_ifattach(): IPv6 is disabled until it is requested, except on the loopback.</summary>
    public void Initialise(Interface newcomer)
    {
        var loopback = newcomer.Kind == InterfaceKind.Loopback;
        var flags = Nd6.PerformNud;
        if (loopback || AutoLinkLocal && newcomer.Kind != InterfaceKind.Bridge)
            flags |= Nd6.AutoLinkLocal;
        if (!loopback && kernel.Profile.Inet6StartsDisabled)
            flags |= Nd6.IfDisabled;
        newcomer.Neighbours.Flags = flags;
        newcomer.Neighbours.MaxMtu = (uint)newcomer.Mtu;
    }

    /// <summary>SIOCAIFADDR_IN6: an existing address only gets its new lifetimes; the first address enables a disabled interface.</summary>
    public void Add(Interface to, InterfaceAddress added)
    {
        if (to.Inet6.FirstOrDefault(a => a.Ip == added.Ip) is { } same)
        {
            same.ValidLifetime = added.ValidLifetime;
            same.PreferredLifetime = added.PreferredLifetime;
        }
        else
        {
            Insert(to, added);
        }
        if ((to.Neighbours.Flags & Nd6.IfDisabled) != 0)
            SetNeighbourFlags(to, to.Neighbours.Flags & ~Nd6.IfDisabled);
    }

    /// <summary>SIOCDIFADDR_IN6.</summary>
    public void Remove(Interface from, InterfaceAddress address)
    {
        RemoveAddress(from, address);
        RemovePrefix(from, address);
    }

    /// <summary>in6_ifdetach(): every IPv6 address of the interface, then their prefixes.</summary>
    public void Purge(Interface of)
    {
        var addresses = of.Inet6.ToList();
        foreach (var address in addresses)
            RemoveAddress(of, address);
        foreach (var address in addresses)
            RemovePrefix(of, address);
        kernel.Routes.RemoveInterface(of, Af.Inet6);
    }

    /// <summary>SIOCSIFINFO_IN6 and SIOCSIFINFO_FLAGS: the word is replaced; clearing IFDISABLED, or setting auto_linklocal while up,
    /// creates the link-local address.</summary>
    public void SetNeighbourFlags(Interface of, uint flags)
    {
        var info = of.Neighbours;
        if ((info.Flags & Nd6.IfDisabled) != 0 && (flags & Nd6.IfDisabled) == 0)
        {
            if (of.LinkLocal is { } own && (own.Flags6 & Nd6.AddressDuplicated) != 0)
            {
                flags |= Nd6.IfDisabled;
            }
            else
            {
                info.Flags &= ~Nd6.IfDisabled;
                if (of.IsUp)
                    InterfaceUp(of);
            }
        }
        else if ((info.Flags & Nd6.IfDisabled) == 0 && (flags & Nd6.IfDisabled) != 0
            && DadCount > 0 && (info.Flags & Nd6.NoDad) == 0)
        {
            foreach (var address in of.Inet6)
                address.Flags6 |= Nd6.AddressTentative;
        }
        if ((flags & Nd6.AutoLinkLocal) != 0)
        {
            var wasOn = (info.Flags & Nd6.AutoLinkLocal) != 0;
            info.Flags |= Nd6.AutoLinkLocal;
            if (!wasOn || (flags & Nd6.IfDisabled) == 0 && of.IsUp)
                AddLinkLocal(of);
        }
        info.Flags = flags;
    }

    /// <summary>in6_if_up(): the link-local address, if there is none.</summary>
    public void InterfaceUp(Interface of) => AddLinkLocal(of);

    /// <summary>Completes duplicate address detection.</summary>
    public void Settle()
    {
        foreach (var address in kernel.Interfaces.InOrder.Where(i => i.IsUp).SelectMany(i => i.Inet6))
            address.Flags6 &= ~Nd6.AddressTentative;
    }

    private void AddLinkLocal(Interface of)
    {
        const uint wanted = Nd6.AutoLinkLocal;
        if ((of.Neighbours.Flags & (wanted | Nd6.IfDisabled)) != wanted
            || (of.Flags & Iff.Multicast) == 0 || of.Kind == InterfaceKind.Loopback || of.LinkLocal is not null)
            return;
        var bits = ((UInt128)0xfe80 << 112) | InterfaceId(of);
        Insert(of, new InterfaceAddress(Ip.V6(bits).WithScope(of.Index), 64));
    }

    /// <summary>in6_get_ifid(): from its own MAC address. A lagg's port has none (its type is not a hardware type any more), so it borrows
    /// a universal one from another interface, else it uses the id of every host without a name.</summary>
    private ulong InterfaceId(Interface of)
    {
        if (FromMac(of) is { } own)
            return own;
        foreach (var other in kernel.Interfaces.InOrder)
            if (other != of && FromMac(other) is { } borrowed && (borrowed & UniversalBit) != 0)
                return borrowed;
        return FallbackId;
    }

    private static ulong? FromMac(Interface of)
    {
        if (of.Type is not (Ift.Ether or Ift.L2Vlan or Ift.Bridge) || of.Mac.Length != 6 || of.Mac.All(b => b == 0))
            return null;
        var m = of.Mac;
        var id = (ulong)m[0] << 56 | (ulong)m[1] << 48 | (ulong)m[2] << 40 | 0xfffeul << 24
            | (ulong)m[3] << 16 | (ulong)m[4] << 8 | m[5];
        return id ^ UniversalBit;
    }

    private void Insert(Interface to, InterfaceAddress added)
    {
        var skipsDad = DadCount == 0 || (to.Neighbours.Flags & Nd6.NoDad) != 0 || (added.Flags6 & Nd6.AddressNoDad) != 0
            || to.Kind == InterfaceKind.Loopback;
        added.Flags6 |= skipsDad ? 0 : Nd6.AddressTentative;
        added.HasRouteToSelf = true;
        to.Addresses.Add(added);
        kernel.Routes.AddressResolved(to, added);
        kernel.Events.Address(Rt.NewAddr, to, added, kernel.Profile.AnnouncesAddresses);
        kernel.Routes.AddLoopback(to, added);
        if (to.Inet6.Any(a => a != added && a.OwnsPrefixRoute && a.SamePrefix(added)) || added.PrefixLength == 128)
            return;
        added.OwnsPrefixRoute = true;
        kernel.Routes.AddPrefix(to, added);
    }

    private void RemoveAddress(Interface from, InterfaceAddress address)
    {
        kernel.Routes.RemoveLoopback(address);
        kernel.Routes.AddressForgotten(from, address);
        address.HasRouteToSelf = false;
        from.Addresses.Remove(address);
        kernel.Events.Address(Rt.DelAddr, from, address, kernel.Profile.AnnouncesAddresses);
        kernel.Routes.RemoveBoundTo(address, staticToo: true);
    }

    private void RemovePrefix(Interface from, InterfaceAddress address)
    {
        if (!address.OwnsPrefixRoute)
            return;
        address.OwnsPrefixRoute = false;
        if (from.Inet6.FirstOrDefault(a => a.SamePrefix(address)) is { } heir)
        {
            heir.OwnsPrefixRoute = true;
            kernel.Routes.Rebind(address, heir);
            return;
        }
        kernel.Routes.RemovePrefix(from, address);
    }
}
