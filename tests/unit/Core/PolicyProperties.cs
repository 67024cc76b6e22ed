using System.Collections.Immutable;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Pairs;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Core;

/// <summary>Properties of every host, however odd: addresses, drivers and indices are few, so that all combinations occur.</summary>
public class PolicyProperties
{
    private static readonly Gen<HardwareAddress> s_address = Gen.Elements("52:54:00:00:00:01", "52:54:00:00:00:02", "", null)
        .Select(text => new HardwareAddress(text!));

    private static readonly Gen<Link> s_link =
        from index in Gen.Choose(1, 9)
        from suffix in Gen.Elements("", "s")
        from address in s_address
        from permanent in Gen.Frequency((3, Gen.Constant(default(HardwareAddress))), (1, s_address))
        from type in Gen.Frequency((9, Gen.Constant((ushort)1)), (1, Gen.Constant((ushort)32)))
        from flags in Gen.Elements(LinkFlags.Up, LinkFlags.Up, LinkFlags.None, LinkFlags.Slave)
        from master in Gen.Frequency((4, Gen.Constant(0)), (2, Gen.Choose(1, 9)))
        from lower in Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Choose(1, 9)))
        from port in Gen.Elements(null, "bond", "bridge")
        from kind in Gen.Frequency((6, Gen.Constant<string?>(null)), (2, Gen.Elements<string?>("bond", "bridge", "vlan")))
        from device in Gen.Elements(
            null, new Device("hv_netvsc", "vmbus", "a", 0), new Device("virtio_net", "virtio", "b", 0),
            new Device("mlx5_core", "pci", "c", 0), new Device("vmxnet3", "pci", "d", 0), new Device(null, null, "", 0))
        select new Link
        {
            Index = index, Name = $"eth{index}{suffix}", Address = address, PermanentAddress = permanent, Type = type,
            Flags = flags, Master = master, Lower = lower, PortKind = port, Kind = kind, Device = device, Mtu = 1500,
        };

    private static readonly Gen<Address> s_ip =
        from link in Gen.Choose(1, 9)
        from text in Gen.Elements("192.0.2.1", "169.254.1.1", "2001:db8::1", "fe80::1")
        from lifetime in Gen.Elements(Address.Forever, 3600u)
        select new Address { Link = link, Local = IPAddress.Parse(text), PrefixLength = 24, ValidLifetime = lifetime };

    private static readonly Gen<Route> s_route =
        from link in Gen.Choose(1, 9)
        from protocol in Gen.Elements<byte>(2, 4, 9, 16)
        select new Route
        {
            Destination = IPAddress.Any, DestinationLength = 0, Table = 254, Protocol = protocol,
            Legs = [new RouteLeg(link, null)],
        };

    private static readonly Gen<Join> s_join =
        from mac in s_address
        from synthetic in Gen.Choose(1, 9)
        from aggregate in Gen.Choose(1, 9)
        select new Join(mac, synthetic, $"eth{synthetic}", aggregate, "bond-x");

    private static readonly Gen<Snapshot> s_host =
        from links in s_link.ListOf()
        from addresses in Few(s_ip)
        from routes in Few(s_route)
        from joins in Few(s_join)
        from owner in Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Choose(1, 9)))
        from kernel in Gen.Elements("0.0", "4.9", "4.14", "6.1")
        from core in Gen.Elements("nothing", "pair", "joined", "vf-back")
        select WithCore(core, new Snapshot
        {
            Links = [.. links.DistinctBy(link => link.Index)],
            Addresses = addresses, Routes = routes, Joins = joins, Kernel = Version.Parse(kernel),
            Owners = owner == 0 ? [] : [new Owner(owner, "dhclient", "process 1")],
        });

    private static readonly Gen<Settings> s_settings =
        from force in Gen.Elements(true, false)
        from takeName in Gen.Elements(true, false)
        from way in Gen.Frequency((5, Gen.Constant(JoinKind.Bond)), (1, Gen.Constant(JoinKind.None)))
        from pattern in Gen.Frequency((9, Gen.Constant("bond-%s")), (1, Gen.Elements("bond0", "%s", "", "eth1", "x%d")))
        select new Settings
        {
            SyntheticDrivers = ["hv_netvsc", "virtio_net"], Force = force, TakeName = takeName, Join = way,
            AggregateName = pattern,
        };

    // Random hosts hardly ever have a valid pair, so some get one among the oddities.
    private static Snapshot WithCore(string core, Snapshot host)
    {
        Snapshot sound = Fixtures.Parse(core switch
        {
            "pair" => """
                1: eth1 52:54:00:00:00:01 up device virtio virtio_net
                2: eth2 52:54:00:00:00:01 device pci vmxnet3
                """,
            "joined" => """
                1: eth1 52:54:00:00:00:01 up master 3 port bond device virtio virtio_net
                2: eth2 52:54:00:00:00:01 up master 3 port bond device pci vmxnet3
                3: bond-x 52:54:00:00:00:01 up kind bond
                join 52:54:00:00:00:01 synthetic 1 eth1 aggregate 3 bond-x
                """,
            "vf-back" => """
                1: eth1 52:54:00:00:00:01 up master 3 port bond device vmbus hv_netvsc
                2: eth2 52:54:00:00:00:01 device pci vmxnet3
                3: bond-x 52:54:00:00:00:01 up kind bond
                join 52:54:00:00:00:01 synthetic 1 eth1 aggregate 3 bond-x
                """,
            _ => "",
        });
        return host with
        {
            Links = [.. sound.Links, .. host.Links.Where(link => sound.Find(link.Index) is null)],
            Joins = [.. sound.Joins, .. host.Joins],
        };
    }

    private sealed record Case(Snapshot Host, Settings Settings, bool DelayOver)
    {
        public IEnumerable<(Link Link, Decision Decision)> Decisions() => Host.Links.Select(link => (link, Decide(link.Index)));

        public Decision Decide(int link) => new LinuxPolicy().Decide(new Event(link, DelayOver), Host, Settings);
    }

    private static readonly Arbitrary<Case> s_case = (
        from host in s_host
        from settings in s_settings
        from delayOver in Gen.Elements(true, true, false)
        select new Case(host, settings, delayOver)).ToArbitrary();

    private static Gen<ImmutableArray<T>> Few<T>(Gen<T> one) =>
        from count in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(1, 3)))
        from items in one.ListOf(count)
        select items.ToImmutableArray();

    private static void Holds(Action<Case> check) =>
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(s_case, check));

    [Fact]
    public void Every_host_gets_a_decision_with_a_reason() => Holds(one =>
    {
        one.Decide(99).ShouldBeOfType<NotOurs>();
        foreach ((_, Decision decision) in one.Decisions())
        {
            decision.Reason.ShouldNotBeNullOrWhiteSpace();
            decision.Reason.ShouldNotEndWith(".");
            if (decision is Refuse refusal)
                refusal.Advice.ShouldNotBeNullOrWhiteSpace();
        }
        foreach (Pair pair in LinuxPairs.Find(one.Host, one.Settings.SyntheticDrivers))
            new LinuxPolicy().Decide(pair, one.DelayOver, one.Host, one.Settings);
        foreach (Link link in one.Host.Links)
            new LinuxPolicy().UdevProperties(new Event(link.Index, one.DelayOver), one.Host, one.Settings);
    });

    [Fact]
    public void What_is_planned_takes_nothing_from_anybody() => Holds(one =>
    {
        foreach (Do plan in one.Decisions().Select(pair => pair.Decision).OfType<Do>())
        {
            Link vf = one.Host.Find(plan.Plan.Vf)!;
            Link synthetic = one.Host.Find(plan.Plan.Synthetic)!;
            if (IsTakeBack(plan.Plan))
            {
                // The synthetic NIC, which its owner may already have made a port again.
                vf.Master.ShouldBeOneOf(0, plan.Plan.Aggregate);
                one.Host.Joins.ShouldContain(join => join.Aggregate == plan.Plan.Aggregate && one.Host.Find(join.Synthetic) == null);
                continue;
            }
            vf.Master.ShouldBe(0);
            vf.PairAddress.ShouldBe(synthetic.PairAddress);
            vf.Device!.Bus.ShouldBe("pci");
            synthetic.Master.ShouldBe(plan.Plan.Goal == Goal.AddPort ? plan.Plan.Aggregate : 0);
            one.Host.Owners.ShouldNotContain(owner => owner.Link == vf.Index);
            one.Host.Links.ShouldNotContain(link => link.Lower == vf.Index && link != vf);
            if (synthetic.Device!.Driver == "hv_netvsc")
                one.DelayOver.ShouldBeTrue();
            if (plan.Plan.Goal == Goal.Join)
            {
                one.Settings.Join.ShouldBe(JoinKind.Bond);
                one.Host.Find(plan.Plan.AggregateName).ShouldBeNull();
                one.Host.Owners.ShouldNotContain(owner => owner.Link == synthetic.Index);
                one.Host.Links.ShouldNotContain(link => link.Lower == synthetic.Index && link != synthetic);
            }
        }
    });

    [Fact]
    public void The_same_host_gets_the_same_decision_in_whatever_order_it_is_seen() => Holds(one =>
    {
        Case reversed = one with { Host = one.Host with { Links = [.. one.Host.Links.Reverse()] } };
        // Lists of uppers are in the kernel's order, the only allowed difference.
        foreach ((Link link, Decision decision) in one.Decisions())
        {
            one.Decide(link.Index).Reason.ShouldBe(decision.Reason);
            reversed.Decide(link.Index).GetType().ShouldBe(decision.GetType());
        }
    });

    [Fact]
    public void A_finished_plan_leaves_nothing_to_plan() => Holds(one =>
    {
        foreach ((Link link, Decision decision) in one.Decisions())
        {
            if (decision is Do plan)
            {
                Case after = one with { Host = Finished(one.Host, plan.Plan) };
                if (IsTakeBack(plan.Plan)) // Its VF may then be free, and is handled next.
                {
                    IsTakeBack((after.Decide(link.Index) as Do)?.Plan).ShouldBeFalse();
                    continue;
                }
                after.Decide(link.Index).ShouldBeOfType<LeaveAlone>().Reason.ShouldContain("already joined");
                after.Decide(plan.Plan.Vf).ShouldBeOfType<LeaveAlone>();
            }
        }
    });

    [Fact]
    public void Joins_are_planned_at_all_by_these_tests()
    {
        int joins = 0, ports = 0;
        Holds(one =>
        {
            joins += one.Decisions().Count(pair => pair.Decision is Do { Plan.Goal: Goal.Join });
            ports += one.Decisions().Count(pair => pair.Decision is Do { Plan.Goal: Goal.AddPort });
        });
        joins.ShouldBeGreaterThan(20);
        ports.ShouldBeGreaterThan(2);
    }

    private static bool IsTakeBack(Plan? plan) => plan is not null && plan.Vf == plan.Synthetic;

    /// <summary>The state of a host after one of our plans has been executed.</summary>
    private static Snapshot Finished(Snapshot host, Plan plan)
    {
        int bond = plan.Goal == Goal.Join ? 50 : plan.Aggregate;
        Link AsPort(Link link) => link.Index == plan.Synthetic || link.Index == plan.Vf
            ? link with { Master = bond, PortKind = "bond", Flags = link.Flags | LinkFlags.Slave | LinkFlags.Up }
            : link;
        ImmutableArray<Link> links = [.. host.Links.Select(AsPort)];
        if (plan.Goal == Goal.AddPort)
            return host with
            {
                Links = links,
                Joins = [.. host.Joins.Select(join => join.Aggregate == bond ? join with { Synthetic = plan.Synthetic } : join)],
            };
        return host with
        {
            Links = links.Add(new Link { Index = bond, Name = plan.AggregateName, Address = plan.Mac, Kind = "bond" }),
            Addresses = [.. host.Addresses.Select(a => a.Link == plan.Synthetic ? a with { Link = bond } : a)],
            Routes = [.. host.Routes.Select(route => route.Moved(plan.Synthetic, bond))],
            Joins = host.Joins.Insert(0, new Join(plan.Mac, plan.Synthetic, plan.SyntheticName, bond, plan.AggregateName)),
        };
    }
}
