using System.Collections.Immutable;
using System.Diagnostics;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux.Netlink;
using HypervVfattach.Linux.Owners;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Makes changes: consecutive netlink requests in one batch as far as they allow (<see cref="Batch"/>), settings
/// in their order between.</summary>
/// <remarks>An error does not stop a batch: the kernel tries each message, and the first refusal is thrown when all
/// have been tried. Whoever undoes sends the undo of all of them.</remarks>
internal sealed class Changer(NetlinkSocket socket, Observer observer, Sysctls sysctls, Classifiers classifiers)
{
    // Whether this kernel wants an interface switched off in a message of its own before it becomes a port: it applied
    // IFLA_MASTER before the flags (a4abfa627c38, in 6.1.7x, 6.6.x and 6.7.0; reverted by ec4ffd100ffb).
    private bool _apart;

    // Nothing is in use of the bond yet, so that to wait costs nothing.
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
                    // Undo of a join whose aggregate was never made, or is gone with all that was on it.
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
                case Channel.Look:
                    Look(change, ref learning);
                    break;
                default:
                    throw new ArgumentException($"{change} is not made on Linux", nameof(changes));
            }
        }
        Send(batch, repeat);
        if (_first is not null)
            throw _first;

        int Real(int index) => index == Link.OfAggregate ? aggregate : index;
    }

    // A port that only comes or goes interrupts nothing; there ksoftirqd, an ordinary task, must get the processor for the
    // packets of the others.
    private static bool Interrupts(ImmutableArray<Change> changes) =>
        changes.Any(change => change is SetMaster) && changes.Any(change => change is AddAddress or RemoveAddress);

    private void Create(CreateBond bond, List<Change> batch, bool repeat)
    {
        using UdevEvents? udev = UdevEvents.TryListen();
        batch.Add(bond);
        Send(batch, repeat);
        WithoutIPv6(bond);
        // udev's rules have systemd-sysctl set what sysctl.d says of all interfaces (99-systemd.rules): before what is set here.
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

    /// <summary>Sends what has gathered, and forgets it.</summary>
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
            // Where the flags come first, the interface is off by now and this is a refusal for another reason: to switch
            // it off once more would only make its silence longer.
            if (ack.Errno != EPERM || observer.Find(port.Link) is not { IsUp: true })
                return ack;
            _apart = true;
        }
        Ack[] acks = Exchange([new SetUp(port.Link, false), port with { Down = false }]);
        return acks[0].Errno != 0 ? acks[0] : acks[1];
    }

    /// <summary>Sends changes in one batch.</summary>
    /// <returns>One ack a change.</returns>
    private Ack[] Exchange(ImmutableArray<Change> changes)
    {
        var writer = new MessageWriter(new byte[256 * changes.Length]);
        foreach (Change change in changes)
            ChangeCodec.Write(ref writer, change);
        return socket.Send(writer.Written);
    }

    /// <summary>Keeps the kernel from giving a new bond addresses.</summary>
    /// <remarks>Not in the batch that creates it: refused because the name is taken, it would change an interface that is
    /// not ours.</remarks>
    private void WithoutIPv6(CreateBond bond)
    {
        if (observer.Find(bond.Name) is not { } link)
            return;
        var writer = new MessageWriter(stackalloc byte[64]);
        LinkRequests.WriteAddressGeneration(ref writer, link.Index, IN6_ADDR_GEN_MODE_NONE);
        Ack ack = socket.Send(writer.Written)[0];
        // A bond on a host without IPv6 has no IPv6 setting, and needs none.
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

    /// <summary>Makes a change that needs more than a netlink request of its own.</summary>
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
                _ => throw new ArgumentException($"{change} is not made here", nameof(change)),
            };
            if (ack.Errno != 0 && !(repeat && CountsAsDone(change, ack.Errno)))
                refusal = Refusal(change, ack);
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
            if (OwnerChanger.Make(change, observer, repeat) is not 0 and var link)
                WithoutAddresses(link);
        }
        catch (SystemRefusal refusal) when (repeat)
        {
            _first ??= refusal;
        }
    }

    /// <summary>Whether a repeated change could do harm where it has been made already.</summary>
    private static bool NeedsLook(Change change) => change switch
    {
        // It would switch off a port that is one already, or take a port out of a bond that somebody has made meanwhile.
        SetMaster => true,
        // Of an interface that is on, not even its own name is accepted (dev_change_name, until Linux 6.2).
        SetName => true,
        // Metric 0 means any metric to the kernel (fib_table_delete): it would take the next best IPv4 route.
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
                // A route without a device (blackhole) cannot be looked up by it.
                return links.Length > 0 && !observer.Routes(new RouteFilter(links, hops)).Contains(route);
            default:
                return false;
        }
    }

    /// <summary>Whether an error means that exactly this is there: what NLM_F_APPEND means by EEXIST for a route; a clsact
    /// is as good as another; an address may be one that the kernel itself has made from an advertisement just
    /// now. Nor is it a failure that an owner was quicker to take its address away from a synthetic that went down.</summary>
    private static bool IsThere(Change change, int errno) =>
        errno == EADDRNOTAVAIL && change is RemoveAddress || errno == ESRCH && change is RemoveRoute
        || errno == EEXIST && (change is AddRoute { Place: RoutePlace.Behind } or AddClsact
            || change is AddAddress add && Advertised.Is(add.Address));

    /// <summary>Whether an error means that a change has been made already.</summary>
    private static bool CountsAsDone(Change change, int errno) => change switch
    {
        CreateBond or AddAltName or AddAddress or AddRoute or AddRule when errno == EEXIST => true,
        // An interface that is gone needs no setting.
        DeleteLink or SetUp or SetMaster or SetMtu or SetName or SetPrimary or SetAllPortsActive or PutNeighbour
            or SetAllMulticast or SetPromiscuous or SetAddressGeneration or SetToken
            or AddClsact or AttachEgress or AttachIngress => errno == ENODEV,
        // Of a redirect that is not there, the map is as good as empty.
        SwitchPath { Vf: 0 } => errno == ENOENT,
        RemoveClsact => errno is ENODEV or ENOENT or EINVAL,
        // The name belongs to another interface by now.
        RemoveAltName when errno == EINVAL => true,
        // The next-hop object is gone, and its routes with it.
        RemoveRoute { Route.NextHopId: not 0 } when errno == EINVAL => true,
        RemoveAltName or RemoveAddress or RemoveRoute or RemoveRule or RemoveNeighbour =>
            errno is ENODEV or ENOENT or ESRCH or EADDRNOTAVAIL or ENXIO,
        _ => false,
    };

    private SystemRefusal Refusal(Change change, Ack ack)
    {
        string? advice = (change, ack.Errno) switch
        {
            (CreateBond, EOPNOTSUPP) => "the kernel's module bonding is needed",
            (CreateBond, EEXIST) => "choose another name for the aggregate",
            (AddClsact, _) => "the kernel's module sch_ingress is needed; join = \"bond\" does without",
            (AttachEgress or AttachIngress, ENOENT) =>
                "the kernel's module cls_bpf is needed; join = \"bond\" does without",
            (AttachEgress or AttachIngress, _) => "the kernel does not take the program; join = \"bond\" does without",
            _ => null,
        };
        return new SystemRefusal(
            change.Subject(observer.NameOf), change.Operation(observer.NameOf), ack.Errno, ack.Words, advice);
    }
}
