using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

public class DetachCommandTests
{
    private static TestWorld Joined()
    {
        var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        return world;
    }

    [Theory]
    [InlineData("enp0s3")]
    [InlineData("enp1s0")]
    [InlineData("bond-enp0s3")]
    public void Synthetic_VF_and_bond_name_the_pair(string name)
    {
        using var fresh = new TestWorld("kvm");
        using TestWorld world = Joined();
        world.Run("detach", name).ShouldContain("enp0s3 has its configuration back; bond-enp0s3 is removed");
        world.System.Now.Find("bond-enp0s3").ShouldBeNull();
        world.Journals.Joins().ShouldBeEmpty();
        Addresses(world).ShouldBe(Addresses(fresh));
        world.Run("detach", "enp0s3").ShouldEndWith("exit 1 (Refused)\n");

        static IEnumerable<string> Addresses(TestWorld world) =>
            world.System.Now.Addresses.Select(address => $"{address.Link} {address.Local}").Order();
    }

    [Fact]
    public void What_a_person_is_told()
    {
        string text;
        using (var world = new TestWorld("kvm"))
            text = world.Run("detach", "enp0s3") + world.Run("detach", "nope") + world.Run("detach", "enp0s3", "--dry-run");
        using (TestWorld world = Joined())
        {
            text += world.Run("detach", "enp0s3", "--dry-run");
            world.MissingPrivilege = "CAP_NET_ADMIN";
            text += world.Run("detach", "enp0s3");
            world.MissingPrivilege = null;
            world.System.Refuses = change => change is SetMaster { Link: 2, Master: 0 };
            text += world.Run("detach", "enp0s3");
            world.System.Refuses = _ => false;
            text += world.Run("detach", "enp1s0");
        }
        text.ShouldBeApproved();
    }

    [Fact]
    public void A_join_that_was_taken_apart_is_restored()
    {
        using TestWorld world = Joined();
        world.System.Remove(world.System.Now.Find("bond-enp0s3")!.Index);
        world.System.Now.Addresses.ShouldNotContain(address => address.Link == 2);
        string text = world.Run("status");
        text += world.Run("enp1s0", "0", "--foreground");
        text += world.Run("detach", "enp0s3", "--dry-run");
        // By the name of the bond, which no longer exists.
        text += world.Run("detach", "bond-enp0s3");
        world.System.Now.Addresses.Count(address => address.Link == 2).ShouldBe(3);
        text += world.Run("status");
        text.ShouldBeApproved();
    }

    [Fact]
    public void A_dry_run_changes_nothing()
    {
        using TestWorld world = Joined();
        string before = world.System.Describe();
        int changes = world.System.Changes;
        byte[] journal = File.ReadAllBytes(world.Journals.PathOf(new HardwareAddress("52:54:00:00:00:01")));
        world.Run("detach", "enp0s3", "--dry-run");
        world.System.Describe().ShouldBe(before);
        world.System.Changes.ShouldBe(changes);
        File.ReadAllBytes(world.Journals.PathOf(new HardwareAddress("52:54:00:00:00:01"))).ShouldBe(journal);
    }

    [Fact]
    public void What_nobody_would_renew_any_more_is_not_detached()
    {
        using TestWorld world = Joined();
        int bond = world.System.Now.Find("bond-enp0s3")!.Index;
        world.System.Now = world.System.Now with
        {
            Addresses = [.. world.System.Now.Addresses.Select(address => address.Link == bond && !address.IsIPv6
                ? address with { ValidLifetime = 3600, PreferredLifetime = 3600 } : address)],
        };
        int changes = world.System.Changes;
        (world.Run("detach", "enp0s3", "--dry-run") + world.Run("detach", "enp0s3")).ShouldBeApproved();
        world.System.Changes.ShouldBe(changes);
    }
}
