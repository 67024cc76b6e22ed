using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>Up, down, link state, MAC address and MTU of one interface: ifhwioctl(), if_up(), if_down(), if_link_state_change(),
/// if_setlladdr() and the drivers' part in each.</summary>
internal sealed class LinkLayer(ModelKernel kernel)
{
    private const int MinMtu = 72;
    private const int MaxMtu = 65535;

    /// <summary>SIOCSIFFLAGS: down first, then the flags, then the driver, then up; the driver's error is lost.</summary>
    public void SetFlags(Interface of, int flags)
    {
        var goesUp = (flags & Iff.Up) != 0 && !of.IsUp;
        if ((flags & Iff.Up) == 0 && of.IsUp)
            Down(of);
        of.Flags = (of.Flags & Iff.CantChange) | (flags & ~Iff.CantChange);
        Drive(of);
        if (goesUp)
            Up(of);
    }

    /// <summary>if_up(): a lagg also calls it for an interface that is already up.</summary>
    public void Up(Interface of)
    {
        of.Flags |= Iff.Up;
        if (kernel.Profile.IfInfoBeforeInet)
            kernel.Events.InterfaceInfo(of);
        kernel.Inet.InterfaceUp(of);
        if (!kernel.Profile.IfInfoBeforeInet)
            kernel.Events.InterfaceInfo(of);
        kernel.HyperV.WentUp(of);
        kernel.Inet6.InterfaceUp(of);
    }

    /// <summary>if_down(): the routes of its IPv4 addresses are removed, the addresses stay.</summary>
    public void Down(Interface of)
    {
        of.Flags &= ~Iff.Up;
        kernel.Inet.InterfaceDown(of);
        kernel.Events.InterfaceInfo(of);
        kernel.HyperV.WentDown(of);
    }

    /// <summary>The driver's part: start or stop according to IFF_UP.</summary>
    public void Drive(Interface of)
    {
        var running = (of.Flags & Iff.Running) != 0;
        if (of.IsUp == running)
            return;
        switch (of.Kind)
        {
            case InterfaceKind.Lagg when of.IsUp:
                of.Lagg!.Start();
                break;
            case InterfaceKind.Lagg:
                of.Lagg!.Stop();
                break;
            case InterfaceKind.Hardware when of.IsUp:
                StartHardware(of);
                break;
            case InterfaceKind.Hardware:
                of.Flags &= ~Iff.Running;
                if (of.Driver.OutputActiveWhenStopped)
                    of.Flags |= Iff.OutputActive;
                break;
            default:
                break;
        }
    }

    /// <summary>ether_ioctl(SIOCSIFADDR): an IPv4 address brings its interface up, without if_up().</summary>
    public bool StartForAddress(Interface of)
    {
        if (of.IsUp || of.Kind == InterfaceKind.Tun)
            return false;
        of.Flags |= Iff.Up;
        Drive(of);
        return true;
    }

    /// <summary>if_link_state_change(): notifies devd, routing sockets and the lagg of which it is a port.</summary>
    public void SetLinkState(Interface of, LinkState state)
    {
        if (of.LinkState == state)
            return;
        of.LinkState = state;
        kernel.Events.InterfaceInfo(of);
        if (state != LinkState.Unknown)
            kernel.Events.Notify("IFNET", of.Name, state == LinkState.Up ? "LINK_UP" : "LINK_DOWN");
        of.PortOf?.UpdateLinkState();
    }

    /// <summary>The cable is pulled or plugged, or the host changes the carrier.</summary>
    public void SetCarrier(Interface of, bool carrier)
    {
        of.Carrier = carrier;
        if ((of.Flags & Iff.Running) != 0)
            SetLinkState(of, EffectiveLink(of));
    }

    /// <summary>hn(4) shows no link while its VF is in use.</summary>
    public LinkState EffectiveLink(Interface of) =>
        of.Carrier && !kernel.HyperV.VfCarriesTraffic(of) ? LinkState.Up : LinkState.Down;

    /// <summary>if_setlladdr(): a running NIC goes through the driver, without if_down().</summary>
    public int SetMac(Interface of, ReadOnlySpan<byte> mac)
    {
        if (of.Driver.MacErrno != 0 && !mac.SequenceEqual(of.Mac))
            return of.Driver.MacErrno;
        of.Mac = mac.ToArray();
        if (of.IsUp && of.Kind == InterfaceKind.Hardware && of.Driver.RestartsLink)
            RestartLink(of);
        return 0;
    }

    /// <summary>SIOCSIFMTU: refused for a port; a lagg passes it on and undoes it if one port refuses.</summary>
    public int SetMtu(Interface of, int mtu)
    {
        if (mtu is < MinMtu or > MaxMtu || of.PortOf is not null)
            return Errno.EINVAL;
        var errno = of.Lagg is { } lagg ? lagg.SetMtu(mtu) : DriverMtu(of, mtu);
        if (errno != 0 || of.Mtu == mtu)
            return errno;
        of.Mtu = mtu;
        of.Neighbours.MaxMtu = (uint)mtu;
        kernel.Events.InterfaceInfo(of);
        return 0;
    }

    /// <summary>The driver's answer to an MTU.</summary>
    public static int DriverMtu(Interface of, int mtu) => mtu > of.Driver.MaxMtu ? Errno.EINVAL : 0;

    /// <summary>Links that are being negotiated come up.</summary>
    public void Settle()
    {
        foreach (var waiting in kernel.Interfaces.InOrder.Where(i => i.Driver.RestartsLink && i.LinkState == LinkState.Down))
            SetCarrier(waiting, waiting.Carrier);
    }

    private void StartHardware(Interface of)
    {
        of.Flags |= Iff.Running;
        of.Flags &= ~Iff.OutputActive;
        if (of.Driver.RestartsLink)
            RestartLink(of);
        else
            SetLinkState(of, EffectiveLink(of));
    }

    private void RestartLink(Interface of)
    {
        of.LinkState = LinkState.Up;
        SetLinkState(of, LinkState.Down);
    }
}
