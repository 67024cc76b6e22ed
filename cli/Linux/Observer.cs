using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux.Netlink;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux;

/// <summary>Reads the host's state into the model.</summary>
internal sealed class Observer(NetlinkSocket socket, Sysfs sysfs, Sysctls sysctls, Classifiers classifiers, AddressLists addressLists)
{
    // Where systemd-resolved keeps the name servers of interfaces that networkd does not manage (link_save_user,
    // src/resolve/resolved-link.c).
    private const string NameServers = "/run/systemd/resolve/netif";

    // Above this number one request for all interfaces is cheaper.
    private const int Most = 200;

    /// <summary>All interfaces with their devices, and their addresses.</summary>
    public Snapshot Links()
    {
        var writer = new MessageWriter(stackalloc byte[64]);
        LinkCodec.WriteDump(ref writer);
        return With(socket.Dump<Link>("interfaces", writer.Written, LinkCodec.TryDecode) ?? []);
    }

    /// <summary>The interfaces with hardware and those on top of them that sysfs shows, with their devices and addresses. Of thousands of
    /// other interfaces nothing is read.</summary>
    /// <remarks>A tunnel that sends through a NIC is missing: only its own attributes name that.</remarks>
    public Snapshot Nics() => WithHardware() is { } links ? With(links) : Links();

    // Null if sysfs does not show them, if they are many, or if one vanishes or gets another name meanwhile.
    private List<Link>? WithHardware()
    {
        List<Link> links = [];
        List<string>? names = sysfs.NamesWithHardware();
        if (names is null || names.Count > Most)
            return null;
        var writer = new MessageWriter([]);
        foreach (string name in names)
            LinkCodec.WriteGet(ref writer, name);
        for (int asked = names.Count; asked > 0;)
        {
            int before = links.Count;
            socket.Get(writer.Written, LinkCodec.TryDecode, links);
            if (links.Count < before + asked)
                return null;
            // Also those on top of what was found now, as a VLAN on a bond.
            HashSet<int> uppers = [], known = [];
            foreach (Link link in links)
            {
                known.Add(link.Index);
                uppers.UnionWith(sysfs.UppersOf(link));
            }
            if (known.Count < links.Count)
                return null;
            uppers.ExceptWith(known);
            asked = uppers.Count;
            if (links.Count + asked > Most)
                return null;
            writer = new MessageWriter([]);
            foreach (int index in uppers)
                LinkCodec.WriteGet(ref writer, index);
        }
        return links;
    }

    private Snapshot With(List<Link> links)
    {
        AddDevices(links);
        AddUnderlays(links);
        AddStatistics(links);
        List<int> hardware = [];
        foreach (Link link in links)
        {
            if (link.Device is not null)
                hardware.Add(link.Index);
        }
        (List<Classifier> filters, List<Redirect> redirects) = classifiers.Of(hardware);
        return new Snapshot
        {
            Classifiers = [.. filters],
            Redirects = [.. redirects],
            Links = [.. links],
            Addresses = [.. Addresses()],
            DpdkSynthetics = sysfs.DpdkSynthetics(),
            Kernel = Environment.OSVersion.Version,
        };
    }

    /// <summary>Adds everything that is configured on these interfaces.</summary>
    public Snapshot Complete(Snapshot snapshot, ReadOnlySpan<int> links)
    {
        int[] wanted = links.ToArray();
        List<NextHop> nextHops = NextHops();
        List<Route> routes = Routes(new RouteFilter(wanted, nextHops));
        return snapshot with
        {
            Links = [.. snapshot.Links.Select(link => link.Device is null || !wanted.Contains(link.Index) ? link
                : link with { UnicastAddresses = [.. addressLists.Unicast(link.Index)], Offloads = Features.On(link.Name) })],
            Classifiers = [.. snapshot.Classifiers, .. Linux.Classifiers.Tcx(wanted)],
            NextHops = [.. nextHops],
            Routes = [.. routes, .. Rivals(routes)],
            Rules = [.. Rules()],
            Neighbours = [.. Neighbours().Where(neighbour => wanted.Contains(neighbour.Link))],
            Sysctls =
            [
                .. sysctls.Read(0, "default"),
                .. snapshot.Links.Where(link => wanted.Contains(link.Index))
                    .SelectMany(link => sysctls.Read(link.Index, link.Name)),
            ],
        };
    }

    /// <summary>One interface with its statistics, without its device; null when it is gone.</summary>
    public Link? Find(int index)
    {
        var writer = new MessageWriter(stackalloc byte[64]);
        LinkCodec.WriteGet(ref writer, index);
        return First(writer.Written);
    }

    /// <inheritdoc cref="Find(int)"/>
    public Link? Find(string name)
    {
        var writer = new MessageWriter(stackalloc byte[64]);
        LinkCodec.WriteGet(ref writer, name);
        return First(writer.Written);
    }

    /// <summary>The interface's name, or <c>interface INDEX</c> if it is gone.</summary>
    public string NameOf(int index) => Find(index)?.Name ?? $"interface {index}";

    /// <summary>All addresses; those of one interface in the order in which they must be added to get the same order again.</summary>
    public List<Address> Addresses()
    {
        var writer = new MessageWriter(stackalloc byte[64]);
        AddressCodec.WriteDump(ref writer);
        List<Address> found = socket.Dump<Address>("addresses", writer.Written, AddressCodec.TryDecode) ?? [];
        // IPv4 lists the oldest address first, IPv6 the newest (ipv6_link_dev_addr).
        IEnumerable<Address> newestFirst = found.Where(address => address.IsIPv6);
        return [.. found.Where(address => !address.IsIPv6), .. newestFirst.Reverse()];
    }

    /// <summary>All next-hop objects; none on kernels before 5.3.</summary>
    public List<NextHop> NextHops()
    {
        var writer = new MessageWriter(stackalloc byte[64]);
        NextHopCodec.WriteDump(ref writer);
        return socket.Dump<NextHop>("next hops", writer.Written, NextHopCodec.TryDecode) ?? [];
    }

    /// <summary>The routes of both families that pass a filter.</summary>
    public List<Route> Routes(RouteFilter filter)
    {
        Decoder<Route> decode = (in Message message, out Route? route) =>
            RouteCodec.TryDecode(message, filter, out route);
        List<Route> routes = [];
        foreach (byte family in (ReadOnlySpan<byte>)[AF_INET, AF_INET6])
        {
            var writer = new MessageWriter([]);
            RouteCodec.WriteDump(ref writer, family);
            routes.AddRange(socket.Dump("routes", writer.Written, decode) ?? []);
        }
        return routes;
    }

    /// <summary>IPv6 routes of other interfaces that a request to replace one of these routes could hit instead.</summary>
    private List<Route> Rivals(List<Route> routes)
    {
        HashSet<object> keys = [.. routes.Where(route => route.HasIPv6Gateway).Select(route => route.ReplaceKey)];
        if (keys.Count == 0)
            return [];
        HashSet<Route> known = [.. routes];
        Decoder<Route> decode = (in Message message, out Route? route) =>
        {
            bool sound = RouteCodec.TryDecode(message, null, out route);
            if (route is not null && (!route.HasIPv6Gateway || !keys.Contains(route.ReplaceKey) || known.Contains(route)))
                route = null;
            return sound;
        };
        var writer = new MessageWriter([]);
        RouteCodec.WriteDump(ref writer, AF_INET6);
        return socket.Dump("routes", writer.Written, decode) ?? [];
    }

    /// <summary>All rules of both families.</summary>
    public List<Rule> Rules()
    {
        List<Rule> rules = [];
        foreach (byte family in (ReadOnlySpan<byte>)[AF_INET, AF_INET6])
        {
            var writer = new MessageWriter([]);
            RuleCodec.WriteDump(ref writer, family);
            rules.AddRange(socket.Dump<Rule>("rules", writer.Written, RuleCodec.TryDecode) ?? []);
        }
        return rules;
    }

    /// <summary>All neighbours and proxy entries of both families.</summary>
    public List<Neighbour> Neighbours()
    {
        List<Neighbour> neighbours = [];
        foreach (bool proxies in (ReadOnlySpan<bool>)[false, true])
        {
            var writer = new MessageWriter([]);
            NeighbourCodec.WriteDump(ref writer, proxies);
            neighbours.AddRange(
                socket.Dump<Neighbour>("neighbours", writer.Written, NeighbourCodec.TryDecode) ?? []);
        }
        return neighbours;
    }

    private Link? First(Span<byte> request)
    {
        List<Link> links = [];
        socket.Get(request, LinkCodec.TryDecode, links);
        return links.FirstOrDefault();
    }

    private void AddDevices(List<Link> links)
    {
        for (int i = 0; i < links.Count; i++)
        {
            Link link = links[i];
            if (sysfs.DeviceOf(link) is not Device device)
                continue;
            links[i] = link with
            {
                Device = device,
                HasNameServers = File.Exists($"{NameServers}/{link.Index}"),
                PermanentAddress = link.PermanentAddress.IsEmpty
                    ? PermanentAddress.Read(link.Name)
                    : link.PermanentAddress,
            };
        }
        // The place of each in the list.
        Dictionary<int, int> hardware = [];
        for (int i = 0; i < links.Count; i++)
        {
            if (links[i].Device is not null)
                hardware.Add(links[i].Index, i);
        }
        if (hardware.Count == 0)
            return;
        foreach (GroupAddress group in MulticastTable.Read(hardware.ContainsKey))
        {
            int place = hardware[group.Link];
            Link link = links[place];
            links[place] = link with
            {
                Groups = link.Groups.Add(group.Address),
                MulticastAddresses = group.IsAdded ? link.MulticastAddresses.Add(group.Address) : link.MulticastAddresses,
            };
        }
    }

    /// <summary>Adds the interfaces on top of hardware or a bond from sysfs, which also shows kinds whose netlink attributes are not
    /// decoded.</summary>
    private void AddUnderlays(List<Link> links)
    {
        foreach (Link lower in links.Where(link => link.Device is not null || link.Bond is not null).ToArray())
        {
            foreach (int index in sysfs.UppersOf(lower))
            {
                int upper = links.FindIndex(link => link.Index == index);
                if (upper >= 0 && index != lower.Master && !links[upper].IsOn(lower.Index))
                    links[upper] = links[upper] with { Underlays = links[upper].Underlays.Add(lower.Index) };
            }
        }
    }

    /// <summary>Adds statistics to the interfaces that can be part of a pair. For 10,000 interfaces they would cost more than all the
    /// rest.</summary>
    private void AddStatistics(List<Link> links)
    {
        foreach (Link counted in Recount(links.FindAll(link => link.Device is not null || link.Bond is not null)))
            links[links.FindIndex(link => link.Index == counted.Index)] = counted;
    }

    /// <summary>These interfaces with the counters that they have now; those that are gone are missing.</summary>
    public List<Link> Recount(List<Link> links)
    {
        var writer = new MessageWriter(stackalloc byte[256]);
        foreach (Link link in links)
            LinkCodec.WriteGet(ref writer, link.Index);
        List<Link> answers = [];
        if (!writer.Written.IsEmpty)
            socket.Get(writer.Written, LinkCodec.TryDecode, answers);
        List<Link> counted = [];
        foreach (Link link in links)
        {
            if (answers.Find(answer => answer.Index == link.Index) is { } now)
            {
                counted.Add(link with
                {
                    ReceivedPackets = now.ReceivedPackets,
                    SentPackets = now.SentPackets,
                    VfTraffic = link.Device?.Driver == Device.Netvsc ? VfStatistics.Read(link.Name) : null,
                });
            }
        }
        return counted;
    }
}
