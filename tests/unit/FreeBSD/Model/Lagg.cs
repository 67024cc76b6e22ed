using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>One lagg(4): its ports and what they share (net/if_lagg.c).</summary>
internal sealed class Lagg(ModelKernel kernel)
{
    /// <summary>A port's state before it joined.</summary>
    private sealed record Port(Interface Interface, byte[] SavedMac, byte SavedType, uint SavedCapabilities, ulong SavedHwAssist);

    private readonly List<Port> _ports = [];
    private Port? _primary;
    private bool _destroying;

    /// <summary>The lagg's own interface.</summary>
    public Interface Interface { get; set; } = null!;

    /// <summary>LAGG_PROTO_*: a new lagg uses failover.</summary>
    public int Protocol { get; private set; } = LaggAbi.ProtoFailover;

    /// <summary>In the order of their interface index.</summary>
    public IEnumerable<Interface> Ports => _ports.Select(p => p.Interface);

    public Interface? Primary => _primary?.Interface;

    /// <summary>Ports that could carry traffic: up, and with a link. An unknown link does not count.</summary>
    public int ActiveCount => _ports.Count(p => IsActive(p.Interface));

    public static bool IsActive(Interface port) => port.IsUp && port.LinkState == LinkState.Up;

    /// <summary>Failover: the primary port if it is active, else the active port after it, else the first active one.</summary>
    public Interface? Transmitting => Primary is { } primary && IsActive(primary) ? primary : Ports.FirstOrDefault(IsActive);

    /// <summary>SIOCSLAGG: ports stay, whatever the protocol.</summary>
    public int SetProtocol(int protocol)
    {
        if (protocol is < 0 or >= LaggAbi.ProtoMax)
            return Errno.EPROTONOSUPPORT;
        Protocol = protocol;
        return 0;
    }

    /// <summary>SIOCSLAGGPORT (lagg_port_create).</summary>
    public int Add(Interface port)
    {
        if (_ports.Count >= LaggAbi.MaxPorts)
            return Errno.ENOSPC;
        if (port.PortOf is { } owner)
            return owner == this ? Errno.EEXIST : Errno.EBUSY;
        if (port.Type is not (Ift.Ether or Ift.L2Vlan))
            return Errno.EPROTONOSUPPORT;
        if (port.Lagg is not null)
            return Errno.EINVAL;
        if (TakeMtu(port) is var errno and not 0)
            return errno;

        // The kernel calls this "avoiding address duplication": it removes all IPv6 addresses of the port if that has a link-local one and
        // IPv6 is not disabled on it (in6ifa_llaonifp, netinet6/in6.c).
        if (port.LinkLocal is not null && (port.Neighbours.Flags & Nd6.IfDisabled) == 0)
            kernel.Inet6.Purge(port);

        var joined = new Port(port, port.Mac, port.Type, port.Capabilities, port.HwAssist);
        port.Type = Ift.Ieee8023AdLag;
        port.PortOf = this;
        _ports.Add(joined);
        _ports.Sort((a, b) => a.Interface.Index.CompareTo(b.Interface.Index));
        if (_primary is null)
        {
            _primary = joined;
            Interface.Mac = port.Mac;
        }
        ShareCapabilities();
        kernel.Link.SetMac(port, Interface.Mac);
        UpdateLinkState();
        return 0;
    }

    /// <summary>SIOCSLAGGDELPORT, or the port's own removal (lagg_port_destroy).</summary>
    public int Remove(Interface port, bool detaching = false)
    {
        if (_ports.Find(p => p.Interface == port) is not { } leaving)
            return Errno.ENOENT;
        _ports.Remove(leaving);
        port.PortOf = null;
        port.Type = leaving.SavedType;
        if (_primary == leaving)
            ReplacePrimary();
        if (!detaching)
        {
            port.Capabilities = leaving.SavedCapabilities;
            port.HwAssist = leaving.SavedHwAssist;
            kernel.Link.SetMac(port, leaving.SavedMac);
        }
        ShareCapabilities();
        UpdateLinkState();
        return 0;
    }

    /// <summary>lagg_init(): on a kernel with this rule the ports are brought up, even those that are up.</summary>
    public void Start()
    {
        Interface.Flags |= Iff.Running;
        foreach (var port in Ports.ToList())
        {
            if (!port.Mac.AsSpan().SequenceEqual(Interface.Mac))
                kernel.Link.SetMac(port, Interface.Mac);
            if (kernel.Profile.PortsFollowLagg)
                Raise(port);
        }
    }

    /// <summary>lagg_stop().</summary>
    public void Stop()
    {
        Interface.Flags &= ~Iff.Running;
        if (!kernel.Profile.PortsFollowLagg)
            return;
        foreach (var port in Ports.ToList())
            Lower(port);
    }

    /// <summary>SIOCIFDESTROY: stops the lagg and removes its ports; the MAC address stays until the end.</summary>
    public void Dissolve()
    {
        _destroying = true;
        if ((Interface.Flags & Iff.Running) != 0)
            Stop();
        Interface.Flags &= ~Iff.Up;
        foreach (var port in Ports.ToList())
            Remove(port);
    }

    /// <summary>SIOCSIFMTU on the lagg: set on every port, and undone if one refuses.</summary>
    public int SetMtu(int mtu)
    {
        foreach (var port in Ports)
            if (LinkLayer.DriverMtu(port, mtu) is var errno and not 0)
                return errno;
        foreach (var port in Ports)
        {
            port.Mtu = mtu;
            port.Neighbours.MaxMtu = (uint)mtu;
        }
        return 0;
    }

    /// <summary>SIOCSIFLLADDR on the lagg: set on every port.</summary>
    public void SetMac(byte[] mac)
    {
        Interface.Mac = mac;
        foreach (var port in Ports)
            kernel.Link.SetMac(port, mac);
    }

    /// <summary>lagg_linkstate(): up as soon as one port has a link, whether that port is up or not.</summary>
    public void UpdateLinkState()
    {
        var up = Ports.Any(p => p.LinkState == LinkState.Up);
        kernel.Link.SetLinkState(Interface, up ? LinkState.Up : LinkState.Down);
        Interface.Baudrate = Protocol == LaggAbi.ProtoFailover
            ? Primary?.Baudrate ?? 0
            : Ports.Aggregate(0ul, (sum, p) => sum + p.Baudrate);
    }

    /// <summary>rp_flags of one port.</summary>
    public uint PortFlags(Interface port) => Protocol switch
    {
        LaggAbi.ProtoFailover => (port == Primary ? LaggAbi.PortMaster : 0) | (port == Transmitting ? LaggAbi.PortActive : 0),
        LaggAbi.ProtoRoundRobin or LaggAbi.ProtoLoadBalance or LaggAbi.ProtoBroadcast =>
            IsActive(port) ? LaggAbi.PortActive : 0,
        _ => 0,
    };

    private int TakeMtu(Interface port)
    {
        if (_ports.Count == 0)
        {
            Interface.Mtu = port.Mtu;
            Interface.Neighbours.MaxMtu = (uint)port.Mtu;
            return 0;
        }
        if (port.Mtu == Interface.Mtu)
            return 0;
        if (LinkLayer.DriverMtu(port, Interface.Mtu) is var errno and not 0)
            return errno;
        port.Mtu = Interface.Mtu;
        port.Neighbours.MaxMtu = (uint)Interface.Mtu;
        return 0;
    }

    private void ReplacePrimary()
    {
        _primary = _ports.FirstOrDefault();
        var mac = _primary?.SavedMac ?? new byte[6];
        if (!_destroying)
            Interface.Mac = mac;
        foreach (var port in Ports)
            kernel.Link.SetMac(port, mac);
    }

    /// <summary>lagg_capabilities(): the capabilities that all ports have.</summary>
    private void ShareCapabilities()
    {
        var shared = _ports.Aggregate(uint.MaxValue, (all, p) => all & p.SavedCapabilities);
        var assist = _ports.Aggregate(ulong.MaxValue, (all, p) => all & p.SavedHwAssist);
        Interface.Capabilities = _ports.Count == 0 ? 0 : shared;
        Interface.HwAssist = _ports.Count == 0 ? 0 : assist;
        foreach (var port in _ports)
        {
            port.Interface.Capabilities = Interface.Capabilities;
            port.Interface.HwAssist = Interface.HwAssist;
        }
    }

    private void Raise(Interface port)
    {
        port.Flags |= Iff.Up;
        kernel.Link.Drive(port);
        kernel.Link.Up(port);
    }

    private void Lower(Interface port)
    {
        kernel.Link.Down(port);
        kernel.Link.Drive(port);
    }
}
