using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Tests.Unit.Apply;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary>The VF of a redirect receives what its synthetic NIC receives.</summary>
public class VfAddressListTests
{
    private const string Own = "33:33:00:00:00:01", Solicited = "33:33:ff:12:34:56", Other = "33:33:ff:ab:cd:ef", Guest = "02:15:5d:00:00:77";

    // The synthetic NIC has index 2, the VF 3.
    private static TestWorld World()
    {
        var world = new TestWorld("kvm") { Settings = new() { Join = JoinKind.Redirect, SyntheticDrivers = ["virtio_net"] } };
        world.System.Set(2, link => link with { Groups = [Own, Solicited], UnicastAddresses = [Guest] });
        world.System.Set(3, link => link with { Groups = [Own] });
        return world;
    }

    private static ImmutableArray<string> OfVf(TestWorld world) =>
        [.. world.System.Now.Find(3)!.Groups, .. world.System.Now.Find(3)!.UnicastAddresses];

    [Theory]
    [InlineData(true, "has arrived")]
    [InlineData(false, "not verified: whether enp1s0 receives what IPv6 neighbours ask for enp0s3")]
    public void A_join_copies_the_addresses_and_tests_a_solicited_node_group(bool delivers, string words)
    {
        using TestWorld world = World();
        world.System.Delivers = delivers;
        string text = world.Run("--verbose", "enp1s0", "0", "--foreground");
        text.ShouldEndWith("exit 0 (Done)\n");
        text.ShouldContain(words);
        text.ShouldNotContain("refuses");
        OfVf(world).ShouldBe([Own, Solicited, Guest]);
        world.System.Tested.ShouldBe([$"enp1s0 {Solicited} enp0s3"]);
        // The test frame has taught a bridge the wrong path.
        world.System.Announced.ShouldContain(2);

        world.Run("detach", "enp0s3");
        OfVf(world).ShouldBe([Own]);
    }

    [Fact]
    public void A_port_of_a_bridge_is_not_tested()
    {
        using TestWorld world = World();
        world.System.Now = world.System.Now with { Links = world.System.Now.Links.Add(new Link { Index = 9, Name = "br0", Kind = "bridge" }) };
        world.System.Set(2, link => link with { Master = 9 });
        world.Run("enp1s0", "0", "--foreground");
        world.System.Tested.ShouldBeEmpty();
    }

    [Fact]
    public void Addresses_that_the_vf_refuses_are_named_and_the_join_stands()
    {
        using TestWorld world = World();
        world.System.RefusesAddresses = true;
        string text = world.Run("enp1s0", "0", "--foreground");
        text.ShouldContain("enp1s0 refuses 2 addresses (33:33:ff:12:34:56, 02:15:5d:00:00:77), which enp0s3 receives");
        text.ShouldEndWith("exit 0 (Done)\n");
        world.Journals.Joins().ShouldHaveSingleItem();
        world.Run("status").ShouldContain("enp1s0 does not receive 33:33:ff:12:34:56, 02:15:5d:00:00:77");
        // Said once, not each minute.
        world.Log.Clear();
        world.Run("scan", "--repair", "--event");
        world.Log.ShouldNotContain(line => line.Message.Contains("refuse"));
    }

    [Theory]
    [InlineData("--repair")]
    [InlineData("--foreground")]
    public void A_scan_brings_the_list_in_step(string option)
    {
        using TestWorld world = World();
        world.Run("enp1s0", "0", "--foreground");
        world.System.Set(2, link => link with { Groups = [Own, Other], UnicastAddresses = [] });
        world.Run("status").ShouldContain("enp1s0 does not receive 33:33:ff:ab:cd:ef");
        int changes = world.System.Changes;
        world.Run("scan", option).ShouldEndWith("exit 0 (Done)\n");
        OfVf(world).ShouldBe([Own, Other]);
        world.System.Changes.ShouldBe(changes, "no plan is made for it");
        world.Log.Count(line => line.Message.Contains("enp1s0 receives what enp0s3 receives again")).ShouldBe(1);
        world.Run("scan", option);
        world.Log.Count(line => line.Message.Contains("enp1s0 receives what enp0s3 receives again")).ShouldBe(1);
        world.Run("status").ShouldNotContain("does not receive");
    }

    [Fact]
    public void Nothing_is_copied_where_nothing_may_be_changed_or_another_run_is_at_work()
    {
        using TestWorld world = World();
        world.Run("enp1s0", "0", "--foreground");
        world.System.Set(2, link => link with { Groups = [Own, Other] });
        using (HypervVfattach.Apply.PairLock.Take(world.Journals.Directory, world.Journals.Joins()[0].Mac, TimeSpan.Zero))
            world.Run("scan", "--repair");
        OfVf(world).ShouldNotContain(Other);
        world.Settings = world.Settings with { ObserveOnly = true };
        world.Run("scan", "--repair");
        OfVf(world).ShouldNotContain(Other);
    }
}
