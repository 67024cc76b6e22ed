using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>The real bonding driver.</summary>
public class BondTests : KernelTest
{
    private static readonly HardwareAddress s_mac = new("02:15:5d:00:00:01");

    // Found by trying: the module may be loaded, loadable, built in or missing.
    internal static bool HasDriver { get; } = HasBonding();

    public BondTests() => Assert.SkipUnless(HasDriver, "this kernel has no bonding driver");

    private static CreateBond Bond(string name = "bond-s0") => new(name, s_mac, new LinkAttributes(1400, 777, 42), 100);

    [Fact]
    public void A_bond_as_it_was_asked_for()
    {
        Backend.Apply([Bond()], 0, repeat: false);
        JsonElement link = IpJson("link show bond-s0")[0];
        link.GetProperty("address").GetString().ShouldBe("02:15:5d:00:00:01");
        link.GetProperty("mtu").GetInt32().ShouldBe(1400);
        link.GetProperty("txqlen").GetInt32().ShouldBe(777);
        link.GetProperty("group").GetString().ShouldBe("42");
        link.GetProperty("inet6_addr_gen_mode").GetString().ShouldBe("none");
        link.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()).ShouldNotContain("UP");
        JsonElement data = link.GetProperty("linkinfo").GetProperty("info_data");
        data.GetProperty("mode").GetString().ShouldBe("active-backup");
        data.GetProperty("miimon").GetInt32().ShouldBe(100);
        data.GetProperty("fail_over_mac").GetString().ShouldBe("active");
        data.GetProperty("primary_reselect").GetString().ShouldBe("always");
        data.GetProperty("num_peer_notif").GetInt32().ShouldBe(1);

        Backend.ObserveLinks().Find("bond-s0")!.Bond.ShouldBe(new BondState(1, 0, 0));
        Should.Throw<SystemRefusal>(() => Backend.Apply([Bond()], 0, repeat: false)).Message.ShouldStartWith(
            "bond-s0: create the bond: File exists (errno 17)");
        Backend.Apply([Bond()], 0, repeat: true);
    }

    [Fact]
    public void A_name_that_is_taken_leaves_its_owner_alone()
    {
        Ip(["link add bond-s0 type veth peer name v1", "link set bond-s0 addrgenmode random"]);
        string before = Ip("-d link show bond-s0");
        Should.Throw<SystemRefusal>(() => Backend.Apply([Bond(), new SetUp(Link.OfAggregate, true)], 0, repeat: false))
            .Message.ShouldBe("bond-s0: create the bond: File exists (errno 17); choose another name for the aggregate");
        Ip("-d link show bond-s0").ShouldBe(before);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ports_join_and_the_primary_carries(bool created)
    {
        Veths(("s0", "s1"), ("f0", "f1"));
        int synthetic = Index("s0"), vf = Index("f0");
        int bond = 0;
        if (!created)
        {
            Backend.Apply([Bond()], 0, repeat: false);
            bond = Index("bond-s0");
        }
        // All in one call, which finds the index of the aggregate that it creates.
        Backend.Apply(
            [
                .. created ? ImmutableArray.Create<Change>(Bond()) : [],
                new AddAddress(Address4(Link.OfAggregate, "10.0.0.4", 24)),
                new SetUp(Link.OfAggregate, true),
                new SetMaster(synthetic, Link.OfAggregate, Down: true),
            ],
            bond, repeat: false);
        bond = Index("bond-s0");
        Backend.Expect(new CarriedBy(Link.OfAggregate, synthetic), bond);
        Link port = Backend.ObserveLinks().Find(synthetic)!;
        port.Master.ShouldBe(bond);
        port.PortKind.ShouldBe("bond");
        port.IsUp.ShouldBeTrue();

        Backend.Apply([new SetPrimary(bond, vf), new SetMaster(vf, bond, Down: true)], 0, repeat: false);
        var watch = Stopwatch.StartNew();
        Backend.Expect(new CarriedBy(bond, vf), 0);
        watch.ElapsedMilliseconds.ShouldBeLessThan(4000);
        Backend.ObserveLinks().Find(bond)!.Bond.ShouldBe(new BondState(1, vf, vf));

        // A repeated join leaves an existing port alone.
        Backend.Apply([new SetMaster(synthetic, bond, Down: true)], 0, repeat: true);
        Backend.ObserveLinks().Find(synthetic)!.IsUp.ShouldBeTrue();

        Ip("link delete f0");
        Backend.Expect(new CarriedBy(bond, synthetic), 0);
        Backend.Apply([new SetMaster(vf, 0), new DeleteLink(bond)], 0, repeat: true);
        Backend.ObserveLinks().Find(bond).ShouldBeNull();
    }

    [Fact]
    public void An_interface_that_is_up_is_refused_with_the_kernels_words()
    {
        Veth("s0", "s1");
        Backend.Apply([Bond()], 0, repeat: false);
        Should.Throw<SystemRefusal>(
                () => Backend.Apply([new SetMaster(Index("s0"), Index("bond-s0"))], 0, repeat: false))
            .Message.ShouldStartWith("s0: make it a port of bond-s0: Operation not permitted (errno 1)");
    }

    [Fact]
    public void A_refusal_for_any_other_reason_survives_the_second_attempt()
    {
        Backend.Apply([Bond()], 0, repeat: false);
        int bond = Index("bond-s0");
        // EPERM too, as from a kernel that needs two messages; the second time the address exists, which is no error.
        Should.Throw<SystemRefusal>(() => Backend.Apply(
                [new SetMaster(bond, bond, Down: true), new AddAddress(Address4(bond, "10.0.0.4", 24))], 0, repeat: false))
            .Message.ShouldStartWith(
                "bond-s0: switch off and make it a port of bond-s0: Operation not permitted (errno 1)");
        Backend.Apply([new RemoveAddress(Address4(bond, "10.0.0.4", 24))], 0, repeat: false);
        // From now on in two messages.
        Veth("s0", "s1");
        Backend.Apply([new SetUp(bond, true), new SetMaster(Index("s0"), bond, Down: true)], 0, repeat: false);
        Backend.Expect(new CarriedBy(bond, Index("s0")), 0);
    }

    [Fact]
    public void A_move_in_one_batch_leaves_nothing_behind()
    {
        Veth("s0", "s1");
        Ip([
            "addr add 10.0.0.4/24 dev s0", "addr add 2001:db8::4/64 dev s0 nodad", "route add default via 10.0.0.1 dev s0 proto static",
        ]);
        int synthetic = Index("s0");
        Snapshot before = Backend.ObserveAll(synthetic);
        ImmutableArray<Address> addresses = [.. before.Addresses.Where(address => address.Link == synthetic)];
        Route route = before.Routes.Single(route => route.Protocol == 4);

        Backend.Apply([Bond()], 0, repeat: false);
        int bond = Index("bond-s0");
        ImmutableArray<Address> moved = [.. addresses.Select(address => address with { Link = bond, Label = null })];
        Backend.Apply(
            [
                .. moved.Select(address => new AddAddress(address)),
                new SetUp(bond, true),
                new AddRoute(route.Moved(synthetic, bond), RoutePlace.Behind),
            ],
            0, repeat: false);
        Ip("route show default").Split('\n')[0].ShouldContain("dev s0");
        Backend.Apply(
            [
                new SetMaster(synthetic, bond, Down: true),
                .. addresses.Where(address => !address.IsIPv6).Select(address => new RemoveAddress(address)),
            ],
            0, repeat: false);
        Backend.Expect(new CarriedBy(bond, synthetic), 0);
        Ip("route show default").Trim().ShouldBe("default via 10.0.0.1 dev bond-s0 proto static");
        Backend.Expect(
            new Holds(new Configuration
            {
                Addresses = [.. moved.Select(address => address.IsIPv6 ? address : address with { Label = "bond-s0" })],
                Routes = [route.Moved(synthetic, bond)],
            }),
            0);
        Ip("addr show dev s0").ShouldNotContain("10.0.0.4");
    }

    private static bool HasBonding()
    {
        bool made = TryRun("ip", "link", "add", "bond-probe", "type", "bond").Status == 0;
        if (made)
            TryRun("ip", "link", "delete", "bond-probe");
        return made;
    }
}
