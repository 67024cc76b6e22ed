using System.Text.Json;
using HypervVfattach.Core.Model;
using HypervVfattach.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>We see the same as <c>ip</c>.</summary>
public class ObserveTests : KernelTest
{
    private static readonly int[] s_families = [4, 6];
    private static readonly string[] s_neighbourKinds = ["neigh show nud all", "neigh show proxy"];

    private Snapshot Observe(params string[][] configuration)
    {
        Veths(("v0", "v1"), ("w0", "w1"));
        Settle("v0", "v1", "w0", "w1");
        Ip(configuration.SelectMany(part => part));
        return Backend.ObserveAll(Index("v0"), Index("w0"), Index("v1"), Index("w1"), Index("lo"));
    }

    [Fact]
    public void Links()
    {
        Snapshot seen = Observe(RichConfiguration.Links);
        seen.Links.Select(Shown.Line).ShouldBe(
            IpJson("link").EnumerateArray().Select(Shown.Link), ignoreOrder: true);
        seen.Find("v0")!.Lower.ShouldBe(seen.Find("v1")!.Index);
        seen.Find("veryLongAlternativeName0").ShouldBe(seen.Find("v0"));
        seen.Kernel.Major.ShouldBeGreaterThan(2);
    }

    [Fact]
    public void What_sends_through_a_link_without_IFLA_LINK()
    {
        Observe();
        Ip([
            "addr add 10.0.0.1/24 dev v0", "link add vx0 type vxlan id 8 local 10.0.0.1 remote 10.0.1.1 dev v0 dstport 4789",
            "link add vx1 type vxlan id 9 local 10.0.0.1 remote 10.0.1.1 dstport 4790",
        ]);
        Snapshot seen = Backend.ObserveLinks();
        seen.Links.Where(link => link.IsOn(Index("v0"))).Select(link => link.Name).ShouldBe(["vx0"]);
    }

    [Fact]
    public void The_interfaces_with_hardware_and_what_is_on_top_of_them()
    {
        Observe();
        Ip([
            "link add b0 type bond mode active-backup", "link set v0 down", "link set v0 master b0", "link set b0 up", "link add link b0 name b0.5 type vlan id 5",
            "link add link w0 name w0.5 type vlan id 5", "addr add 10.0.0.1/24 dev b0", "addr add 10.0.1.1/24 dev w0",
        ]);
        // No interface of a network namespace has hardware, so a tree says that v0 has.
        string tree = Directory.CreateTempSubdirectory().FullName;
        void Add(string name, string where)
        {
            Directory.CreateDirectory($"{tree}/{where}");
            Directory.CreateDirectory($"{tree}/class/net");
            Directory.CreateSymbolicLink($"{tree}/class/net/{name}", $"../../{where}");
            File.WriteAllText($"{tree}/{where}/ifindex", $"{Index(name)}\n");
        }
        Add("v0", "devices/pci/net/v0");
        Add("b0", "devices/virtual/net/b0");
        Add("b0.5", "devices/virtual/net/b0.5");
        Add("w0", "devices/virtual/net/w0");
        Directory.CreateSymbolicLink($"{tree}/devices/pci/net/v0/upper_b0", "../../../virtual/net/b0");
        Directory.CreateSymbolicLink($"{tree}/devices/virtual/net/b0/upper_b0.5", "../b0.5");
        using var backend = new LinuxBackend(tree);
        Snapshot nics = backend.ObserveNics(), all = backend.ObserveLinks();
        nics.Links.Select(link => link.Name).ShouldBe(["v0", "b0", "b0.5"]);
        nics.Links.Select(Shown.Line).ShouldBe(all.Links.Where(link => nics.Find(link.Index) is not null).Select(Shown.Line), ignoreOrder: true);
        nics.Find("b0.5")!.IsOn(Index("b0")).ShouldBeTrue();
        nics.Addresses.Where(address => address.Link == Index("b0")).ShouldBe(all.Addresses.Where(address => address.Link == Index("b0")));
        // A name that is gone when its interface is asked for.
        Directory.CreateSymbolicLink($"{tree}/class/net/gone", "../../devices/pci/net/gone");
        backend.ObserveNics().Links.Length.ShouldBe(all.Links.Length);
        File.Delete($"{tree}/class/net/gone");
        // An interface that answers to two of the names, as when it is renamed meanwhile.
        Ip("link property add dev v0 altname alias");
        Directory.CreateSymbolicLink($"{tree}/class/net/alias", "../../devices/pci/net/v0");
        backend.ObserveNics().Links.Length.ShouldBe(all.Links.Length);
        Directory.Delete(tree, recursive: true);
    }

    [Fact]
    public void An_alias_is_read()
    {
        Observe();
        Ip("link set v0 alias uplink");
        Backend.ObserveLinks().Find("v0")!.Alias.ShouldBe("uplink");
        Backend.ObserveLinks().Find("w0")!.Alias.ShouldBeNull();
    }

    [Fact]
    public void Multicast_addresses_that_a_person_added()
    {
        Observe();
        Ip("maddr add 01:0e:cf:00:00:00 dev v0");
        Linux.MulticastTable.Read(link => link == Index("v0")).Where(group => group.IsAdded).Select(group => group.Address)
            .ShouldBe(["01:0e:cf:00:00:00"]);
    }

    [Fact]
    public void A_link_whose_peer_is_elsewhere_says_so()
    {
        Observe();
        MovedToPeer("v1");
        Link link = Backend.ObserveLinks().Find("v0")!;
        link.LowerElsewhere.ShouldBeTrue();
        Backend.ObserveLinks().Find("w0")!.LowerElsewhere.ShouldBeFalse();
    }

    [Fact]
    public void Addresses()
    {
        Snapshot seen = Observe(RichConfiguration.Links, RichConfiguration.Addresses);
        // In the order of addition; ip shows IPv6 addresses in reverse order.
        JsonElement[] v4 = [.. IpJson("-4 addr").EnumerateArray()], v6 = [.. IpJson("-6 addr").EnumerateArray()];
        foreach (Link link in seen.Links)
        {
            seen.Addresses.Where(address => address.Link == link.Index).Select(Shown.Line)
                .ShouldBe([.. Shown.Addresses(Of(v4)), .. Shown.Addresses(Of(v6)).Reverse()]);

            IEnumerable<JsonElement> Of(JsonElement[] all) => all.Where(one => one.GetProperty("ifindex").GetInt32() == link.Index);
        }
    }

    [Fact]
    public void Routes()
    {
        Snapshot seen = Observe(
            RichConfiguration.Links, RichConfiguration.Addresses, RichConfiguration.NextHops, RichConfiguration.Routes);
        IEnumerable<string> shown =
            from family in s_families
            from route in JsonDocument.Parse(Ip($"-N -d -j -{family} route show table all")).RootElement.EnumerateArray()
            select Shown.Route(route, family);
        seen.Routes.Select(route => Shown.Line(route, seen)).ShouldBe(shown, ignoreOrder: true);
        seen.Routes.Single(route => route.Table == 1001 && route.Expires != 0).Expires.ShouldBeInRange(3900u, 4000u);
    }

    [Fact]
    public void Only_routes_of_the_interfaces_asked_for()
    {
        Observe(RichConfiguration.Addresses, RichConfiguration.NextHops, RichConfiguration.Routes);
        int w0 = Index("w0");
        Snapshot seen = Backend.ObserveAll(w0);
        // Directly, in a leg, and through a group of next-hop objects.
        seen.Routes.Where(route => route.Protocol == 4).Select(route => $"{route.Destination}/{route.DestinationLength}")
            .ShouldBe(["192.0.4.0/24", "192.0.8.0/24"], ignoreOrder: true);
        seen.Routes.ShouldAllBe(route => route.Uses(w0) || route.NextHopId == 13);
        seen.Neighbours.ShouldAllBe(neighbour => neighbour.Link == w0);
        seen.NextHops.Length.ShouldBe(RichConfiguration.NextHops.Length);
    }

    [Fact]
    public void Rules()
    {
        Snapshot seen = Observe(RichConfiguration.Rules);
        IEnumerable<string> shown =
            from family in s_families
            from rule in JsonDocument.Parse(Ip($"-N -d -j -{family} rule show")).RootElement.EnumerateArray()
            select Shown.Rule(rule, family);
        seen.Rules.Select(Shown.Line).ShouldBe(shown);
    }

    [Fact]
    public void Neighbours()
    {
        Snapshot seen = Observe(RichConfiguration.Addresses, RichConfiguration.Neighbours);
        IEnumerable<string> shown =
            from kind in s_neighbourKinds
            from neighbour in IpJson(kind).EnumerateArray()
            select Shown.Neighbour(neighbour);
        seen.Neighbours.Select(neighbour => Shown.Line(neighbour, seen)).ShouldBe(shown, ignoreOrder: true);
    }

    [Fact]
    public void Next_hops()
    {
        Snapshot seen = Observe(RichConfiguration.Addresses, RichConfiguration.NextHops);
        seen.NextHops.Select(hop => Shown.Line(hop, seen)).ShouldBe(
            JsonDocument.Parse(Ip("-N -d -j nexthop")).RootElement.EnumerateArray().Select(Shown.NextHop));
    }

    [Fact]
    public void Settings_that_can_be_written()
    {
        Observe();
        File.WriteAllText("/proc/sys/net/ipv4/conf/v0/rp_filter", "2");
        int v0 = Index("v0");
        Snapshot seen = Backend.ObserveAll(v0);
        seen.Sysctls.ShouldContain(new Sysctl(v0, "ipv4/conf", "rp_filter", "2"));
        seen.Sysctls.ShouldContain(setting => setting.Link == 0 && setting.Tree == "ipv6/conf");
        // A secret that was never set: EIO on reading. Read-only: EACCES on writing, also for root.
        seen.Sysctls.ShouldNotContain(setting => setting.Name == "stable_secret" || setting.Name == "mc_forwarding");
    }
}
