using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Joins;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>The kernel refuses a message alone: it executes the rest of the same datagram.</summary>
public class RefusalTests : KernelTest
{
    /// <remarks>A veth in place of the bond: it accepts no ports (EOPNOTSUPP), as a bond does not accept every NIC.</remarks>
    [Fact]
    public void A_synthetic_that_does_not_become_a_port_keeps_what_it_has()
    {
        Veths(("v0", "v1"), ("w0", "w1"));
        Settle("v0", "v1", "w0", "w1");
        Ip([
            "addr add 10.0.0.4/24 dev v0", "addr add 10.0.0.5/24 dev v0", "-6 addr add 2001:db8::4/64 dev v0 nodad",
            "route add default via 10.0.0.1", "-6 route add default via 2001:db8::1 dev v0",
            "route add 192.0.2.0/24 via 10.0.0.1 table 100", "rule add iif v0 table 100 pref 100",
            "neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev v0 nud permanent",
        ]);
        int v0 = Index("v0"), w0 = Index("w0");
        Snapshot seen = Backend.ObserveAll(v0, w0);
        Plan plan = BondPlans.Join(seen, seen.Find(v0)!, seen.Find("w1")!, new Settings());
        Step stage = plan.Steps.Single(step => step.Name == "prepare the bond");
        Step cut = plan.Steps.Single(step => step.Name == "cut over");
        string before = Configuration();

        Backend.Apply(stage.Changes, w0, repeat: false);
        Should.Throw<SystemRefusal>(() => Backend.Apply(cut.Changes, w0, repeat: false)).Errno.ShouldBe(95);
        Ip("-4 addr show dev v0").ShouldContain("10.0.0.4/24");
        Ip("-4 addr show dev v0").ShouldContain("10.0.0.5/24");
        Ip("rule").ShouldContain("iif v0");
        Ip("rule").ShouldNotContain("iif bond-v0");

        Backend.Apply(cut.Undo, w0, repeat: true);
        Settle("v0");
        Configuration().ShouldBe(before);
    }

    [Fact]
    public void Nothing_is_taken_away_behind_an_addition_that_is_refused()
    {
        Veth("v0", "v1");
        Ip("addr add 10.0.0.4/24 dev v0");
        int v0 = Index("v0");
        var rule = new Rule { Family = 2, Priority = 100, Table = 200 };
        Ip("rule add pref 100 table 200");
        Should.Throw<SystemRefusal>(() => Backend.Apply(
            [new AddRule(rule), new RemoveAddress(Address4(v0, "10.0.0.4", 24)), new RemoveRule(rule)], 0, repeat: false))
            .Errno.ShouldBe(17);
        Ip("addr show dev v0").ShouldContain("10.0.0.4/24");
        Ip("rule").ShouldContain("lookup 200");
    }

    [Fact]
    public void Nothing_is_done_with_an_interface_whose_name_is_refused()
    {
        Veth("v0", "v1");
        int v0 = Index("v0");
        Should.Throw<SystemRefusal>(() => Backend.Apply(
            [new SetName(v0, "v1"), new SetMtu(v0, 1400), new SetUp(v0, false)], 0, repeat: false));
        Ip("link show dev v0").ShouldContain("mtu 1500");
        Ip("link show dev v0").ShouldContain(",UP");
    }

    private static string Configuration() => string.Join("\n",
        Ip("-4 addr show dev v0"), Ip("-6 addr show dev v0 scope global"), Sorted(Ip("route show table all dev v0")),
        Sorted(Ip("-6 route show table all dev v0")), Ip("rule"), Sorted(Ip("neigh show dev v0 nud permanent")));
}
