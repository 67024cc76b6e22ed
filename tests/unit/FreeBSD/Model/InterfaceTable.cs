using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>The existing interfaces: if_attach() and if_detach() with all their effects.</summary>
internal sealed class InterfaceTable(ModelKernel kernel)
{
    private readonly List<Interface> _all = [];

    /// <summary>In the order in which they attached.</summary>
    public IReadOnlyList<Interface> InOrder => _all;

    /// <summary>ifunit().</summary>
    public Interface? Find(string name) => name.Length == 0 ? null : _all.Find(i => i.Name == name);

    public Interface? ByIndex(int index) => _all.Find(i => i.Index == index);

    public Interface this[string name] => Find(name) ?? throw new InvalidOperationException($"no interface {name}");

    /// <summary>The lowest free index.</summary>
    public int FreeIndex()
    {
        var index = 1;
        while (ByIndex(index) is not null)
            index++;
        return index;
    }

    /// <summary>if_attach() and, for Ethernet, ether_ifattach(): hn(4) checks the new interface before devd gets the event.</summary>
    public Interface Attach(Interface newcomer, bool announceEthernet = true)
    {
        _all.Add(newcomer);
        kernel.Inet6.Initialise(newcomer);
        kernel.Events.Notify("IFNET", newcomer.Name, "ATTACH");
        kernel.Events.Broadcast(RouteMessages.Announce(newcomer, departure: false));
        if (!newcomer.IsEthernet)
            return newcomer;
        kernel.HyperV.EthernetAttached(newcomer);
        if (announceEthernet)
            kernel.Events.Notify("ETHERNET", newcomer.Name, "IFATTACH");
        return newcomer;
    }

    /// <summary>if_detach(): down, addresses removed, out of its lagg, gone.</summary>
    public void Detach(Interface leaving)
    {
        leaving.Flags &= ~Iff.Running;
        leaving.Flags |= Iff.Dying;
        kernel.Link.Down(leaving);
        kernel.Inet6.Purge(leaving);
        kernel.Inet.Purge(leaving);
        kernel.Routes.RemoveInterface(leaving);
        kernel.HyperV.Departed(leaving);
        leaving.PortOf?.Remove(leaving, detaching: true);
        kernel.Events.Broadcast(RouteMessages.Announce(leaving, departure: true));
        kernel.Events.Notify("IFNET", leaving.Name, "DETACH");
        _all.Remove(leaving);
    }

    /// <summary>SIOCSIFNAME: it departs under the old name and arrives under the new one.</summary>
    public int Rename(Interface renamed, string name)
    {
        if (name.Length == 0)
            return Errno.EINVAL;
        if (Find(name) is { } other)
            return other == renamed ? 0 : Errno.EEXIST;
        kernel.Events.Broadcast(RouteMessages.Announce(renamed, departure: true));
        renamed.Name = name;
        kernel.Events.Broadcast(RouteMessages.Announce(renamed, departure: false));
        return 0;
    }
}
