using System.Net;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary>Neighbours that answer before a join must answer after it.</summary>
public class PathTests
{
    private const string NotVerified = "not verified: nothing answers";

    // A host with default routes and an empty neighbour table.
    private static TestWorld World(string join, params ReadOnlySpan<string> gateways)
    {
        Snapshot host = Fixtures.Host("kvm");
        var routes = host.Routes.Clear();
        foreach (string gateway in gateways)
        {
            var address = IPAddress.Parse(gateway);
            bool isIPv6 = gateway.Contains(':');
            routes = routes.Add(new Route
            {
                Destination = isIPv6 ? IPAddress.IPv6Any : IPAddress.Any, DestinationLength = 0, Table = Route.MainTable, Protocol = 4,
                Metric = (uint)(100 + routes.Length), Legs = [new RouteLeg(2, address)],
            });
        }
        return new TestWorld(host with { Routes = routes, Neighbours = [] }) { Settings = new() { Join = join == "bond" ? JoinKind.Bond : JoinKind.Redirect, SyntheticDrivers = ["virtio_net"] } };
    }

    private static Neighbour Seen(string address, NeighbourState state) => new()
    {
        Link = 2, Destination = IPAddress.Parse(address), State = state, Address = new HardwareAddress("02:00:00:00:00:01"),
    };

    [Theory]
    [InlineData("bond", "192.0.2.1")]
    [InlineData("bond", "fe80::1")]
    [InlineData("redirect", "192.0.2.1")]
    [InlineData("redirect", "fe80::1")]
    public void A_default_route_alone_is_enough_to_be_asked(string join, string gateway)
    {
        using TestWorld world = World(join, gateway);
        string before = world.System.Describe();
        world.System.Answering = new HashSet<string> { gateway };
        // The broken part may be the bond, or the VF in it.
        world.System.Disappoints = expectation => expectation is Answers answers
            && answers.Neighbours.Any(neighbour => neighbour.Destination.ToString() == gateway);
        // A KVM host delivers to the VF, so that a bond is judged only when the VF is its port, and stands without it.
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith(join == "bond" ? "exit 5 (WithoutVf)\n" : "exit 1 (Refused)\n");
        world.System.Asked.ShouldContain($"{gateway} enp0s3");
        // A KVM host delivers to the VF already.
        world.System.Patience.ShouldAllBe(time => time == TimeSpan.FromSeconds(1));
        world.Journals.Joins().Length.ShouldBe(join == "bond" ? 1 : 0);
        world.System.Now.Find("enp1s0")!.Master.ShouldBe(0);
        if (join == "bond")
            return;
        world.System.Now = world.System.Now with { Neighbours = [] };
        world.System.Describe().ShouldBe(before);
    }

    /// <remarks>What the kernel counts as reachable answered before the VF came, to which the host delivers now.</remarks>
    [Fact]
    public void A_bond_is_made_where_the_neighbours_answer_through_the_vf_only()
    {
        using TestWorld world = World("bond", "192.0.2.1");
        world.System.Now = world.System.Now with { Neighbours = [Seen("192.0.2.1", NeighbourState.Reachable)] };
        world.System.Disappoints = expectation => expectation is Answers { Neighbours.IsEmpty: false } && world.System.Now.Find("enp1s0")!.Master == 0;
        string text = world.Run("enp1s0", "0", "--foreground");
        text.ShouldEndWith("exit 0 (Done)\n");
        text.ShouldNotContain(NotVerified);
    }

    [Fact]
    public void Hyper_V_delivers_to_the_synthetic_NIC_meanwhile_so_that_there_is_time_to_ask()
    {
        using TestWorld world = World("bond", "192.0.2.1");
        OnHyperV(world);
        world.System.Answering = new HashSet<string> { "192.0.2.1" };
        world.Run("enp1s0", "0", "--foreground");
        world.System.Patience.ShouldNotBeEmpty();
        world.System.Patience.ShouldAllBe(time => time == IBackend.Asking);
    }

    [Fact]
    public void On_Hyper_V_a_bond_through_which_nothing_answers_is_undone_before_the_vf_is_its_port()
    {
        using TestWorld world = World("bond", "192.0.2.1");
        OnHyperV(world);
        string before = world.System.Describe();
        world.System.Answering = new HashSet<string> { "192.0.2.1" };
        world.System.Disappoints = expectation => expectation is Answers { Neighbours.IsEmpty: false } && world.System.Now.Find("enp1s0")!.Master == 0;
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 1 (Refused)\n");
        world.System.Now = world.System.Now with { Neighbours = [] };
        world.System.Describe().ShouldBe(before);
    }

    // With a kernel that does not join.
    private static void OnHyperV(TestWorld world)
    {
        world.Settings = new Settings { Join = JoinKind.Bond };
        world.System.Now = world.System.Now with
        {
            Kernel = new Version(4, 9),
            Links = [.. world.System.Now.Links.Select(link => link.Name == "enp0s3" ? link with { Device = link.Device! with { Driver = "hv_netvsc", Bus = "vmbus" } } : link)],
        };
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void Of_several_gateways_those_that_answered_must_answer(string join)
    {
        using TestWorld world = World(join, "192.0.2.1", "192.0.2.254", "fe80::1");
        world.System.Answering = new HashSet<string> { "192.0.2.254", "fe80::1" };
        List<string> asked = [];
        world.System.Disappoints = expectation =>
        {
            if (expectation is Answers answers)
                asked.Add(string.Join(' ', answers.Neighbours.Select(neighbour => neighbour.Destination).Order(Comparer<IPAddress>.Create(
                    (a, b) => string.CompareOrdinal(a.ToString(), b.ToString())))));
            return false;
        };
        world.Run("enp1s0", "0", "--foreground").ShouldNotContain(NotVerified);
        asked.ShouldNotBeEmpty();
        asked.ShouldAllBe(each => each == "192.0.2.254 fe80::1");
    }

    [Theory]
    [InlineData("bond", false)]
    [InlineData("bond", true)]
    [InlineData("redirect", false)]
    public void Without_a_gateway_that_answers_a_neighbour_is_asked(string join, bool isReachable)
    {
        using TestWorld world = World(join, "192.0.2.1");
        world.System.Now = world.System.Now with { Neighbours = [Seen("192.0.2.7", isReachable ? NeighbourState.Reachable : NeighbourState.Stale)] };
        world.System.Answering = new HashSet<string> { "192.0.2.7" };
        world.System.Disappoints = expectation => expectation is Answers { Neighbours.IsEmpty: false };
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith(join == "bond" ? "exit 5 (WithoutVf)\n" : "exit 1 (Refused)\n");
        // That the kernel has reached the neighbour says nothing about the gateway.
        world.System.Asked.ShouldBe(["192.0.2.1 enp0s3", "192.0.2.7 enp0s3"]);
        world.System.Patience.Count.ShouldBe(1, "together");
        world.System.Now.Find("enp1s0")!.Master.ShouldBe(0);
    }

    // A KVM host delivers its answer to the VF, which nothing uses yet.
    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void A_gateway_that_the_kernel_has_reached_is_not_asked_again_while_the_network_is_cut(string join)
    {
        using TestWorld world = World(join, "192.0.2.1");
        world.System.Now = world.System.Now with { Neighbours = [Seen("192.0.2.1", NeighbourState.Reachable)] };
        world.System.Answering = new HashSet<string>();
        List<string> expected = [];
        world.System.Disappoints = expectation =>
        {
            if (expectation is Answers answers)
                expected.AddRange(answers.Neighbours.Select(neighbour => neighbour.Destination.ToString()));
            return false;
        };
        world.Run("enp1s0", "0", "--foreground").ShouldNotContain(NotVerified);
        world.System.Patience.ShouldBeEmpty();
        expected.ShouldContain("192.0.2.1");
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void Where_nothing_answers_the_join_stands_and_says_so(string join)
    {
        using TestWorld world = World(join, "192.0.2.1");
        world.System.Answering = new HashSet<string>();
        string text = world.Run("enp1s0", "0", "--foreground");
        text.ShouldContain(NotVerified);
        text.ShouldEndWith("exit 0 (Done)\n");
        world.Journals.Joins().ShouldHaveSingleItem();
    }

    /// <summary>As on a KVM host, which delivers to the VF from its arrival.</summary>
    [Theory]
    [InlineData("bond", "bond-enp0s3")]
    [InlineData("redirect", "enp0s3")]
    public void Where_the_network_is_cut_until_the_join_an_answer_after_it_proves_the_path(string join, string configured)
    {
        using TestWorld world = World(join, "192.0.2.1");
        world.System.Answering = new HashSet<string>();
        world.System.Disappoints = _ =>
        {
            world.System.Answering = new HashSet<string> { "192.0.2.1" };
            return false;
        };
        string text = world.Run("enp1s0", "0", "--foreground");
        text.ShouldNotContain(NotVerified);
        text.ShouldContain($"verified: 192.0.2.1 answers through {configured}");
        text.ShouldEndWith("exit 0 (Done)\n");
    }

    [Fact]
    public void A_vf_that_comes_back_and_carries_nothing_is_taken_out_again()
    {
        using TestWorld world = World("bond", "192.0.2.1");
        world.System.Answering = new HashSet<string> { "192.0.2.1" };
        world.Run("enp1s0", "0", "--foreground").ShouldNotContain(NotVerified);
        int bond = world.System.Now.Find("bond-enp0s3")!.Index;
        world.System.Set(3, link => link with { Master = 0 });
        // The neighbour table has no entry of the gateway any more.
        world.System.Now = world.System.Now with { Neighbours = [] };
        world.System.Asked.Clear();
        world.System.Disappoints = expectation => expectation is Answers { Neighbours.IsEmpty: false };
        world.Run("enp1s0", "0", "--foreground").ShouldContain("enp1s0 is not a port of bond-enp0s3");
        world.System.Asked.ShouldContain("192.0.2.1 bond-enp0s3");
        world.System.Now.Find("enp1s0")!.Master.ShouldBe(0);
        world.System.Now.Find("enp0s3")!.Master.ShouldBe(bond);
    }
}
