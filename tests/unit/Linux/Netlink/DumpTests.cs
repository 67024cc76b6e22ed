using HypervVfattach.Core.Model;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Netlink;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux.Netlink;

/// <summary>Dumps recorded from real kernels (data/*.base64, one datagram per line): the rich configuration of tests/kernel on 6.18; a bond
/// with one port, and tunnels through v0, on 6.1.</summary>
public class DumpTests
{
    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Folder, "*.base64").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    private static string Folder => Path.Combine(Repository.Root, "tests/unit/Linux/data");

    internal static IEnumerable<byte[]> Datagrams(string name) =>
        File.ReadLines(Path.Combine(Folder, name + ".base64")).Select(Convert.FromBase64String);

    private static List<T> Read<T>(string name, Decoder<T> decode) where T : class
    {
        List<T> values = [];
        bool done = false;
        foreach (byte[] datagram in Datagrams(name))
        {
            var reader = new MessageReader(datagram);
            while (reader.TryRead(out Message message))
            {
                done |= message.Header.Type == Uapi.NLMSG_DONE;
                decode(message, out T? value).ShouldBeTrue();
                if (value is not null)
                    values.Add(value);
            }
            reader.IsMalformed.ShouldBeFalse();
        }
        done.ShouldBeTrue();
        return values;
    }

    [Fact]
    public void Links()
    {
        List<Link> links = Read<Link>("links", LinkCodec.TryDecode);
        links.Select(link => link.Name).ShouldBe(["lo", "v1", "v0", "w1", "w0"]);
        Link v0 = links[2];
        v0.AltNames.ShouldBe(["veryLongAlternativeName0", "other"]);
        (v0.Address.Text, v0.Mtu, v0.TxQueueLength, v0.Group, v0.Kind, v0.Lower, v0.IsUp, v0.Carrier).ShouldBe(
            ("02:00:00:00:00:01", 9000u, 777u, 42u, "veth", links[1].Index, true, true));
        links[0].Flags.HasFlag(LinkFlags.Loopback).ShouldBeTrue();
        links[0].Type.ShouldBe((ushort)772);
    }

    [Fact]
    public void What_sends_through_a_NIC_is_on_it_whatever_its_kind()
    {
        List<Link> links = Read<Link>("links-with-tunnels", LinkCodec.TryDecode);
        int v0 = links.Single(link => link.Name == "v0").Index;
        links.Where(link => link.IsOn(v0)).Select(link => link.Name).ShouldBe(
        [
            "vxlan1", "gre1", "gretap1", "erspan1", "ip6gre1", "ip6gretap1", "ipip1", "sit1", "ip6tnl1", "vti1", "vti61", "xfrm1",
            "macsec1", "vlan1",
        ]);
        Link vxlan = links.Single(link => link.Name == "vxlan1");
        (vxlan.Lower, vxlan.Underlays.Single()).ShouldBe((0, v0));
        // Routed by the routing table, so it follows the address.
        links.Single(link => link.Name == "nodev").Underlays.ShouldBeEmpty();
    }

    [Fact]
    public void A_bond_and_its_port()
    {
        List<Link> links = Read<Link>("links-with-bond", LinkCodec.TryDecode);
        Link bond = links.Single(link => link.Kind == "bond");
        Link port = links.Single(link => link.Name == "p0");
        bond.Bond.ShouldBe(new BondState(1, port.Index, 0));
        bond.Flags.HasFlag(LinkFlags.Master).ShouldBeTrue();
        (port.Master, port.PortKind).ShouldBe((bond.Index, "bond"));
        port.Flags.HasFlag(LinkFlags.Slave).ShouldBeTrue();
    }

    [Fact]
    public void Addresses() =>
        Read<Address>("addresses", AddressCodec.TryDecode).Select(ObjectText.Of).ShouldBe(
        [
            "127.0.0.1/8", "169.254.7.7/16", "10.0.0.4/24", "10.9.0.1 peer 10.9.0.2/32",
            "10.8.0.1/16", "10.0.0.5/24", "10.0.0.6/24", "10.1.0.4/24", "::1/128",
            "2001:db8:2::1 peer 2001:db8:2::2/128", "2001:db8:1::5/64", "2001:db8::5/64",
            "2001:db8::4/64", "fe80::4/64",
        ]);

    [Fact]
    public void Routes()
    {
        Decoder<Route> decode = (in Message message, out Route? route) => RouteCodec.TryDecode(message, null, out route);
        List<Route> routes = Read("routes4", decode);
        routes.Where(route => route.Protocol == 4).Select(route => ObjectText.Of(route)).ShouldBe(
        [
            "192.0.3.0/24 table 70000", "default via 10.0.0.1 table 200",
            "192.0.2.0/24 via 10.0.0.1 table 1001", "default via 10.0.0.1",
            "192.0.4.0/24 nexthop via 10.0.0.1 weight 5 nexthop via 10.1.0.1 weight 2", "192.0.5.0/24 via 203.0.113.9 onlink",
            "192.0.6.0/24 via 2001:db8::9", "192.0.7.0/24 nhid 11", "192.0.8.0/24 nhid 13",
            "192.0.9.0/24 tos 0x10 via 10.0.0.1",
        ]);
        // RTA_METRICS{RTAX_MTU 1400, RTAX_ADVMSS 1300, RTAX_INITCWND 20}.
        routes.Single(route => route.Table == 1001).Extra.ShouldBe("1c0008000800020078050000080008001405000008000b0014000000");
        routes.Single(route => route.Legs.Length == 2).Legs.Select(leg => leg.Hops).ShouldBe([(byte)4, (byte)1]);
        routes.Single(route => route.Legs is [{ OnLink: true }]).DestinationLength.ShouldBe((byte)24);

        List<Route> routes6 = Read("routes6", decode);
        routes6.Single(route => route.Destination.ToString() == "2001:db8:b::").Expires.ShouldBe(4000u);
        routes6.Single(route => route.Destination.ToString() == "2001:db8:c::").Legs.Length.ShouldBe(2);
        // RTA_PREF high; medium is left out.
        routes6.Single(route => route.Destination.ToString() == "2001:db8:a::").Extra.ShouldBe("0500140001000000");
    }

    [Fact]
    public void Rules()
    {
        Read<Rule>("rules4", RuleCodec.TryDecode).Select(ObjectText.Of).ShouldBe(
        [
            "pref 0 lookup 255", "pref 100 from 10.0.0.4/32 lookup 200", "pref 101 iif v0 lookup 1001",
            "pref 102 to 192.0.2.0/24 oif v0 lookup 1001", "pref 103 lookup 70000", "pref 104 lookup 200",
            "pref 105 not from 10.2.0.0/16 lookup 200", "pref 106 lookup 254", "pref 107 from 10.3.0.0/16 action 6",
            "pref 32766 lookup 254", "pref 32767 lookup 253",
        ]);
        Read<Rule>("rules6", RuleCodec.TryDecode)[1].InputName.ShouldBe("v0");
    }

    [Fact]
    public void Neighbours()
    {
        Read<Neighbour>("neighbours", NeighbourCodec.TryDecode)
            .Where(neighbour => neighbour.State == NeighbourState.Permanent).Select(ObjectText.Of).ShouldBe(
            [
                "10.0.0.20 lladdr 02:00:00:00:00:20 nud permanent", "10.0.0.22 lladdr 02:00:00:00:00:22 nud permanent",
                "2001:db8::20 lladdr 02:00:00:00:00:20 nud permanent",
            ], ignoreOrder: true);
        Read<Neighbour>("proxies", NeighbourCodec.TryDecode).Select(ObjectText.Of).ShouldBe(
            ["proxy 10.0.0.30", "proxy 2001:db8::30"]);
    }

    [Fact]
    public void Next_hops()
    {
        List<NextHop> hops = Read<NextHop>("nexthops", NextHopCodec.TryDecode);
        hops.Select(hop => ObjectText.Of(hop)).ShouldBe(
        [
            "id 11 via 10.0.0.2", "id 12 via 10.1.0.2", "id 13 group 11/12", "id 14 via 2001:db8::2",
            "id 15 via 203.0.113.1 onlink", "id 16 blackhole", "id 17 group 11/12", "id 18",
        ]);
        hops[5].Blackhole.ShouldBeTrue();
        // A resilient group without its unbalanced time, which no request may contain.
        hops[6].Extra.ShouldNotContain("0c000400");
    }
}
