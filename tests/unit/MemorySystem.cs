using Shouldly;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Tests.Unit;

/// <summary>The process was killed at this instruction. Only a test may catch this.</summary>
public sealed class KilledException : Exception;

/// <summary>A simulated system: enough of a kernel to be changed, to refuse changes, and to be compared.</summary>
internal sealed class MemorySystem : IBackend
{
    private const int NotThere = 19; // ENODEV
    private const int Exists = 17; // EEXIST
    private const int Busy = 16; // EBUSY
    private const int Unreachable = 101; // ENETUNREACH
    private readonly Queue<Action<MemorySystem>> _events = new();
    private int _nextIndex;

    public Snapshot Now { get; set; } = new();

    /// <summary>Changes tried so far, without those of an undo.</summary>
    public int Changes { get; private set; }

    /// <summary>Refuses the change with this number.</summary>
    public int? RefuseAt { get; set; }

    /// <summary>Always refuses these changes, those of an undo too.</summary>
    public Func<Change, bool> Refuses { get; set; } = _ => false;

    /// <summary>Expectations that do not come true.</summary>
    public Func<Expectation, bool> Disappoints { get; set; } = _ => false;

    /// <summary>Whether every observation of the interfaces fails.</summary>
    public bool IsBlind { get; set; }

    /// <summary>Moments so far at which the process could be killed: before and after every change, observation and expectation.</summary>
    public int Moments { get; private set; }

    /// <summary>Kills the process at the moment with this number.</summary>
    public int? KillAt { get; set; }

    /// <summary>Number of complete observations.</summary>
    public int Looks { get; private set; }

    /// <summary>Adds an event that happens during a wait for a link change, one per wait.</summary>
    public void Later(Action<MemorySystem> change) => _events.Enqueue(change);

    /// <summary>What the drivers tell, by the index of the NIC.</summary>
    public Dictionary<int, NicFacts> Drivers { get; } = [];

    /// <summary>The NICs whose drivers were asked.</summary>
    public List<string> AskedDrivers { get; } = [];

    public NicFacts Facts(Link nic)
    {
        AskedDrivers.Add(nic.Name);
        return Drivers.GetValueOrDefault(nic.Index, NicFacts.Unknown);
    }

    /// <summary>Called with the duration of each wait without an event.</summary>
    public Action<TimeSpan> Sleeps { get; set; } = _ => { };

    /// <summary>Called before each observation of the interfaces.</summary>
    public Action BeforeLook { get; set; } = () => { };

    /// <summary>Whether the network lock is held, so that nothing but sysfs can be read.</summary>
    public bool IsLocked { get; set; }

    public Snapshot? ObserveUnlocked() => !IsLocked ? null
        : new Snapshot { Links = [.. Now.Links.Where(link => link.Device is not null)], Kernel = Now.Kernel, DpdkSynthetics = Now.DpdkSynthetics };

    public Snapshot ObserveLinks()
    {
        IsLocked.ShouldBeFalse("it would wait for the network lock");
        BeforeLook();
        Moment();
        if (IsBlind)
            throw new SystemRefusal("rtnetlink", "read links", 105);
        return new Snapshot
        {
            Links = Now.Links, Addresses = Now.Addresses, Kernel = Now.Kernel, DpdkSynthetics = Now.DpdkSynthetics,
            Classifiers = Now.Classifiers, Redirects = Now.Redirects,
        };
    }

    public Snapshot ObserveNics()
    {
        Snapshot all = ObserveLinks();
        List<Link> found = [.. all.Links.Where(link => link.Device is not null)];
        for (int i = 0; i < found.Count; i++)
            found.AddRange(all.Links.Where(link => (link.Underlays.Contains(found[i].Index) || link.Index == found[i].Master) && !found.Contains(link)));
        return all with { Links = [.. found], Addresses = [.. all.Addresses.Where(address => found.Exists(link => link.Index == address.Link))] };
    }

    public Snapshot Complete(Snapshot snapshot, params ReadOnlySpan<int> links)
    {
        Moment();
        Looks++;
        return Now with { Links = snapshot.Links, Joins = snapshot.Joins, Claims = snapshot.Claims };
    }

    /// <summary>The addresses that answer a probe; null if the test does not use probes.</summary>
    public IReadOnlySet<string>? Answering { get; set; }

    /// <summary>The probed addresses.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Whether no interface takes an address into its list.</summary>
    public bool RefusesAddresses { get; set; }

    /// <summary>The tests of <see cref="IBackend.Receives"/>, and their answer.</summary>
    public List<string> Tested { get; } = [];

    /// <inheritdoc cref="Tested"/>
    public bool Delivers { get; set; }

    public bool Receives(int link, HardwareAddress group, int from)
    {
        Tested.Add($"{Now.Find(link)!.Name} {group} {Now.Find(from)!.Name}");
        return Delivers;
    }

    /// <summary>Whether a neighbour answers through the interface with this index.</summary>
    public Func<int, string, bool> Paths { get; set; } = (_, _) => false;

    /// <summary>The interface where the answer arrives to a question through another one.</summary>
    public Func<int, int> Ear { get; set; } = through => through;

    private readonly List<int> _asks = [];

    /// <summary>The interface that sent the last question.</summary>
    public int LastAsked => _asks[^1];

    /// <summary>How often neighbours were asked through an interface.</summary>
    public int Asks(int through) => _asks.Count(it => it == through);

    /// <summary>The neighbours that were asked through an interface.</summary>
    public HashSet<string> AskedPaths { get; } = [];

    public ImmutableArray<IPAddress> AskThrough(int through, int other, bool isPast, ImmutableArray<PathQuestion> questions)
    {
        _asks.Add(through);
        AskedPaths.UnionWith(questions.Select(question => $"{question.Target} {through}"));
        ImmutableArray<IPAddress> answered = [.. questions.Select(question => question.Target)
            .Where(target => Now.Find(through) is not null && (Ear(through) == through || Ear(through) == other) && Paths(through, target.ToString()))];
        if (answered.Length < questions.Length)
            Sleeps(TimeSpan.FromSeconds(1));
        return answered;
    }

    /// <summary>The interfaces that were announced.</summary>
    public List<int> Announced { get; } = [];

    public void Announce(int link) => Announced.Add(link);

    /// <summary>How long each question was allowed to take.</summary>
    public List<TimeSpan> Patience { get; } = [];

    public void Ask(int link, ImmutableArray<Neighbour> neighbours, TimeSpan patience)
    {
        Moment();
        Patience.Add(patience);
        Asked.AddRange(neighbours.Select(neighbour => $"{neighbour.Destination} {Now.Find(link)!.Name}"));
        if (Answering is not { } answering)
            return;
        foreach (Neighbour neighbour in neighbours)
        {
            bool answers = answering.Contains(neighbour.Destination.ToString());
            Now = Now with
            {
                Neighbours = Without(neighbour with { Link = link }).Add(neighbour with
                {
                    Link = link, State = answers ? NeighbourState.Reachable : NeighbourState.Failed,
                    Address = answers ? new HardwareAddress("02:00:00:00:00:99") : default,
                }),
            };
        }
    }

    public void Expect(Expectation expectation, int aggregate)
    {
        Moment();
        if (Disappoints(expectation))
            throw new SystemRefusal("expectation", expectation.GetType().Name, 110);
    }

    public bool WaitForLinkChange(TimeSpan timeout)
    {
        if (_events.TryDequeue(out Action<MemorySystem>? change))
        {
            change(this);
            return true;
        }
        Sleeps(timeout);
        return false;
    }

    /// <summary>The state just before the first refusal.</summary>
    public string? BeforeRefusal { get; private set; }

    /// <summary>The state when the first refusal was reported: the rest of its batch had been executed.</summary>
    public string? AtRefusal { get; private set; }

    /// <remarks>As in the kernel, each message of a batch is tried, whatever the result of those before it, and refusals are known when all
    /// have been tried. Only what is sent later can be held back.</remarks>
    public void Apply(ImmutableArray<Change> changes, int aggregate, bool repeat)
    {
        SystemRefusal? first = null;
        for (int i = 0; i < changes.Length; i++)
        {
            Change change = changes[i];
            Moment();
            try
            {
                if (Refuses(change) || (!repeat && Changes++ == RefuseAt))
                    Refuse(change, aggregate, repeat);
                Make(change, aggregate, repeat);
            }
            catch (SystemRefusal refusal)
            {
                first ??= refusal;
            }
            Moment();
            if (first is not null && !repeat && !(i + 1 < changes.Length && change.MayPrecede(changes[i + 1])))
                break;
        }
        if (first is null)
            return;
        AtRefusal ??= Describe();
        throw first;
    }

    private void Refuse(Change change, int aggregate, bool repeat)
    {
        BeforeRefusal ??= Describe();
        // do_setlink has switched the port off by the time that its new master refuses it.
        if (change is SetMaster { Down: true } port && Now.Find(port.Link) is not null)
            Make(new SetUp(port.Link, false), aggregate, repeat);
        throw new SystemRefusal("memory", change.GetType().Name, 1);
    }

    /// <summary>The whole state as text, with names instead of indexes, because a link that is created again gets a new index.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        foreach (Link link in Now.Links.OrderBy(link => link.Name, StringComparer.Ordinal))
            text.Append($"link {link.Name} {link.Address} up={link.IsUp} ")
                .Append(link.Flags.HasFlag(LinkFlags.AllMulticast) ? "allmulti " : "")
                .Append(link.Flags.HasFlag(LinkFlags.Promiscuous) ? "promisc " : "")
                .Append(link.Alias is { } alias ? $"alias=\"{alias}\" " : "")
                .Append(link.Offloads.Contains("rx-lro") ? "lro " : "")
                .Append(string.Concat(link.MulticastAddresses.Concat(link.UnicastAddresses).Select(address => $"+{address} ")))
                .Append($"master={NameOf(link.Master)} mtu={link.Mtu} ")
                .Append($"alt={string.Join(',', link.AltNames.Order(StringComparer.Ordinal))} ")
                .AppendLine($"primary={NameOf(link.Bond?.Primary ?? 0)}");
        IEnumerable<string> lines =
        [
            .. Now.Addresses.Select(a => $"address {NameOf(a.Link)} {a.Local}/{a.PrefixLength} {a.Flags}"),
            // Their order decides which of them the kernel uses as a source.
            .. Now.Addresses.Where(a => !a.IsIPv6).GroupBy(a => a.Link)
                .Select(link => $"order {NameOf(link.Key)} {string.Join(' ', link.Select(a => a.Local))}"),
            .. Now.Routes.Select(r => $"route {r.Destination}/{r.DestinationLength} table {r.Table} metric {r.Metric} via "
                + string.Join(' ', r.Legs.Select(leg => $"{leg.Gateway} {NameOf(leg.Link)}"))),
            .. Now.Rules.Select(r => $"rule {r.Priority} {r.InputName} {r.OutputName} {r.Table}"),
            .. Now.Neighbours.Select(n => $"neighbour {NameOf(n.Link)} {n.Destination} {n.Address} {n.State}"),
            .. Now.NextHops.Select(n => $"nexthop {n.Id} {n.Gateway} {NameOf(n.Link)}"),
            .. Now.Classifiers.Select(c => $"classifier {NameOf(c.Link)} {c.Hook} {c.Kind} {c.Name}"),
            .. Now.Redirects.Select(r => $"redirect {NameOf(r.Synthetic)} {NameOf(r.Vf ?? 0)}"),
            .. Now.Sysctls.Select(s => $"sysctl {NameOf(s.Link)} {s.Tree} {s.Name} {s.Value}"),
        ];
        foreach (string line in lines.Order(StringComparer.Ordinal))
            text.AppendLine(line);
        return text.ToString();
    }

    /// <summary>The same system for another process.</summary>
    public MemorySystem Reborn() => new() { Now = Now, _nextIndex = _nextIndex };

    /// <summary>Removes a link, as the host or a person does.</summary>
    public void Remove(int index) => Make(new DeleteLink(index), 0, repeat: true);

    /// <summary>Changes a link as the kernel or another program does.</summary>
    public void Set(int index, Func<Link, Link> change) =>
        Now = Now with { Links = [.. Now.Links.Select(link => link.Index == index ? change(link) : link)] };

    private void Moment()
    {
        if (Moments++ == KillAt)
            throw new KilledException();
    }

    private void PutSysctl(Sysctl sysctl) => Now = Now with
    {
        Sysctls = Now.Sysctls.RemoveAll(s => (s.Link, s.Tree, s.Name) == (sysctl.Link, sysctl.Tree, sysctl.Name)).Add(sysctl),
    };

    private string NameOf(int index) => index == 0 ? "-" : Now.Find(index)?.Name ?? $"#{index}";

    // inetdev_changename, net/ipv4/devinet.c.
    private void Relabel(Link link, string name)
    {
        int number = 0;
        Now = Now with
        {
            Addresses = [.. Now.Addresses.Select(address =>
            {
                if (address.Link != link.Index || address.IsIPv6)
                    return address;
                string? label = address.Label;
                string suffix = ++number == 1 ? "" : label is not null && label.Contains(':') ? label[label.IndexOf(':')..] : $":{number}";
                return address with { Label = name + suffix };
            })],
        };
    }

    private void Make(Change change, int aggregate, bool repeat)
    {
        int Real(int index) => index != Link.OfAggregate ? index
            : aggregate > 0 ? aggregate : throw new InvalidOperationException($"{change}: there is no aggregate");
        Link There(int index) => Now.Find(Real(index)) ?? throw new SystemRefusal($"#{index}", "find", NotThere);
        // Undo of a join whose aggregate was never created.
        if (repeat && aggregate == 0 && !change.Equals(change.WithIndexes(index => index == Link.OfAggregate ? 0 : index)))
            return;
        void Put(Link link) => Set(link.Index, _ => link);
        void Flag(int index, LinkFlags flag, bool on)
        {
            if (!Missing(index))
                Put(There(index) with { Flags = on ? There(index).Flags | flag : There(index).Flags & ~flag });
        }
        void Attach(int index, Hook hook)
        {
            if (Missing(index))
                return;
            if (!Now.Classifiers.Any(c => c.Link == There(index).Index && c.Hook == Hook.Discipline))
                throw new SystemRefusal(There(index).Name, "attach", 2);
            Now = Now with
            {
                Classifiers = Now.Classifiers.RemoveAll(c => c.Link == index && c.Hook == hook && c.IsOurs)
                    .Add(new Classifier(index, hook, "bpf", 0xffff, Classifier.OurName)),
            };
        }
        bool Missing(int index) => repeat && Now.Find(Real(index)) is null;

        switch (change)
        {
            case CreateBond it:
                if (Now.Find(it.Name) is { } same)
                {
                    if (!repeat || same.Address != it.Address)
                        throw new SystemRefusal(it.Name, "create", Exists);
                    return;
                }
                _nextIndex = Math.Max(_nextIndex, Now.Links.Select(link => link.Index).DefaultIfEmpty().Max()) + 1;
                Now = Now with
                {
                    Links = Now.Links.Add(new Link
                    {
                        Index = _nextIndex, Name = it.Name, Address = it.Address, Mtu = it.Attributes.Mtu, Kind = "bond",
                        Flags = LinkFlags.Master, Bond = new BondState(1, 0, 0),
                    }),
                    Sysctls = Now.Sysctls.Add(new Sysctl(_nextIndex, "ipv4/conf", "rp_filter", "0")),
                };
                return;
            case DeleteLink it:
                if (Missing(it.Link))
                    return;
                Link gone = There(it.Link);
                Lose(gone.Index, all: true);
                Now = Now with
                {
                    Links = [.. Now.Links.Where(link => link != gone)
                        .Select(link => link.Master == gone.Index ? Closed(link with { Master = 0 }) : link)
                        .Select(link => link.Bond?.Primary == gone.Index
                            ? link with { Bond = new BondState(1, 0, 0) } : link)],
                };
                return;
            case SetUp it:
                if (Missing(it.Link) && !it.Up)
                    return;
                Link to = There(it.Link);
                Put(it.Up ? to with { Flags = to.Flags | LinkFlags.Up } : Closed(to));
                return;
            case SetMaster it:
                if (Missing(it.Link) && it.Master == 0)
                    return;
                Link port = There(it.Link);
                int master = it.Master == 0 ? 0 : There(it.Master).Index;
                if (port.Master == master)
                    return;
                if (master != 0 && port.IsUp && !it.Down)
                    throw new SystemRefusal(port.Name, "set master", Busy);
                // Bonding switches its ports on, and off when it releases them.
                int former = port.Master;
                port = Closed(port) with { Master = master };
                Put(master == 0 ? port : port with { Flags = port.Flags | LinkFlags.Up });
                foreach (Link bond in Now.Links.Where(link => link.Index == former || link.Index == master).ToArray())
                {
                    Link[] ports = [.. Now.Links.Where(link => link.Master == bond.Index)];
                    BondState state = bond.Bond ?? new BondState(1, 0, 0);
                    if (!ports.Any(link => link.Index == state.ActivePort))
                        state = state with { ActivePort = ports.FirstOrDefault()?.Index ?? 0 };
                    Put(bond with { Bond = state, Carrier = state.ActivePort != 0 });
                }
                return;
            case SetMtu it:
                if (!Missing(it.Link))
                    Put(There(it.Link) with { Mtu = it.Mtu });
                return;
            case SetAlias it:
                if (!Missing(it.Link))
                    Put(There(it.Link) with { Alias = it.Alias.Length > 0 ? it.Alias : null });
                return;
            case SetName it:
                if (Now.Find(it.Name) is { } holder && holder.Index != Real(it.Link))
                    throw new SystemRefusal(it.Name, "rename", Exists);
                if (There(it.Link).Name == it.Name && repeat)
                    return;
                // dev_change_name, until Linux 6.2.
                if (There(it.Link).IsUp)
                    throw new SystemRefusal(it.Name, "rename", Busy);
                Relabel(There(it.Link), it.Name);
                Put(There(it.Link) with { Name = it.Name });
                return;
            case RemoveRelabelled it:
                foreach (Address relabelled in ((RemoveRelabelled)it.WithIndexes(Real)).Among(Now.Addresses))
                    Make(new RemoveAddress(relabelled), aggregate, repeat: true);
                return;
            case SetPrimary it:
                if (Missing(it.Bond))
                    return;
                Put(There(it.Bond) with { Bond = new BondState(1, it.Port, it.Port) });
                return;
            case AddAltName it:
                if (Now.Find(it.Name) is { } other && !(repeat && other.Index == Real(it.Link)))
                    throw new SystemRefusal(it.Name, "add", Exists);
                if (!There(it.Link).AltNames.Contains(it.Name))
                    Put(There(it.Link) with { AltNames = There(it.Link).AltNames.Add(it.Name) });
                return;
            case RemoveAltName it:
                if (Missing(it.Link))
                    return;
                if (!repeat && !There(it.Link).AltNames.Contains(it.Name))
                    throw new SystemRefusal(it.Name, "remove", NotThere);
                Put(There(it.Link) with { AltNames = There(it.Link).AltNames.Remove(it.Name) });
                return;
            case SetAddressGeneration it:
                if (!Missing(it.Link))
                    PutSysctl(new Sysctl(There(it.Link).Index, "ipv6/conf", "addr_gen_mode", $"{it.Mode}"));
                return;
            case SetToken it:
                if (!Missing(it.Link))
                    Put(There(it.Link) with { Token = it.Token.Equals(IPAddress.IPv6Any) ? null : it.Token });
                return;
            case SetAllMulticast it:
                Flag(it.Link, LinkFlags.AllMulticast, it.On);
                return;
            case SetPromiscuous it:
                Flag(it.Link, LinkFlags.Promiscuous, it.On);
                return;
            case AddClsact it:
                if (!Missing(it.Link) && !Now.Classifiers.Any(c => c.Link == There(it.Link).Index && c.Hook == Hook.Discipline))
                    Now = Now with { Classifiers = Now.Classifiers.Add(new Classifier(it.Link, Hook.Discipline, "clsact")) };
                return;
            case RemoveClsact it:
                if (!Now.Classifiers.Any(c => c.Link == it.Link && c.Hook != Hook.Discipline))
                    Now = Now with { Classifiers = Now.Classifiers.RemoveAll(c => c.Link == it.Link) };
                return;
            case AttachEgress it:
                Attach(it.Link, Hook.Ingress);
                Attach(it.Link, Hook.Egress);
                Now = Now with
                {
                    Redirects = Now.Redirects.RemoveAll(r => r.Synthetic == it.Link).Add(new Redirect(it.Link, 0)),
                };
                return;
            case AttachIngress it:
                Attach(it.Link, Hook.Ingress);
                return;
            case DetachFilters it:
                Now = Now with
                {
                    Classifiers = Now.Classifiers.RemoveAll(c => c.Link == it.Link && c.IsOurs),
                    Redirects = Now.Redirects.RemoveAll(r => r.Synthetic == it.Link),
                };
                return;
            case SwitchPath it:
                if (!Now.Redirects.Any(r => r.Synthetic == it.Synthetic))
                {
                    if (repeat && it.Vf == 0)
                        return;
                    throw new SystemRefusal("map", "write", 2);
                }
                Now = Now with
                {
                    Redirects = [.. Now.Redirects.Select(r =>
                        r.Synthetic == it.Synthetic ? r with { Vf = it.Vf == 0 ? 0 : There(it.Vf).Index } : r)],
                };
                return;
            case SetAddressList it:
                if (Now.Find(it.Link) is not { } listening || RefusesAddresses)
                    return;
                Link? like = Now.Find(it.Source);
                ILookup<bool, string> listed = it.Addresses.ToLookup(address => (new HardwareAddress(address).ToBytes()[0] & 1) != 0);
                ImmutableArray<string> groups = like?.Groups ?? [.. listed[true]];
                // Each is counted, so one of its own stays.
                string[] own = [.. listening.Groups.Except(listening.MulticastAddresses)];
                Put(listening with
                {
                    Groups = [.. own.Union(groups)], MulticastAddresses = [.. groups.Except(own)],
                    UnicastAddresses = like?.UnicastAddresses ?? [.. listed[false]],
                });
                return;
            case SetLargeReceive it:
                if (Now.Find(it.Link) is { } joining)
                    Put(joining with { Offloads = it.On ? joining.Offloads.Add("rx-lro") : joining.Offloads.Remove("rx-lro") });
                return;
            case SetAllPortsActive or Wait or RemoveWhenLearned:
                return;
            case PutAddress it:
                // A missing address is added, whatever the flags (inet_rtm_newaddr, inet6_rtm_newaddr).
                if (!Missing(it.Address.Link) && !Now.Addresses.Any(a => a.Link == Real(it.Address.Link) && a.Local.Equals(it.Address.Local)))
                    Make(new AddAddress(it.Address), aggregate, repeat);
                Now = Now with
                {
                    Addresses = [.. Now.Addresses.Select(a =>
                        a.Link == Real(it.Address.Link) && a.Local.Equals(it.Address.Local)
                            ? it.Address with { Link = a.Link } : a)],
                };
                return;
            case AddAddress it:
                Address address = it.Address with { Link = There(it.Address.Link).Index };
                if (!Now.Addresses.Any(a => a.Link == address.Link && a.Local.Equals(address.Local)))
                    Now = Now with { Addresses = Now.Addresses.Add(address) };
                else if (!repeat)
                    throw new SystemRefusal($"{address.Local}", "add", Exists);
                return;
            case RemoveAddress it:
                if (Now.Addresses.RemoveAll(a => a.Link == Real(it.Address.Link) && a.Local.Equals(it.Address.Local))
                    is var addresses && addresses.Length == Now.Addresses.Length && !repeat)
                    throw new SystemRefusal($"{it.Address.Local}", "remove", 99);
                Now = Now with { Addresses = addresses };
                return;
            case AddRoute it:
                foreach (RouteLeg leg in it.Route.Legs)
                {
                    if (!There(leg.Link).IsUp)
                        throw new SystemRefusal($"{it.Route.Destination}", "add", Unreachable);
                }
                Route route = it.Route.Moved(Link.OfAggregate, aggregate);
                if (Now.Routes.Contains(route))
                {
                    if (!repeat)
                        throw new SystemRefusal($"{route.Destination}", "add", Exists);
                    return;
                }
                if (it.Place == RoutePlace.Instead && Now.Routes.FirstOrDefault(r => Same(r, route)) is { } old)
                    Now = Now with { Routes = Now.Routes.Replace(old, route) };
                else if (it.Place == RoutePlace.Alone && Now.Routes.Any(r => Same(r, route)) && !repeat)
                    throw new SystemRefusal($"{route.Destination}", "add", Exists);
                else
                    Now = Now with { Routes = Now.Routes.Add(route) };
                return;
            case RemoveRoute it:
                if (Now.Routes.Remove(it.Route.Moved(Link.OfAggregate, aggregate)) is var routes
                    && routes.Length == Now.Routes.Length && !repeat)
                    throw new SystemRefusal($"{it.Route.Destination}", "remove", 3);
                Now = Now with { Routes = routes };
                return;
            case PutNextHop it:
                NextHop hop = it.NextHop.Link == 0 ? it.NextHop : it.NextHop with { Link = There(it.NextHop.Link).Index };
                Now = Now with { NextHops = Now.NextHops.RemoveAll(n => n.Id == hop.Id).Add(hop) };
                return;
            case AddRule it:
                if (!Now.Rules.Contains(it.Rule))
                    Now = Now with { Rules = Now.Rules.Add(it.Rule) };
                else if (!repeat)
                    throw new SystemRefusal("rule", "add", Exists);
                return;
            case RemoveRule it:
                if (!Now.Rules.Contains(it.Rule) && !repeat)
                    throw new SystemRefusal("rule", "remove", 2);
                Now = Now with { Rules = Now.Rules.Remove(it.Rule) };
                return;
            case PutNeighbour it:
                Neighbour neighbour = it.Neighbour with { Link = There(it.Neighbour.Link).Index };
                Now = Now with { Neighbours = Without(neighbour).Add(neighbour) };
                return;
            case RemoveNeighbour it:
                Now = Now with { Neighbours = Without(it.Neighbour with { Link = Real(it.Neighbour.Link) }) };
                return;
            case SetSysctl it:
                if (Missing(it.Sysctl.Link))
                    return;
                Sysctl sysctl = it.Sysctl with { Link = There(it.Sysctl.Link).Index };
                // When written as a sysctl, the kernel starts IPv6 on the interface, a port or not (addrconf_sysctl_addr_gen_mode); in a
                // netlink request, it does not.
                if (sysctl.Name == "addr_gen_mode" && There(sysctl.Link) is { IsUp: true, Master: not 0 } && !Now.Sysctls.Contains(sysctl))
                {
                    var multicast = new Route
                    {
                        Destination = IPAddress.Parse("ff00::"), DestinationLength = 8, Table = 255, Metric = 256,
                        Legs = [new RouteLeg(sysctl.Link, null)],
                    };
                    if (!Now.Routes.Contains(multicast))
                        Now = Now with { Routes = Now.Routes.Add(multicast) };
                }
                PutSysctl(sysctl);
                return;
            case OwnerChange: // There is no owner here; Refuses says what one would refuse.
                return;
            default:
                throw new InvalidOperationException($"{change} is not modelled");
        }
    }

    private ImmutableArray<Neighbour> Without(Neighbour neighbour) => Now.Neighbours
        .RemoveAll(n => n.Link == neighbour.Link && n.Destination.Equals(neighbour.Destination));

    private static bool Same(Route a, Route b) =>
        a.Destination.Equals(b.Destination) && (a.DestinationLength, a.Table, a.Metric, a.Tos)
            == (b.DestinationLength, b.Table, b.Metric, b.Tos);

    private Link Closed(Link link)
    {
        Lose(link.Index, all: false);
        return link with { Flags = link.Flags & ~LinkFlags.Up };
    }

    // What an interface loses when it is switched off (fib_disable_ip, addrconf_ifdown), and when it is removed.
    private void Lose(int index, bool all) => Now = Now with
    {
        Addresses = Now.Addresses.RemoveAll(a => a.Link == index && (all || a.IsIPv6)),
        Routes = Now.Routes.RemoveAll(route => route.Uses(index)),
        Neighbours = Now.Neighbours.RemoveAll(n => n.Link == index),
        NextHops = Now.NextHops.RemoveAll(n => n.Link == index),
        Classifiers = all ? Now.Classifiers.RemoveAll(c => c.Link == index) : Now.Classifiers,
        Redirects = all
            ? [.. Now.Redirects.Where(r => r.Synthetic != index).Select(r => r.Vf == index ? r with { Vf = 0 } : r)]
            : Now.Redirects,
        Sysctls = all ? Now.Sysctls.RemoveAll(s => s.Link == index) : Now.Sysctls,
    };
}

/// <summary>An observation of everything that is configured on some interfaces.</summary>
internal static class WholeObservation
{
    public static Snapshot ObserveAll(this IBackend network, params ReadOnlySpan<int> links) =>
        network.Complete(network.ObserveLinks(), links);
}
