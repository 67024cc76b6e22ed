using System.Diagnostics;
using System.Net;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>Waits for expectations.</summary>
public class ExpectTests : KernelTest
{
    private string Neighbours()
    {
        const string mac = "02:00:00:00:00:01";
        Veth("v0", "v1");
        Peer peer = MovedToPeer("v1");
        peer.Ip($"link set v1 address {mac} up", "addr add 10.0.0.1/24 dev v1", "addr add 2001:db8::1/64 dev v1 nodad");
        Ip([
            "addr add 10.0.0.4/24 dev v0", "addr add 2001:db8::4/64 dev v0 nodad",
            // Without a link-local address the kernel does not probe IPv6 neighbours by itself (ndisc_send_ns).
            "addr add fe80::4/64 dev v0 nodad",
        ]);
        Settle("v0");
        // The kernel's linkwatch takes up to a second to attach a queue after a new carrier.
        while (!peer.Ip("link show v1").Contains("state UP"))
            Thread.Sleep(10);
        return mac;
    }

    private static Neighbour Of(string address, string mac, NeighbourState state = NeighbourState.Reachable) => new()
    {
        Link = 0, Destination = IPAddress.Parse(address), Address = new HardwareAddress(mac), State = state,
    };

    [Fact]
    public void Neighbours_that_answer()
    {
        string mac = Neighbours();
        var watch = Stopwatch.StartNew();
        Backend.Expect(new Answers(Index("v0"), [Of("10.0.0.1", mac), Of("2001:db8::1", mac)]), 0);
        watch.ElapsedMilliseconds.ShouldBeLessThan(4000);
        Ip("neigh show 10.0.0.1").ShouldContain("REACHABLE");
        // Again while they are reachable: the kernel really probes again.
        Backend.Expect(new Answers(Index("v0"), [Of("10.0.0.1", mac)]), 0);
        // Without a known link-layer address.
        Ip("neigh flush dev v0");
        Backend.Expect(new Answers(Index("v0"), [Of("10.0.0.1", "")]), 0);
        Ip("neigh show 10.0.0.1").ShouldContain(mac);
    }

    [Fact]
    public void A_permanent_neighbour_stays_one()
    {
        string mac = Neighbours();
        Ip($"neigh add 10.0.0.1 lladdr {mac} dev v0 nud permanent");
        Backend.Expect(new Answers(Index("v0"), [Of("10.0.0.1", mac, NeighbourState.Permanent)]), 0);
        Ip("neigh show 10.0.0.1").ShouldContain("PERMANENT");
    }

    [Theory]
    [InlineData("10.0.0.9", "02:00:00:00:00:09")]
    [InlineData("10.0.0.9", "")]
    [InlineData("2001:db8::9", "02:00:00:00:00:09")]
    public void A_neighbour_that_does_not_answer_is_named(string address, string mac)
    {
        Neighbours();
        var watch = Stopwatch.StartNew();
        var refusal = Should.Throw<SystemRefusal>(
            () => Backend.Expect(new Answers(Index("v0"), [Of(address, mac)]), 0));
        refusal.Message.ShouldBe(
            $"v0: ask neighbour {address}{(mac == "" ? "" : $" lladdr {mac}")}: Connection timed out (errno 110): "
            + "it does not answer");
        watch.ElapsedMilliseconds.ShouldBeLessThan(10000);
    }

    [Fact]
    public void A_neighbour_that_wakes_up_late_is_waited_for()
    {
        Veth("x0", "x1");
        Peer peer = MovedToPeer("x1");
        Ip("addr add 10.5.0.4/24 dev x0");
        var waker = new Thread(() =>
        {
            Thread.Sleep(700);
            peer.Ip("link set x1 up", "addr add 10.5.0.1/24 dev x1");
        });
        waker.Start();
        Backend.Expect(new Answers(Index("x0"), [Of("10.5.0.1", "")]), 0);
        waker.Join();
    }

    /// <remarks>Neighbours of both families that answer, from an empty table. The others cost no more than the kernel's own three probes,
    /// all at the same time.</remarks>
    [Fact]
    public void Neighbours_of_which_nothing_is_known_are_asked_at_once()
    {
        string mac = Neighbours();
        Ip("neigh flush dev v0 nud all");
        var watch = Stopwatch.StartNew();
        Backend.Ask(Index("v0"), [Of("10.0.0.1", ""), Of("2001:db8::1", "")], TimeSpan.FromSeconds(4));
        watch.ElapsedMilliseconds.ShouldBeLessThan(4000);
        Ip("neigh show 10.0.0.1").ShouldContain(mac);
        Ip("neigh show 10.0.0.1").ShouldContain("REACHABLE");
        Ip("-6 neigh show 2001:db8::1").ShouldContain("REACHABLE");

        watch.Restart();
        Backend.Ask(Index("v0"), [Of("10.0.0.8", ""), Of("10.0.0.9", "02:00:00:00:00:09"), Of("10.0.0.1", mac), Of("2001:db8::9", "")], TimeSpan.FromSeconds(4));
        watch.ElapsedMilliseconds.ShouldBeInRange(1000, 9000);
        Ip("neigh show 10.0.0.1").ShouldContain("REACHABLE");
        Ip("neigh show 10.0.0.9").ShouldNotContain("REACHABLE");
        Backend.ObserveAll(Index("v0")).Neighbours.Where(neighbour => neighbour.State == NeighbourState.Reachable)
            .Select(neighbour => neighbour.Destination.ToString()).Order().ShouldBe(["10.0.0.1", "2001:db8::1"]);
    }

    [Fact]
    public void Asking_where_nobody_can_be_asked_is_no_failure()
    {
        Neighbours();
        Ip("link set v0 down");
        Backend.Ask(Index("v0"), [Of("10.0.0.1", "")], TimeSpan.FromSeconds(4));
        Backend.Ask(Index("v0"), [], TimeSpan.FromSeconds(4));
        Backend.Ask(4711, [Of("10.0.0.1", "")], TimeSpan.FromSeconds(4));
    }

    [Fact]
    public void A_link_change_is_heard()
    {
        Backend.WaitForLinkChange(TimeSpan.Zero).ShouldBeTrue("the first call begins to listen");
        Backend.ObserveLinks();
        Backend.WaitForLinkChange(TimeSpan.FromMilliseconds(50)).ShouldBeFalse();
        Veth("v0", "v1");
        Backend.WaitForLinkChange(TimeSpan.FromSeconds(1)).ShouldBeTrue();
        // An observation counts.
        Ip("link set v0 mtu 1400");
        Backend.ObserveLinks();
        Backend.WaitForLinkChange(TimeSpan.FromMilliseconds(50)).ShouldBeFalse();
    }

    [Fact]
    public void What_carries_no_traffic_is_said()
    {
        Veth("v0", "v1");
        using var impatient = new Linux.LinuxBackend(patience: TimeSpan.FromMilliseconds(200));
        Should.Throw<SystemRefusal>(() => impatient.Expect(new CarriedBy(Index("v0"), Index("v1")), 0))
            .Message.ShouldBe(
                "v0: wait 0.2 s to send through v1: Connection timed out (errno 110): it sends through no port");
        Should.Throw<SystemRefusal>(() => impatient.Expect(new CarriedBy(4711, 4712), 0))
            .Message.ShouldStartWith("interface 4711: wait for its carrier: No such device (errno 19)");
    }
}
