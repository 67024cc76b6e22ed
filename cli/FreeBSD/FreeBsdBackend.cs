using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.FreeBSD.Abi;

namespace HypervVfattach.FreeBSD;

/// <summary>FreeBSD as a backend. It uses the values of the model, which are Linux's where the two systems differ: hardware types, bond
/// modes, origins of addresses and routes.</summary>
internal sealed class FreeBsdBackend : IBackend, IDisposable
{
    /// <summary>Driver of the synthetic NIC (hn(4)).</summary>
    public const string SyntheticDriver = "hn";

    private const string LaggKind = "lagg";
    private const string VlanKind = "vlan";

    // Long enough for a NIC to negotiate its link; a lagg that carries nothing by then is undone.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _clock;

    private readonly IKernel _kernel;
    private readonly Sockets _sockets;
    private readonly Sysctls _sysctls;
    private readonly Interfaces _interfaces;
    private readonly Lagg _lagg;
    private readonly Addresses _addresses;
    private readonly Routes _routes;
    private readonly IPrograms? _programs;
    private int? _events;

    /// <param name="kernel">The system calls.</param>
    /// <param name="programs">The system's programs; null to observe without them and to refuse changes that need them.</param>
    /// <param name="clock">The clock for waits.</param>
    public FreeBsdBackend(IKernel kernel, IPrograms? programs = null, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _programs = programs;
        _kernel = kernel;
        _sockets = new Sockets(kernel);
        _sysctls = new Sysctls(kernel);
        _interfaces = new Interfaces(_sockets);
        _lagg = new Lagg(_sockets, new Modules(kernel));
        _addresses = new Addresses(_sockets);
        _routes = new Routes(_sockets, Environment.ProcessId);
    }

    public void Dispose() => _sockets.Dispose();

    public Snapshot ObserveLinks()
    {
        // Listen from the first look on: a change between it and a wait must end the wait.
        _ = Events;
        (List<InterfaceEntry> interfaces, List<AddressEntry> addresses) = _sysctls.Interfaces();
        HashSet<string> cloners = _interfaces.Cloners();
        List<Link> links = [.. interfaces.Select(entry => ReadLink(entry, cloners))];
        ReadLaggs(links);
        ReadVlans(links);
        return new FreeBsdSnapshot
        {
            Links = [.. links],
            Addresses = [.. addresses.Select(entry => ReadAddress(entry, links)).OfType<Address>()],
            Kernel = Release(),
            Facts = new FreeBsdFacts
            {
                VfTransparent = _sysctls.VfTransparent(),
                VfList = _sysctls.VfList(),
                Pairs = ReadPairs(links),
                Carp =
                [
                    .. addresses.Where(entry => entry.Vhid != 0)
                        .SelectMany(entry => links.Where(link => Identity.IndexOf(link.Index) == entry.Index)
                            .Select(link => new CarpAddress(link.Index, entry.Local, entry.Vhid))),
                ],
            },
        };
    }

    public Snapshot Complete(Snapshot snapshot, params ReadOnlySpan<int> links)
    {
        int[] wanted = links.ToArray();
        Link[] asked = [.. snapshot.Links.Where(link => wanted.Contains(link.Index))];
        FreeBsdFacts facts = FreeBsdFacts.Of(snapshot) with
        {
            Nd6 =
            [
                .. asked.Select(link => (link.Index, Flags: _interfaces.Nd6(link.Name)))
                    .Where(state => state.Flags is not null)
                    .Select(state => new Nd6State(state.Index, (uint)state.Flags!)),
            ],
            Fibs =
            [
                .. asked.Select(link => new InterfaceFib(link.Index, _interfaces.Fib(link.Name)))
                    .Where(fib => fib.Fib != 0),
            ],
        };
        return (FreeBsdSnapshot)snapshot with
        {
            Routes = [.. ReadRoutes(snapshot).Where(route => wanted.Any(route.Uses))],
            Facts = _programs is null ? facts : new Surroundings(_programs).Complete(facts, snapshot.Links, asked),
        };
    }

    public void Apply(ImmutableArray<Change> changes, int aggregate, bool repeat)
    {
        SystemRefusal? first = null;
        foreach (Change change in changes)
        {
            try
            {
                Apply(change, aggregate, repeat);
            }
            catch (SystemRefusal refusal) when (repeat)
            {
                first ??= refusal;
            }
        }
        if (first is not null)
            throw first;
    }

    public void Expect(Expectation expectation, int aggregate)
    {
        int events = Events;
        long start = _clock.GetTimestamp();
        while (true)
        {
            string? missing = Missing(expectation, aggregate);
            if (missing is null)
                return;
            if (_clock.GetElapsedTime(start) >= Patience)
                throw new SystemRefusal("FreeBSD's kernel", "wait for the requested state", 0, missing);
            _ = ReadEvent(events);
        }
    }

    public bool WaitForLinkChange(TimeSpan timeout)
    {
        int events = Events;
        long start = _clock.GetTimestamp();
        do
        {
            if (ReadEvent(events) is RoutingMessageType.InterfaceInfo or RoutingMessageType.InterfaceAnnounce)
                return true;
        }
        while (_clock.GetElapsedTime(start) < timeout);
        return false;
    }

    private int Events => _events ??= _sockets.OpenEvents();

    private RoutingMessageType? ReadEvent(int events)
    {
        Span<byte> buffer = stackalloc byte[2048];
        int length = _kernel.Read(events, buffer);
        if (-length is Errno.EAGAIN or Errno.EINTR)
            return null;
        // Too many events at once: some are lost, but all that counts is that something happened.
        if (length == -Errno.ENOBUFS)
            return RoutingMessageType.InterfaceInfo;
        if (length < 0)
            throw Refused.By(length, "routing socket", "read");
        var messages = new RoutingMessages(buffer[..length]);
        return messages.Next(out RoutingMessageType type, out _) ? type : null;
    }

    private string UnitOf(InterfaceEntry entry) => _sysctls.DriverName(entry.Index) ?? entry.Name;

    private Link ReadLink(InterfaceEntry entry, HashSet<string> cloners)
    {
        string unit = UnitOf(entry);
        string driver = unit.TrimEnd("0123456789".ToCharArray());
        bool isVirtual = cloners.Contains(driver) || driver is LaggKind or VlanKind
            || entry.Type == InterfaceEntry.Loopback;
        return new Link
        {
            Index = Identity.Of(entry.Index, unit),
            Name = entry.Name,
            Address = HardwareAddress.From(entry.Address),
            PermanentAddress = isVirtual
                ? default
                : HardwareAddress.From(_interfaces.PermanentAddress(entry.Name)),
            Type = HardwareType(entry.Type),
            Flags = (LinkFlags)(uint)(entry.Flags & Shared)
                | (entry.LinkState == InterfaceEntry.LinkUp ? LinkFlags.LowerUp : LinkFlags.None),
            // A port whose link state is unknown carries no traffic in a lagg, so unknown counts as no carrier.
            Carrier = entry.LinkState == InterfaceEntry.LinkUp,
            Mtu = entry.Mtu,
            Kind = isVirtual ? driver : null,
            ReceivedPackets = entry.ReceivedPackets,
            SentPackets = entry.SentPackets,
            Device = isVirtual
                ? null
                : new Device(driver, driver == SyntheticDriver ? "vmbus" : null, unit, 0),
        };
    }

    // The flags that have the same meaning and the same bit on Linux.
    private const InterfaceFlags Shared =
        InterfaceFlags.Up | InterfaceFlags.Loopback | InterfaceFlags.Running | InterfaceFlags.NoArp
        | InterfaceFlags.Promiscuous | InterfaceFlags.AllMulticast;

    // ARPHRD_* of linux/if_arp.h for IFT_* of net/if_types.h.
    private static ushort HardwareType(byte type) => type switch
    {
        InterfaceEntry.Ethernet or InterfaceEntry.LaggPort or InterfaceEntry.Vlan => Link.Ethernet,
        InterfaceEntry.InfiniBand => 32,
        InterfaceEntry.Loopback => 772,
        _ => ushort.MaxValue,
    };

    private void ReadLaggs(List<Link> links)
    {
        for (int i = 0; i < links.Count; i++)
        {
            if (links[i].Kind != LaggKind || _lagg.Read(links[i].Name) is not { } state)
                continue;
            Link lagg = links[i];
            int primary = 0;
            int active = 0;
            foreach (LaggPortState port in state.Ports)
            {
                int place = links.FindIndex(link => link.Name == port.Name);
                if (place < 0)
                    continue;
                links[place] = links[place] with { Master = lagg.Index, PortKind = LaggKind };
                if (port.Flags.HasFlag(LaggPortFlags.Master))
                    primary = links[place].Index;
                if (port.Flags.HasFlag(LaggPortFlags.Active))
                    active = links[place].Index;
            }
            links[i] = lagg with { Bond = new BondState(BondMode(state.Protocol), active, primary) };
        }
    }

    // Modes of linux/if_bonding.h.
    private static byte BondMode(LaggProtocol protocol) => protocol switch
    {
        LaggProtocol.RoundRobin => 0,
        LaggProtocol.Failover => 1,
        LaggProtocol.LoadBalance => 2,
        LaggProtocol.Broadcast => 3,
        LaggProtocol.Lacp => 4,
        _ => byte.MaxValue,
    };

    private void ReadVlans(List<Link> links)
    {
        for (int i = 0; i < links.Count; i++)
            if (links[i].Kind == VlanKind && _interfaces.VlanParent(links[i].Name) is { } parent)
                links[i] = links[i] with { Lower = links.Find(link => link.Name == parent)?.Index ?? 0 };
    }

    private Address? ReadAddress(AddressEntry entry, List<Link> links)
    {
        if (links.Find(link => Identity.IndexOf(link.Index) == entry.Index) is not { } link)
            return null;
        bool pointToPoint = entry.Other is not null && entry.PrefixLength == 32 && link.Kind is "tun" or "gif" or "gre";
        var address = new Address
        {
            Link = link.Index,
            Local = entry.Local,
            PrefixLength = entry.PrefixLength,
            Broadcast = pointToPoint ? null : entry.Other,
            Peer = pointToPoint ? entry.Other : null,
            Scope = (byte)(entry.Local.IsIPv6LinkLocal ? 253 : 0),
        };
        return address.IsIPv6 ? _addresses.WithState(link.Name, address) : address;
    }

    // vfmap gives the current names of interfaces; without it (an old kernel) ask for the VF of each hn unit.
    private ImmutableArray<VfPair> ReadPairs(List<Link> links)
    {
        if (_sysctls.VfMap() is { } map)
            return [.. map.Select(pair => new VfPair(pair.Synthetic, pair.Vf))];
        ImmutableArray<VfPair>.Builder pairs = ImmutableArray.CreateBuilder<VfPair>();
        foreach (Link link in links.Where(link => link.Device?.Driver == SyntheticDriver))
            if (int.TryParse(link.Device!.Path.AsSpan(SyntheticDriver.Length), out int unit)
                && _sysctls.VfOf(unit) is { Length: > 0 } vf)
                pairs.Add(new VfPair(link.Name, vf));
        return pairs.ToImmutable();
    }

    private List<Route> ReadRoutes(Snapshot snapshot)
    {
        Dictionary<int, Link> links = snapshot.Links.ToDictionary(link => Identity.IndexOf(link.Index));
        IEnumerable<RouteEntry> entries = _sysctls.Routes(Family.IPv4);
        if (_sockets.HasIPv6)
            entries = entries.Concat(_sysctls.Routes(Family.IPv6));
        return [.. entries.Select(entry => links.TryGetValue(entry.Index, out Link? link)
            ? Routes.ToModel(entry with { Index = link.Index }, 0, link.Mtu)
            : Routes.ToModel(entry, 0, 0))];
    }

    // kern.osreldate 1401502 is 14.1: two digits of the minor version, then three that count the changes.
    private Version Release()
    {
        int date = _sysctls.Int("kern.osreldate") ?? 0;
        return new Version(date / 100_000, date / 1_000 % 100);
    }

    private void Apply(Change change, int aggregate, bool repeat)
    {
        try
        {
            switch (change)
            {
                case CreateLagg create:
                    if (!repeat || _lagg.Read(create.Name) is null)
                        _lagg.Create(create.Name);
                    break;
                case DeleteLink delete:
                    _lagg.Destroy(Name(delete.Link, aggregate));
                    break;
                case SetUp set:
                    _interfaces.SetUp(Name(set.Link, aggregate), set.Up);
                    break;
                case SetMaster { Master: not 0 } join:
                    _lagg.AddPort(Name(join.Master, aggregate), Name(join.Link, aggregate));
                    break;
                case SetMaster leave:
                    Leave(Name(leave.Link, aggregate));
                    break;
                case SetMtu set:
                    _interfaces.SetMtu(Name(set.Link, aggregate), checked((int)set.Mtu));
                    break;
                case SetName set:
                    _interfaces.SetName(Name(set.Link, aggregate), set.Name);
                    break;
                case SetNd6Flags set:
                    _interfaces.SetNd6(Name(set.Link, aggregate), (Nd6Flags)set.Set, (Nd6Flags)set.Clear);
                    break;
                case AddAddress add:
                    _addresses.Add(Name(add.Address.Link, aggregate), add.Address);
                    break;
                case PutAddress put:
                    // The same request replaces an existing address.
                    _addresses.Add(Name(put.Address.Link, aggregate), put.Address);
                    break;
                case RemoveAddress remove:
                    // An address that is gone counts as removed: the kernel itself purges a port's IPv6 addresses when it joins.
                    _addresses.Remove(Name(remove.Address.Link, aggregate), remove.Address);
                    break;
                case AddRoute add:
                    if (!_routes.Add(Resolved(add.Route, aggregate), add.Place) && !repeat)
                        throw Refused.By(
                            -Errno.EEXIST, $"{add.Route.Destination}/{add.Route.DestinationLength}", "add route",
                            "another route leads there");
                    break;
                case RemoveRoute remove:
                    // A route that is gone counts as removed: the kernel itself removes routes with the address that they depend on.
                    _routes.Remove(Resolved(remove.Route, aggregate));
                    break;
                case RunIfconfig run:
                    Run(Name(run.Link, aggregate), "configure", ["/sbin/ifconfig", Name(run.Link, aggregate), .. run.Arguments]);
                    break;
                case StartDhclient start:
                    new Clients(NeedPrograms(start)).Start(Name(start.Link, aggregate), start.Program);
                    break;
                case StopDhclient stop:
                    new Clients(NeedPrograms(stop)).Stop(Name(stop.Link, aggregate));
                    break;
                case SolicitRouters solicit:
                    NeedPrograms(solicit).Start(["/sbin/rtsol", .. solicit.Arguments, Name(solicit.Link, aggregate)]);
                    break;
                case StartRouting:
                    // It complains about every route that already exists, which is no failure.
                    _ = NeedPrograms(change).Run("/etc/rc.d/routing", "quietstart");
                    break;
                case WaitForCarrier wait:
                    AwaitCarrier(Identity.IndexOf(wait.Link == Link.OfAggregate ? aggregate : wait.Link));
                    break;
                case WaitForActive wait:
                    AwaitActive(new CarriedBy(wait.Bond, wait.Port), aggregate);
                    break;
                default:
                    throw new SystemRefusal(Subject(), Operation(), 0, "this does not exist on FreeBSD");
            }
        }
        catch (Gone) when (repeat
            && change is DeleteLink or SetMaster { Master: 0 } or RemoveAddress or RemoveRoute or SetUp { Up: false }
                or SetMtu or SetNd6Flags or StopDhclient)
        {
            // An interface that is gone has nothing left to remove or restore.
        }
        catch (Gone gone)
        {
            throw new SystemRefusal($"interface {Identity.IndexOf(gone.Index)}", Operation(), Errno.ENXIO, "ENXIO, it is gone");
        }

        string Subject() => change.Subject(NameNow);

        string Operation() => change.Operation(NameNow);

        string NameNow(int link) => link == Link.OfAggregate && aggregate == 0 ? "the lagg"
            : NameOf(link == Link.OfAggregate ? aggregate : link) ?? $"interface {Identity.IndexOf(link)}";
    }

    private IPrograms NeedPrograms(Change change) =>
        _programs ?? throw new SystemRefusal(
        change.Subject(link => NameOf(link) ?? $"interface {Identity.IndexOf(link)}"), change.Operation(_ => "it"), 0,
        "no programs can be run here");

    private void Run(string name, string operation, ImmutableArray<string> program)
    {
        ProgramResult result = (_programs ?? throw new SystemRefusal(name, operation, 0, "no programs can be run here"))
            .Run(program.AsSpan());
        if (result.Status != 0)
            throw new SystemRefusal(
                name, operation, 0, $"{string.Join(' ', program)}: {Clients.Words(result)}");
    }

    private void AwaitActive(CarriedBy carried, int aggregate)
    {
        int events = Events;
        long start = _clock.GetTimestamp();
        while (_clock.GetElapsedTime(start) < Patience && Missing(carried, aggregate) is not null
            && NameOf(carried.Port) is not null)
            _ = ReadEvent(events);
    }

    private void AwaitCarrier(int index)
    {
        int events = Events;
        long start = _clock.GetTimestamp();
        while (_clock.GetElapsedTime(start) < Patience
            && _sysctls.Interfaces().Interfaces.Find(entry => entry.Index == index)
                is { LinkState: not InterfaceEntry.LinkUp })
            _ = ReadEvent(events);
    }

    private void Leave(string port)
    {
        (List<InterfaceEntry> interfaces, _) = _sysctls.Interfaces();
        foreach (InterfaceEntry entry in interfaces)
            if (entry.Name != port && _lagg.Read(entry.Name) is { } state && state.Ports.Any(p => p.Name == port))
                _lagg.RemovePort(entry.Name, port);
    }

    private static Route Resolved(Route route, int aggregate) => route.Moved(Link.OfAggregate, aggregate);

    // FreeBSD's requests name the interface. Names may change at any time, so each is looked up just before use.
    private string Name(int link, int aggregate)
    {
        int index = link == Link.OfAggregate ? aggregate : link;
        return NameOf(index) ?? throw new Gone(index);
    }

    private string? NameOf(int identity) => _sysctls.Interfaces().Interfaces
        .Find(entry => entry.Index == Identity.IndexOf(identity) && Identity.Of(entry.Index, UnitOf(entry)) == identity)
        ?.Name;

    private string? Missing(Expectation expectation, int aggregate)
    {
        switch (expectation)
        {
            case CarriedBy carried:
                Snapshot links = ObserveLinks();
                Link? lagg = links.Find(Index(carried.Aggregate));
                int port = Index(carried.Port);
                return lagg?.Bond is null ? "the lagg is gone"
                    : !lagg.Carrier ? $"{lagg.Name} has no carrier"
                    : lagg.Bond.ActivePort != port
                        ? $"{lagg.Name} does not send through {links.Find(port)?.Name ?? $"interface {port}"}"
                    : null;
            case Holds holds:
                return MissingOf(holds.Configuration);
            default:
                throw new SystemRefusal("the network", "verify", 0, "this cannot be checked on FreeBSD");
        }

        int Index(int link) => link == Link.OfAggregate ? aggregate : link;

        string? MissingOf(Configuration wanted)
        {
            Snapshot now = ObserveLinks();
            foreach (Address address in wanted.Addresses)
                if (!now.Addresses.Any(have =>
                        have.Link == Index(address.Link) && have.Local.Equals(address.Local)
                        && have.PrefixLength == address.PrefixLength))
                    return $"address {address.Local}/{address.PrefixLength} is missing";
            List<Route> routes = wanted.Routes.IsEmpty ? [] : ReadRoutes(now);
            foreach (Route route in wanted.Routes)
                if (!routes.Contains(Resolved(route, aggregate)))
                    return $"route to {route.Destination}/{route.DestinationLength} is missing";
            return null;
        }
    }

    private sealed class Gone(int index) : Exception
    {
        public int Index => index;
    }
}
