using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary><c>ip</c> shows what we change.</summary>
public partial class ApplyTests : KernelTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_undo_takes_the_copy_of_a_routers_route_away_when_the_kernel_has_its_own(bool later)
    {
        Veth("v0", "v1");
        Settle("v0", "v1");
        const string add = "-6 route add default via fe80::9 dev v0 proto ra expires 1800 metric";
        Ip($"{add} 1025");
        int v0 = Index("v0");
        Route copy = Backend.ObserveAll(v0).Routes.Single(Advertised.Is);
        if (!later)
            Ip($"{add} 1024");
        using var router = new Timer(_ => Ip($"{add} 1024"), null, later ? 500 : Timeout.Infinite, Timeout.Infinite);
        Backend.Apply([new RemoveWhenLearned(copy)], 0, repeat: true);
        Backend.ObserveAll(v0).Routes.Single(Advertised.Is).Metric.ShouldBe(1024u);
    }

    // A port that was added a moment ago causes many events, and frames in flight to the other one still arrive then.
    [Fact]
    public void Events_do_not_shorten_the_silence_of_a_quiet_port()
    {
        Veth("v0", "v1");
        Settle("v0", "v1");
        int v0 = Index("v0");
        using var events = new Timer(_ => Ip("link set v1 alias busy"), null, 100, 100);
        var watch = Stopwatch.StartNew();
        Backend.Apply([new WaitForQuiet(v0)], 0, repeat: false);
        watch.ElapsedMilliseconds.ShouldBeGreaterThanOrEqualTo(250);
    }

    [Fact]
    public void Everything_that_is_removed_is_brought_back_as_it_was()
    {
        Veths(("v0", "v1"), ("w0", "w1"));
        Settle("v0", "v1", "w0", "w1");
        Ip([
            .. RichConfiguration.Links, .. RichConfiguration.Addresses, .. RichConfiguration.NextHops, .. RichConfiguration.Routes,
            .. RichConfiguration.Rules, .. RichConfiguration.Neighbours,
        ]);
        int v0 = Index("v0"), w0 = Index("w0");
        string before = State();
        Snapshot seen = Backend.ObserveAll(v0, w0);

        ImmutableArray<Rule> rules = [.. seen.Rules.Where(rule => rule.Priority is >= 100 and < 300)];
        ImmutableArray<Neighbour> neighbours = [.. seen.Neighbours.Where(neighbour =>
            neighbour.Flags.HasFlag(NeighbourFlags.Proxy)
            || (!neighbour.Destination.ToString().StartsWith("224", StringComparison.Ordinal)
                && !neighbour.Destination.IsIPv6Multicast
                && (neighbour.State & (NeighbourState.Permanent | NeighbourState.NoArp)) != 0))];
        ImmutableArray<Route> routes = [.. seen.Routes.Where(route => route.Protocol is 4 or 16)];
        ImmutableArray<Address> addresses = [.. seen.Addresses.Where(address => address.Link == v0)];
        ImmutableArray<string> names = seen.Find(v0)!.AltNames;
        rules.Length.ShouldBe(RichConfiguration.Rules.Length);
        neighbours.Length.ShouldBe(RichConfiguration.Neighbours.Length);
        routes.Length.ShouldBe(RichConfiguration.Routes.Length);

        Backend.Apply(
            [
                .. names.Select(name => new RemoveAltName(v0, name)),
                .. rules.Select(rule => new RemoveRule(rule)),
                .. neighbours.Select(neighbour => new RemoveNeighbour(neighbour)),
                .. routes.Select(route => new RemoveRoute(route)),
                // Removing a primary address removes its secondary ones too: start with those.
                .. addresses.Reverse().Select(address => new RemoveAddress(address)),
                new SetMtu(v0, 1500),
            ],
            0, repeat: false);
        string gone = Ip("-d addr show dev v0") + Ip("route show table all") + Ip("-6 route show table all")
            + Ip("rule") + Ip("-6 rule") + Ip("neigh show nud permanent") + Ip("neigh show proxy");
        gone.ShouldNotContain("10.0.0.");
        // The kernel leaves the prefix route if an IPv6 address would have expired, or had a neighbour of the same prefix without one
        // (check_cleanup_prefix_route).
        gone.Split('\n').Where(line => line.Contains("2001:db8") && !line.Contains("proto kernel")).ShouldBeEmpty();
        gone.ShouldNotContain("altname");
        gone.ShouldNotContain("mtu 9000");
        // The objects stay: they are members of groups, now unused.
        Ip("nexthop del id 18");

        ImmutableArray<Change> additions =
        [
            new SetMtu(v0, 9000),
            .. names.Select(name => new AddAltName(v0, name)),
            .. addresses.Select(address => new AddAddress(address)),
            .. seen.NextHops.Where(hop => hop.Members.IsEmpty).Select(hop => new PutNextHop(hop)),
            .. seen.NextHops.Where(hop => hop.Members.Length > 0).Select(hop => new PutNextHop(hop)),
            .. routes.OrderBy(route => route.Legs.Any(leg => leg.Gateway is not null))
                .Select(route => new AddRoute(route, RoutePlace.Alone)),
            .. rules.Select(rule => new AddRule(rule)),
            .. neighbours.Select(neighbour => new PutNeighbour(neighbour)),
        ];
        Backend.Apply(additions, 0, repeat: false);
        State().Split('\n').ShouldBe(before.Split('\n'));

        // A repetition changes nothing and is no error, as in an undo.
        Backend.Apply(additions, 0, repeat: true);
        State().Split('\n').ShouldBe(before.Split('\n'));

        // The system shows it.
        var configuration = new Configuration
        {
            Addresses = addresses, NextHops = seen.NextHops, Routes = routes, Rules = rules, Neighbours = neighbours,
        };
        Backend.Expect(new Holds(configuration), 0);
        Ip(["addr del 10.0.0.6/24 dev v0", "rule del pref 103", "neigh del 10.0.0.20 dev v0"]);
        var refusal = Should.Throw<SystemRefusal>(() => Backend.Expect(new Holds(configuration), 0));
        refusal.Message.ShouldBe(
            "v0: check the configuration: missing: address 10.0.0.6/24, rule pref 103 lookup 70000, "
            + "neighbour 10.0.0.20 lladdr 02:00:00:00:00:20 nud permanent");
    }

    [Fact]
    public void Removals_and_additions_for_the_second_time_are_done_when_repeated()
    {
        Veth("v0", "v1");
        int v0 = Index("v0");
        Address address = Address4(v0, "10.0.0.4", 24);
        Route route = Route4(v0, "192.0.2.0", 24, "10.0.0.1", metric: 10);
        var rule = new Rule { Family = 2, Priority = 100, Table = 200 };
        var neighbour = new Neighbour
        {
            Link = v0, Destination = IPAddress.Parse("10.0.0.9"), State = NeighbourState.Permanent,
            Address = new HardwareAddress("02:00:00:00:00:09"),
        };
        ImmutableArray<Change> additions =
        [
            new AddAddress(address), new AddRoute(route, RoutePlace.Alone), new AddRule(rule), new AddAltName(v0, "other"),
            new PutNeighbour(neighbour),
        ];
        ImmutableArray<Change> removals =
        [
            new RemoveNeighbour(neighbour), new RemoveAltName(v0, "other"), new RemoveRule(rule), new RemoveRoute(route),
            new RemoveAddress(address),
        ];
        foreach (Change change in additions)
        {
            Backend.Apply([change], 0, repeat: false);
            if (change is not PutNeighbour)
                Should.Throw<SystemRefusal>(() => Backend.Apply([change], 0, repeat: false)).Errno.ShouldBe(17);
            Backend.Apply([change], 0, repeat: true);
        }
        foreach (Change change in removals)
        {
            Backend.Apply([change], 0, repeat: false);
            // An owner may have removed its address or route at the same moment.
            if (change is not (RemoveAddress or RemoveRoute))
                Should.Throw<SystemRefusal>(() => Backend.Apply([change], 0, repeat: false));
            Backend.Apply([change], 0, repeat: true);
        }
        Ip("link del v0");
        Backend.Apply(removals, 0, repeat: true);
        Backend.Apply([new SetUp(v0, false), new SetMaster(v0, 0), new DeleteLink(v0)], 0, repeat: true);
    }

    [Fact]
    public void An_aggregate_that_was_never_made_needs_no_undo()
    {
        ImmutableArray<Change> undo =
        [
            new RemoveAddress(Address4(Link.OfAggregate, "10.0.0.4", 24)),
            new RemoveRoute(Route4(Link.OfAggregate, "192.0.2.0", 24, "10.0.0.1", 0)),
            new DeleteLink(Link.OfAggregate),
        ];
        Backend.Apply(undo, 0, repeat: true);
        Should.Throw<SystemRefusal>(() => Backend.Apply(undo, 0, repeat: false))
            .Message.ShouldStartWith("the aggregate: remove address 10.0.0.4/24: No such device (errno 19)");
    }

    [Fact]
    public void A_repeated_removal_takes_no_other_route()
    {
        Veth("v0", "v1");
        Ip("addr add 10.0.0.4/24 dev v0");
        Ip("route add default via 10.0.0.1 dev v0 metric 100");
        int v0 = Index("v0");
        Route withoutMetric = Route4(v0, "0.0.0.0", 0, "10.0.0.1", metric: 0) with { Protocol = 3 };
        Backend.Apply([new RemoveRoute(withoutMetric)], 0, repeat: true);
        Ip("route show default").ShouldContain("metric 100");
        Ip("route add default via 10.0.0.1 dev v0");
        Backend.Apply([new RemoveRoute(withoutMetric)], 0, repeat: true);
        Ip("route show default").Trim().ShouldBe("default via 10.0.0.1 dev v0 metric 100");
    }

    [Fact]
    public void Errors_name_object_operation_errno_and_the_kernels_words()
    {
        Veth("v0", "v1");
        int v0 = Index("v0");
        Message(new AddRoute(Route4(v0, "192.0.2.0", 24, "10.0.0.1", 5), RoutePlace.Alone))
            .ShouldBe("v0: add route 192.0.2.0/24 via 10.0.0.1 metric 5: Network is unreachable (errno 101): "
                + "Nexthop has invalid gateway");
        Message(new SetMtu(v0, 1)).ShouldBe(
            "v0: set MTU 1: Invalid argument (errno 22): mtu less than device minimum");
        Message(new SetUp(4711, true)).ShouldStartWith("interface 4711: switch on: No such device (errno 19)");
        Message(new SetMaster(v0, Index("v1"))).ShouldStartWith(
            "v0: make it a port of v1: Operation not supported (errno 95)");
        Message(new SetName(v0, "v1")).ShouldStartWith("v0: rename to v1: ");
        Message(new SetSysctl(new Sysctl(v0, "ipv4/conf", "nothing", "1")))
            .ShouldStartWith("v0: set ipv4/conf nothing to 1: No such file or directory (errno 2)");
        Message(new SetSysctl(new Sysctl(v0, "ipv4/conf", "rp_filter", "nonsense")))
            .ShouldStartWith("v0: set ipv4/conf rp_filter to nonsense: Invalid argument (errno 22)");
        // Here the kernel reports an attribute.
        Message(new AddRoute(Route4(v0, "192.0.2.0", 24, null, 0) with { Extra = "0600080001000000" }, RoutePlace.Alone))
            .ShouldContain("RTA_");
    }

    [Fact]
    public void All_of_a_batch_is_tried_and_the_first_refusal_thrown_before_the_next_is_sent()
    {
        Veth("v0", "v1");
        int v0 = Index("v0");
        ImmutableArray<Change> changes =
        [
            new AddAddress(Address4(v0, "10.0.0.4", 24)),
            new AddAddress(Address4(v0, "10.0.0.4", 24)),
            new AddAddress(Address4(v0, "10.0.0.5", 24)),
            new RemoveAddress(Address4(v0, "10.0.0.99", 24)),
            new AddAddress(Address4(v0, "10.0.0.6", 24)),
        ];
        Should.Throw<SystemRefusal>(() => Backend.Apply(changes, 0, repeat: false))
            .Message.ShouldStartWith("v0: add address 10.0.0.4/24: File exists (errno 17)");
        Ip("addr show dev v0").ShouldContain("10.0.0.5/24");
        Ip("addr show dev v0").ShouldNotContain("10.0.0.6/24");
    }

    [Fact]
    public void Thousands_of_changes_are_answered_one_by_one()
    {
        Veth("v0", "v1");
        int v0 = Index("v0");
        ImmutableArray<Change> routes =
        [
            .. Enumerable.Range(0, 20000).Select(i => new AddRoute(
                Route4(v0, $"172.{16 + i / 65536}.{i / 256 % 256}.{i % 256}", 32, null, 0) with { Scope = 253 },
                RoutePlace.Alone)),
        ];
        Backend.Apply(routes, 0, repeat: false);
        Backend.ObserveAll(v0).Routes.Count(route => route.Protocol == 4).ShouldBe(20000);
        Backend.Apply(
            [.. Backend.ObserveAll(v0).Routes.Where(route => route.Protocol == 4).Select(r => new RemoveRoute(r))], 0,
            repeat: false);
        Backend.ObserveAll(v0).Routes.Count(route => route.Protocol == 4).ShouldBe(0);
    }

    [Fact]
    public void Settings_are_written_where_the_interface_is_now()
    {
        Veth("v0", "v1");
        int v0 = Index("v0");
        Backend.Apply(
            [
                new SetUp(v0, false), new SetName(v0, "renamed"),
                new SetSysctl(new Sysctl(v0, "ipv4/conf", "rp_filter", "2")), new SetUp(v0, true),
            ],
            0, repeat: false);
        File.ReadAllText("/proc/sys/net/ipv4/conf/renamed/rp_filter").ShouldBe("2\n");
    }

    [Theory]
    [InlineData(RoutePlace.Behind)]
    [InlineData(RoutePlace.Instead)]
    internal void A_route_beside_another(RoutePlace place)
    {
        Veths(("v0", "v1"), ("w0", "w1"));
        Ip(["addr add 10.0.0.4/24 dev v0", "addr add 10.0.0.4/24 dev w0", "route add default via 10.0.0.1 dev v0 proto static"]);
        Route route = Route4(Index("w0"), "0.0.0.0", 0, "10.0.0.1", 0);
        Should.Throw<SystemRefusal>(() => Backend.Apply([new AddRoute(route, RoutePlace.Alone)], 0, false))
            .Errno.ShouldBe(17);
        Backend.Apply([new AddRoute(route, place)], 0, repeat: false);
        Ip("route show default").Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).ShouldBe(
            place == RoutePlace.Instead
                ? ["default via 10.0.0.1 dev w0 proto static"]
                : ["default via 10.0.0.1 dev v0 proto static", "default via 10.0.0.1 dev w0 proto static"]);
    }

    [Fact]
    public void A_next_hop_moves_with_the_routes_that_use_it()
    {
        Veths(("v0", "v1"), ("w0", "w1"));
        Ip([
            "addr add 10.0.0.4/24 dev v0", "addr add 10.0.0.4/24 dev w0", "nexthop add id 11 via 10.0.0.2 dev v0",
            "route add 192.0.7.0/24 nhid 11",
        ]);
        NextHop hop = Backend.ObserveAll().NextHops.Single();
        Backend.Apply([new PutNextHop(hop with { Link = Index("w0") })], 0, repeat: false);
        Ip("route show 192.0.7.0/24").ShouldContain("nhid 11 via 10.0.0.2 dev w0");
    }

    internal static Route Route4(int link, string destination, byte length, string? gateway, uint metric) => new()
    {
        Destination = IPAddress.Parse(destination),
        DestinationLength = length,
        Table = 254,
        Protocol = 4,
        Metric = metric,
        Legs = [new RouteLeg(link, gateway is null ? null : IPAddress.Parse(gateway))],
    };

    private string Message(Change change) =>
        Should.Throw<SystemRefusal>(() => Backend.Apply([change], 0, repeat: false)).Message;

    /// <summary>All output of ip, without what changes by itself.</summary>
    private static string State()
    {
        string text = string.Join('\n',
            Ip("-d -o addr"), Ip("-d -o link"), Ip("-d -4 route show table all"), Sorted(Ip("-d -o -6 route show table all")),
            Ip("-d rule"), Ip("-d -6 rule"), Ip("-d nexthop"), Sorted(Ip("neigh show nud permanent")), Sorted(Ip("neigh show nud noarp")),
            Sorted(Ip("neigh show proxy")));
        text = Running().Replace(text, "$1 ...");
        // The neighbours of bridges and multicast groups.
        return string.Join('\n', text.Split('\n').Where(line => !line.Contains("ff02::") && !line.StartsWith("224.")));
    }

    [GeneratedRegex("(valid_lft|preferred_lft|expires|unbalanced_time) [0-9.]+(sec)?")]
    private static partial Regex Running();
}
