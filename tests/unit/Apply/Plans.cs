using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Tests.Unit.Apply;

/// <summary>A pair with its configuration, and plans for it shaped like the real ones.</summary>
internal static class Plans
{
    public const int Synthetic = 2;
    public const int Vf = 3;
    public static readonly HardwareAddress Mac = new("00:0d:3a:12:34:56");

    /// <summary>A configured synthetic NIC and its VF, not joined.</summary>
    public static MemorySystem Pair() => new()
    {
        Now = new Snapshot
        {
            Links =
            [
                new Link { Index = 1, Name = "lo", Type = 772, Flags = LinkFlags.Up | LinkFlags.Loopback, Mtu = 65536 },
                new Link
                {
                    Index = Synthetic, Name = "eth0", Address = Mac, PermanentAddress = Mac, Flags = LinkFlags.Up, Mtu = 9000,
                    AltNames = ["enx000d3a123456"], Device = new Device("hv_netvsc", "vmbus", "vmbus0", 0),
                },
                new Link
                {
                    Index = Vf, Name = "enP1s1", Address = Mac, PermanentAddress = Mac, Mtu = 9000,
                    Device = new Device("mlx5_core", "pci", "pci0", 0),
                },
            ],
            Addresses = [Ip4(Synthetic), Ip6(Synthetic)],
            Routes = [Default(Synthetic), Default6(Synthetic, 1024)],
            Neighbours = [Gateway(Synthetic)],
            Rules = [new Rule { Family = 2, Priority = 100, InputName = "eth0", Table = 100 }],
            Sysctls = [new Sysctl(Synthetic, "ipv4/conf", "rp_filter", "2"), new Sysctl(Vf, "ipv4/conf", "rp_filter", "0")],
            Kernel = new Version(6, 1),
        },
    };

    public static Address Ip4(int link) =>
        new() { Link = link, Local = IPAddress.Parse("10.0.0.4"), PrefixLength = 24, Flags = AddressFlags.Permanent };

    public static Address Ip6(int link) => new()
    {
        Link = link, Local = IPAddress.Parse("fd00::4"), PrefixLength = 64, Flags = AddressFlags.Permanent | AddressFlags.NoDad,
    };

    public static Route Default(int link) => new()
    {
        Destination = IPAddress.Any, DestinationLength = 0, Table = 254, Protocol = 4,
        Legs = [new RouteLeg(link, IPAddress.Parse("10.0.0.1"))],
    };

    public static Route Default6(int link, uint metric) => new()
    {
        Destination = IPAddress.IPv6Any, DestinationLength = 0, Table = 254, Protocol = 4, Metric = metric,
        Legs = [new RouteLeg(link, IPAddress.Parse("fd00::1"))],
    };

    public static Neighbour Gateway(int link) => new()
    {
        Link = link, Destination = IPAddress.Parse("10.0.0.1"), Address = new HardwareAddress("12:34:56:78:9a:bc"),
        State = NeighbourState.Permanent,
    };

    /// <summary>Joins the pair.</summary>
    public static Plan Join()
    {
        const int bond = Link.OfAggregate;
        Rule rule = new() { Family = 2, Priority = 100, InputName = "eth0", Table = 100 };
        Rule moved = rule.Renamed("eth0", "bond-eth0");
        return new Plan
        {
            Goal = Goal.Join, Mac = Mac, Synthetic = Synthetic, SyntheticName = "eth0", Vf = Vf, VfName = "enP1s1",
            AggregateName = "bond-eth0",
            Notes = ["the queueing discipline tbf of eth0 does not move"],
            Steps =
            [
                new Step("create bond-eth0",
                    [new CreateBond("bond-eth0", Mac, new LinkAttributes(9000, 1000, 0), 100), new SetSysctl(new Sysctl(bond, "ipv4/conf", "rp_filter", "2"))],
                    [new DeleteLink(bond)]),
                new Step("prepare",
                    [
                        new AddAddress(Ip4(bond)), new AddAddress(Ip6(bond)), new SetUp(bond, true),
                        new AddRoute(Default(bond), RoutePlace.Behind), new AddRoute(Default6(bond, 1025), RoutePlace.Behind),
                        new AddRule(moved),
                    ],
                    [
                        new RemoveRule(moved), new RemoveRoute(Default6(bond, 1025)), new RemoveRoute(Default(bond)),
                        new RemoveAddress(Ip6(bond)), new RemoveAddress(Ip4(bond)),
                    ]),
                new Step("cut over",
                    [
                        new SetMaster(Synthetic, bond, Down: true), new RemoveAddress(Ip4(Synthetic)),
                        new AddRoute(Default6(bond, 1024), RoutePlace.Behind), new RemoveRoute(Default6(bond, 1025)),
                        new PutNeighbour(Gateway(bond)), new RemoveRule(rule),
                        new RemoveAltName(Synthetic, "enx000d3a123456"), new AddAltName(bond, "enx000d3a123456"),
                    ],
                    [
                        new RemoveAltName(bond, "enx000d3a123456"), new AddAltName(Synthetic, "enx000d3a123456"),
                        new AddRule(rule), new RemoveRoute(Default6(bond, 1024)),
                        new SetMaster(Synthetic, 0), new SetUp(Synthetic, true),
                        new AddAddress(Ip4(Synthetic)), new AddAddress(Ip6(Synthetic)),
                        new AddRoute(Default(Synthetic), RoutePlace.Behind),
                        new AddRoute(Default6(Synthetic, 1024), RoutePlace.Behind), new PutNeighbour(Gateway(Synthetic)),
                    ])
                {
                    Expect = [new CarriedBy(bond, Synthetic), new Answers(bond, [Gateway(bond)])],
                },
                AddVf(bond, Vf),
            ],
        };
    }

    /// <summary>Adds a VF that came back to the bond.</summary>
    public static Plan AddPort(int bond, int vf) => Join() with
    {
        Goal = Goal.AddPort, Aggregate = bond, Vf = vf, Notes = [], Steps = [AddVf(bond, vf) with { Optional = false }],
    };

    /// <summary>Returns everything to the synthetic NIC.</summary>
    public static Plan Detach(int bond) => Join() with
    {
        Goal = Goal.Detach, Aggregate = bond, Notes = [],
        Steps =
        [
            new Step("release the VF", [new SetMaster(Vf, 0), new SetPrimary(bond, 0)],
                [new SetMaster(Vf, bond, Down: true), new SetUp(Vf, true), new SetPrimary(bond, Vf)]),
            new Step("cut back",
                [
                    new SetMaster(Synthetic, 0), new SetUp(Synthetic, true), new AddAddress(Ip4(Synthetic)),
                    new AddAddress(Ip6(Synthetic)), new AddRoute(Default(Synthetic), RoutePlace.Behind),
                    new AddRoute(Default6(Synthetic, 1024), RoutePlace.Behind), new PutNeighbour(Gateway(Synthetic)),
                    new AddRule(new Rule { Family = 2, Priority = 100, InputName = "eth0", Table = 100 }),
                    new RemoveRule(new Rule { Family = 2, Priority = 100, InputName = "bond-eth0", Table = 100 }),
                    new RemoveAltName(bond, "enx000d3a123456"), new AddAltName(Synthetic, "enx000d3a123456"),
                ],
                [
                    new RemoveAltName(Synthetic, "enx000d3a123456"), new AddAltName(bond, "enx000d3a123456"),
                    new AddRule(new Rule { Family = 2, Priority = 100, InputName = "bond-eth0", Table = 100 }),
                    new RemoveRule(new Rule { Family = 2, Priority = 100, InputName = "eth0", Table = 100 }),
                    new SetMaster(Synthetic, bond, Down: true), new RemoveAddress(Ip4(Synthetic)),
                    new SetUp(Synthetic, true),
                ]),
            new Step("remove bond-eth0", [new DeleteLink(bond)], []),
        ],
    };

    private static Step AddVf(int bond, int vf) => new("add enP1s1",
        [new SetMaster(vf, bond, Down: true), new SetUp(vf, true), new SetPrimary(bond, vf)],
        [new SetPrimary(bond, 0), new SetMaster(vf, 0), new SetUp(vf, false)])
    {
        Expect = [new CarriedBy(bond, vf)],
        Optional = true,
    };
}
