using System.Net;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning;

/// <summary>One request to the system, as data: what a plan consists of and what the journal keeps.</summary>
/// <remarks>An index of <see cref="Link.OfAggregate"/> means the aggregate that the same plan creates.</remarks>
internal abstract record Change
{
    /// <summary>With which changes this one may be sent at once.</summary>
    public virtual Batch Batch => Batch.Additions;

    /// <summary>Whether the change after this one may be sent before the system has accepted this one.</summary>
    public bool MayPrecede(Change next) => Batch == next.Batch && Batch != Batch.Alone;
}

/// <summary>What a change may be sent together with. The kernel executes the rest of a netlink batch after it refused
/// one message (netlink_rcv_skb, net/netlink/af_netlink.c), so no batch takes anything away behind an addition that may
/// be refused, and what others depend on is a batch of its own.</summary>
internal enum Batch
{
    /// <summary>It adds to what is there.</summary>
    Additions,

    /// <summary>It takes away, or replaces, something that may be in use.</summary>
    Removals,

    /// <summary>What comes after it is pointless or harmful where it is refused, or it is no netlink request.</summary>
    Alone,
}

/// <summary>Create the aggregate of a join: the one change that gives a new index, by which undo must find it
/// again.</summary>
internal abstract record CreateAggregate(string Name) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <summary>Whether an interface is the one that this change made.</summary>
    public virtual bool Made(Link link) => link.Name == Name && link.Device is null;
}

/// <summary>Create an active-backup bond with <c>fail_over_mac=active</c>, switched off and without IPv6 addresses of
/// its own making. Its MAC is given at creation, so that udev's MACAddressPolicy leaves it alone.</summary>
internal sealed record CreateBond(
    string Name, HardwareAddress Address, uint Mtu, uint TxQueueLength, uint Group, uint Miimon)
    : CreateAggregate(Name)
{
    /// <inheritdoc/>
    public override bool Made(Link link) => base.Made(link) && link.Address == Address;
}

/// <summary>Remove a virtual interface.</summary>
internal sealed record DeleteLink(int Link) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Switch an interface on or off.</summary>
internal sealed record SetUp(int Link, bool Up) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Make an interface a port of <paramref name="Master"/> (0: of none). Bonding takes only an interface that is
/// switched off; with <paramref name="Down"/> that is part of the same request.</summary>
internal sealed record SetMaster(int Link, int Master, bool Down = false) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Set the largest packet's size in bytes.</summary>
internal sealed record SetMtu(int Link, uint Mtu) : Change;

/// <summary>Rename an interface.</summary>
internal sealed record SetName(int Link, string Name) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Prefer one port of a bond.</summary>
internal sealed record SetPrimary(int Bond, int Port) : Change;

/// <summary>Have a bond take frames from all its ports, or from the active one only, as is usual: the host's switch may
/// send the same broadcast to both.</summary>
internal sealed record ListenOnAll(int Bond, bool All) : Change;

/// <summary>Give an interface an alternative name.</summary>
internal sealed record AddAltName(int Link, string Name) : Change;

/// <summary>Take an alternative name away.</summary>
internal sealed record RemoveAltName(int Link, string Name) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Removals;
}

/// <summary>Add an IP address, an IPv6 one without duplicate address detection (IFA_F_NODAD): the twin has the same
/// address, and a second of silence would be the price of finding that out.</summary>
internal sealed record AddAddress(Address Address) : Change;

/// <summary>Give an address that is there exactly these flags, lifetimes and metric (NLM_F_REPLACE): IFA_F_NODAD
/// stays visible on an address that was added with it.</summary>
internal sealed record PutAddress(Address Address) : Change;

/// <summary>Remove an IP address.</summary>
internal sealed record RemoveAddress(Address Address) : Change
{
    /// <summary>IPv4 addresses have an order: the first one is the source of what no other matches (inet_select_addr,
    /// net/ipv4/devinet.c). The last is removed first, and where one is refused, those before it must stay: else the way back
    /// would add them behind it.</summary>
    public override Batch Batch => Address.IsIPv6 ? Batch.Removals : Batch.Alone;
}

/// <summary>How a route is added beside others with the same key.</summary>
internal enum RoutePlace
{
    /// <summary>It must be the only one (NLM_F_EXCL).</summary>
    Alone,

    /// <summary>Behind those that are there (NLM_F_APPEND): IPv4 leaves it unused until they go. The very same route is
    /// not added twice, and that is no failure.</summary>
    Behind,

    /// <summary>In the place of the one that is there (NLM_F_REPLACE).</summary>
    Instead,
}

/// <summary>Add a route.</summary>
internal sealed record AddRoute(Route Route, RoutePlace Place) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Place == RoutePlace.Instead ? Batch.Removals : Batch.Additions;
}

/// <summary>Remove a route.</summary>
internal sealed record RemoveRoute(Route Route) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Removals;
}

/// <summary>Create a next-hop object, or change the one with this id while routes use it.</summary>
internal sealed record PutNextHop(NextHop NextHop) : Change;

/// <summary>Wait until the route that this one is a copy of is there with another metric, because the kernel has learned it
/// from a router advertisement or its owner has added it, and remove the copy then; it stays where that does not happen
/// within a few seconds.</summary>
internal sealed record RemoveWhenLearned(Route Route) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Wait a few seconds for a second IPv6 default route by the same router on an interface, of a worse metric, and
/// remove it; where none comes, all is well.</summary>
internal sealed record RemoveSecondDefault(int Link) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Add a policy rule.</summary>
internal sealed record AddRule(Rule Rule) : Change;

/// <summary>Remove a policy rule.</summary>
internal sealed record RemoveRule(Rule Rule) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Removals;
}

/// <summary>Add a neighbour or change the one that is there.</summary>
internal sealed record PutNeighbour(Neighbour Neighbour) : Change;

/// <summary>Remove a neighbour.</summary>
internal sealed record RemoveNeighbour(Neighbour Neighbour) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Removals;
}

/// <summary>Write a per-interface kernel setting.</summary>
internal sealed record SetSysctl(Sysctl Sysctl) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Set how an interface makes its own IPv6 link-local address (IN6_ADDR_GEN_MODE_*), without its making one at
/// once, as it does when the setting addr_gen_mode is written.</summary>
internal sealed record SetAddressGeneration(int Link, byte Mode) : Change;

/// <summary>Set the interface identifier that the kernel puts behind an advertised prefix (IFLA_INET6_TOKEN); <c>::</c> for none.</summary>
internal sealed record SetToken(int Link, IPAddress Token) : Change;

/// <summary>Have an interface take frames of any group, as a port must that does not know what its master listens
/// to.</summary>
internal sealed record SetAllMulticast(int Link, bool On) : Change;

/// <summary>Have an interface take frames to any address and of any VLAN.</summary>
internal sealed record SetPromiscuous(int Link, bool On) : Change;

/// <summary>Give an interface the queueing discipline that filters of both directions hang on (tc-bpf(8)); one that is
/// there is as good.</summary>
internal sealed record AddClsact(int Link) : Change;

/// <summary>Take it away, unless somebody else's filter hangs on it by now.</summary>
internal sealed record RemoveClsact(int Link) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Have a synthetic's frames go where its redirect's map says, which says nothing yet; those with another
/// <paramref name="Source"/> address stay.</summary>
internal sealed record AttachEgress(int Link, HardwareAddress Source) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Have what comes in by a VF come in by its synthetic.</summary>
internal sealed record AttachIngress(int Link, int Synthetic) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Take our filters off an interface, and with the last of them their programs and map.</summary>
internal sealed record DetachFilters(int Link) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Write into the redirect's map where a synthetic's frames go: out by the VF, or by itself again (0).</summary>
internal sealed record SwitchPath(int Synthetic, int Vf) : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Wait until something happens that the next change needs. When it does not happen within a few seconds that
/// is no failure of this change; the ones after it show what it means.</summary>
internal abstract record Wait : Change
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Wait until an interface has a carrier and IPv6 has heard of it: the kernel refuses next-hop objects before
/// (rtm_to_nh_config, net/ipv4/nexthop.c) and drops temporary addresses, and a driver may report it only some time after it was
/// switched on.</summary>
internal sealed record WaitForCarrier(int Link) : Wait;

/// <summary>Wait until an interface that has only just been switched on also hears what is sent to it: a carrier does not
/// promise that.</summary>
internal sealed record WaitToHear(int Link) : Wait;

/// <summary>Wait until a bond sends by this port; it never does by one whose wire is unplugged.</summary>
internal sealed record WaitForActive(int Bond, int Port) : Wait;

/// <summary>Wait until nothing more comes in by this port: what was under way when another one became the active port
/// has arrived.</summary>
internal sealed record WaitForQuiet(int Port) : Wait;
