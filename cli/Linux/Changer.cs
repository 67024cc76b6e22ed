using System.Collections.Immutable;
using System.Diagnostics;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Interop.Errno;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Applies changes in their order; consecutive netlink requests go in one batch where <see cref="Change.MayPrecede"/> allows
/// it.</summary>
/// <remarks>The kernel processes every message of a batch even after one has failed; the first refusal is thrown when all are done. So an
/// undo has to cover all changes of the batch.</remarks>
internal sealed class Changer(
    NetlinkSocket socket, Observer observer, Sysctls sysctls, Classifiers classifiers, AddressLists addressLists, Announcer announcer, OwnerChannel owners)
{
    // Whether this kernel needs a separate message to switch an interface off before it becomes a port: it applied IFLA_MASTER before the
    // flags (a4abfa627c38, in 6.1.7x, 6.6.x and 6.7.0; reverted by ec4ffd100ffb).
    private bool _apart;

    // The new bond is not in use yet, so waiting costs nothing.
    private static readonly TimeSpan s_udevPatience = TimeSpan.FromSeconds(10);

    private readonly Waits _waits = new(observer);
    private SystemRefusal? _first;

    /// <inheritdoc cref="IBackend.Apply"/>
    public void Apply(ImmutableArray<Change> changes, int aggregate, bool repeat)
    {
        _first = null;
        using Urgency? urgency = Interrupts(changes) ? Urgency.Begin() : null;
        List<Change> batch = [];
        string? created = null;
        long? learning = null;
        foreach (Change planned in changes)
        {
            if (batch.Count > 0 && !batch[^1].MayPrecede(planned))
                Send(batch, repeat);
            Change change = planned.WithIndexes(Real);
            if (!change.Equals(planned))
            {
                if (aggregate == 0 && created is not null)
                    aggregate = observer.Find(created)?.Index ?? 0;
                if (aggregate == 0)
                {
                    // Undo of a join whose aggregate was never created, or is gone together with everything on it.
                    if (repeat)
                        continue;
                    throw new SystemRefusal("the aggregate", planned.Operation(observer.NameOf), ENODEV);
                }
                change = planned.WithIndexes(Real);
            }
            if (repeat && NeedsLook(change))
            {
                Send(batch, repeat);
                if (IsMade(change, aggregate))
                    continue;
            }
            switch (change.Channel)
            {
                case Channel.Kernel:
                    batch.Add(change);
                    break;
                case Channel.NewInterface when change is CreateBond bond:
                    Create(bond, batch, repeat);
                    created = bond.Name;
                    break;
                case Channel.Setting when change is SetSysctl set:
                    Write(set, repeat);
                    break;
                case Channel.Classifier:
                    Redirect(change, repeat);
                    break;
                case Channel.Owner when change is OwnerChange owner:
                    Ask(owner, repeat);
                    break;
                case Channel.Driver when change is SetAddressList list:
                    if (observer.Find(list.Link) is { } listed)
                        addressLists.Set(list, listed);
                    break;
                case Channel.Driver when change is SetLargeReceive set:
                    if (observer.Find(set.Link) is { } large)
                        Features.Set(large.Name, Features.LargeReceive, set.On);
                    break;
                case Channel.Look:
                    Look(change, ref learning);
                    break;
                default:
                    throw new ArgumentException($"{change} cannot be applied on Linux", nameof(changes));
            }
        }
        Send(batch, repeat);
        if (_first is not null)
            throw _first;

        int Real(int index) => index == Link.OfAggregate ? aggregate : index;
    }

    // Adding or removing only a port interrupts nothing. Then ksoftirqd, an ordinary task, must get the processor to handle the packets of
    // the other ports.
    private static bool Interrupts(ImmutableArray<Change> changes) =>
        changes.Any(change => change is SetMaster) && changes.Any(change => change is AddAddress or RemoveAddress);

    private void Create(CreateBond bond, List<Change> batch, bool repeat)
    {
        using UdevEvents? udev = UdevEvents.TryListen();
        batch.Add(bond);
        Send(batch, repeat);
        WithoutIPv6(bond);
        // 99-systemd.rules makes udev run systemd-sysctl, which applies sysctl.d to the new interface. Wait for it, so that it does not
        // overwrite what is set later.
        if (observer.Find(bond.Name) is { } made)
            udev?.Await(made.Index, s_udevPatience);
    }

    private void Look(Change change, ref long? since)
    {
        switch (change)
        {
            case RemoveWhenLearned copy:
                since ??= Stopwatch.GetTimestamp();
                if (_waits.IsLearned(copy.Route, since.Value))
                    Send([new RemoveRoute(copy.Route)], repeat: true);
                break;
            case RemoveRelabelled relabelled:
                foreach (Address address in relabelled.Among(observer.Addresses()))
                    Send([new RemoveAddress(address)], repeat: true);
                break;
            case RemoveSecondDefault second:
                WithoutSecond(second.Link);
                break;
            case Wait wait:
                _waits.For(wait);
                break;
        }
    }

    /// <summary>Sends the batch and clears it.</summary>
    private void Send(List<Change> batch, bool repeat)
    {
        if (batch.Count == 0)
            return;
        ImmutableArray<Change> changes = [.. batch];
        batch.Clear();
        Ack[] acks = changes is [SetMaster { Down: true } port] ? [Enslave(port)] : Exchange(changes);
        for (int i = 0; i < changes.Length; i++)
        {
            if (acks[i].Errno != 0 && !IsThere(changes[i], acks[i].Errno) && !(repeat && CountsAsDone(changes[i], acks[i].Errno)))
                _first ??= Refusal(changes[i], acks[i]);
        }
        if (!repeat && _first is not null)
            throw _first;
    }

    private Ack Enslave(SetMaster port)
    {
        if (!_apart)
        {
            Ack ack = Exchange([port])[0];
            // A kernel that applies the flags first has switched the interface off by now, so EPERM has another cause, and switching it off
            // again would only prolong the outage.
            if (ack.Errno != EPERM || observer.Find(port.Link) is not { IsUp: true })
                return ack;
            _apart = true;
        }
        Ack[] acks = Exchange([new SetUp(port.Link, false), port with { Down = false }]);
        return acks[0].Errno != 0 ? acks[0] : acks[1];
    }

    /// <summary>Sends changes in one batch.</summary>
    /// <returns>One ack per change.</returns>
    private Ack[] Exchange(ImmutableArray<Change> changes)
    {
        var writer = new MessageWriter(new byte[256 * changes.Length]);
        foreach (Change change in changes)
            ChangeCodec.Write(ref writer, change);
        return socket.Send(writer.Written);
    }

    /// <summary>Stops the kernel from generating IPv6 addresses on a new bond.</summary>
    /// <remarks>Not part of the batch that creates the bond: if that fails because the name is taken, this would change a foreign
    /// interface.</remarks>
    private void WithoutIPv6(CreateBond bond)
    {
        if (observer.Find(bond.Name) is not { } link)
            return;
        var writer = new MessageWriter(stackalloc byte[64]);
        LinkRequests.WriteAddressGeneration(ref writer, link.Index, IN6_ADDR_GEN_MODE_NONE);
        Ack ack = socket.Send(writer.Written)[0];
        // A host without IPv6 has no such setting and needs none.
        if (ack.Errno is not (0 or EAFNOSUPPORT))
            throw new SystemRefusal(bond.Name, "switch off its own IPv6 addresses", ack.Errno, ack.Words);
    }

    private void Write(SetSysctl set, bool repeat)
    {
        string? name = set.Sysctl.Link == 0 ? "default" : observer.Find(set.Sysctl.Link)?.Name;
        if (name is null && repeat)
            return;
        try
        {
            sysctls.Write(name ?? $"interface {set.Sysctl.Link}", set.Sysctl);
        }
        catch (SystemRefusal refusal) when (repeat)
        {
            _first ??= refusal;
        }
    }

    /// <summary>Changes a filter or the map of a redirect.</summary>
    private void Redirect(Change change, bool repeat)
    {
        SystemRefusal? refusal = null;
        try
        {
            Ack ack = change switch
            {
                AttachEgress attach => classifiers.Attach(attach),
                AttachIngress attach => classifiers.Attach(attach),
                DetachFilters detach => classifiers.Detach(detach),
                RemoveClsact remove => classifiers.HasAny(remove.Link) ? new Ack(0, null) : Exchange([remove])[0],
                SwitchPath path => classifiers.Switch(path),
                _ => throw new ArgumentException($"{change} is not a change of a redirect", nameof(change)),
            };
            if (ack.Errno != 0 && !(repeat && CountsAsDone(change, ack.Errno)))
                refusal = Refusal(change, ack);
            else if (change is SwitchPath { Synthetic: var synthetic })
                announcer.Announce(synthetic);
        }
        catch (SystemRefusal bpf)
        {
            refusal = Refusal(change, new Ack(bpf.Errno, bpf.Words));
        }
        if (refusal is null)
            return;
        if (!repeat)
            throw refusal;
        _first ??= refusal;
    }

    private void WithoutSecond(int link)
    {
        List<Change> second = [];
        Waits.ForIPv6Routes(() =>
        {
            List<Route> routes = observer.Routes(new RouteFilter([link], []));
            foreach (Route route in routes)
            {
                if (Advertised.Is(route) && routes.Exists(other => other.Metric < route.Metric && other.IsIPv6
                    && other.DestinationLength == 0 && other.Legs.SequenceEqual(route.Legs)))
                    second.Add(new RemoveRoute(route));
            }
            return second.Count > 0;
        });
        Send(second, repeat: true);
    }

    private void WithoutAddresses(int link)
    {
        List<Change> all = [];
        foreach (Address address in observer.Addresses())
        {
            if (address.Link == link)
                all.Add(new RemoveAddress(address));
        }
        Send(all, repeat: true);
    }

    private void Ask(OwnerChange change, bool repeat)
    {
        try
        {
            if (owners(change, index => observer.Find(index)?.Name, repeat) is not 0 and var link)
                WithoutAddresses(link);
        }
        catch (SystemRefusal refusal) when (repeat)
        {
            _first ??= refusal;
        }
    }

    /// <summary>Whether repeating a change that has already been made could do harm.</summary>
    private static bool NeedsLook(Change change) => change switch
    {
        // It would switch off an interface that is already a port, or remove a port from a bond that another program has created meanwhile.
        SetMaster => true,
        // The kernel refuses to rename an interface that is on, even to its current name (dev_change_name, until Linux 6.2).
        SetName => true,
        // To the kernel metric 0 means any metric (fib_table_delete): it would remove the next best IPv4 route.
        RemoveRoute { Route: { Metric: 0, IsIPv6: false } } => true,
        _ => false,
    };

    private bool IsMade(Change change, int aggregate)
    {
        switch (change)
        {
            case SetMaster { Master: 0 } set:
                return observer.Find(set.Link)?.Master != aggregate;
            case SetMaster set:
                return observer.Find(set.Link)?.Master == set.Master;
            case SetName set:
                return observer.Find(set.Link)?.Name == set.Name;
            case RemoveRoute remove:
                Route route = remove.Route;
                List<NextHop> hops = route.NextHopId == 0 ? [] : [new NextHop { Id = route.NextHopId, Link = -1 }];
                List<int> asked = [];
                foreach (RouteLeg leg in route.Legs)
                    asked.Add(leg.Link);
                foreach (NextHop hop in hops)
                    asked.Add(hop.Link);
                int[] links = [.. asked];
                // A route without a device (blackhole) cannot be looked up by its device.
                return links.Length > 0 && !observer.Routes(new RouteFilter(links, hops)).Contains(route);
            default:
                return false;
        }
    }

    /// <summary>Whether an error means that the wanted state already exists. EEXIST with NLM_F_APPEND: the same route is there; one clsact
    /// is as good as another; the kernel may just have made the address from a router advertisement. EADDRNOTAVAIL and ESRCH: an owner has
    /// already removed its address or route from a synthetic NIC that went down.</summary>
    private static bool IsThere(Change change, int errno) =>
        errno == EADDRNOTAVAIL && change is RemoveAddress || errno == ESRCH && change is RemoveRoute
        || errno == EEXIST && (change is AddRoute { Place: RoutePlace.Behind } or AddClsact
            || change is AddAddress add && Advertised.Is(add.Address));

    /// <summary>Whether the error of a repeated change means that it has already been made.</summary>
    private static bool CountsAsDone(Change change, int errno) => change switch
    {
        CreateBond or AddAltName or AddAddress or AddRoute or AddRule when errno == EEXIST => true,
        // An interface that is gone needs no setting.
        DeleteLink or SetUp or SetMaster or SetMtu or SetAlias or SetName or SetPrimary or SetAllPortsActive or PutNeighbour
            or SetAllMulticast or SetPromiscuous or SetAddressGeneration or SetToken
            or AddClsact or AttachEgress or AttachIngress => errno == ENODEV,
        // Without a redirect there is no map to clear.
        SwitchPath { Vf: 0 } => errno == ENOENT,
        RemoveClsact => errno is ENODEV or ENOENT or EINVAL,
        // The name now belongs to another interface.
        RemoveAltName when errno == EINVAL => true,
        // The next-hop object is gone, and so are its routes.
        RemoveRoute { Route.NextHopId: not 0 } when errno == EINVAL => true,
        RemoveAltName or RemoveAddress or RemoveRoute or RemoveRule or RemoveNeighbour =>
            errno is ENODEV or ENOENT or ESRCH or EADDRNOTAVAIL or ENXIO,
        _ => false,
    };

    private SystemRefusal Refusal(Change change, Ack ack)
    {
        string? advice = (change, ack.Errno) switch
        {
            (CreateBond, EOPNOTSUPP) => "install the kernel module bonding",
            (CreateBond, EEXIST) => "choose another name for the aggregate",
            (AddClsact, _) => "the kernel module sch_ingress is needed; join = \"bond\" works without it",
            (AttachEgress or AttachIngress, ENOENT) =>
                "the kernel module cls_bpf is needed; join = \"bond\" works without it",
            (AttachEgress or AttachIngress, _) => "the kernel rejects the BPF program; join = \"bond\" works without it",
            _ => null,
        };
        return new SystemRefusal(
            change.Subject(observer.NameOf), change.Operation(observer.NameOf), ack.Errno, ack.Words, advice);
    }
}
