using HypervVfattach.Core.Model;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary>A firewall rule that names the synthetic NIC prevents its bond, in every command.</summary>
public class FirewallTests
{
    private static readonly Snapshot s_host = Fixtures.Host("kvm") with
    {
        References = new References(
            [new InterfaceReference(2, ReferenceKind.RuleByName, "nftables table inet filter, chain input, handle 4")], []),
    };

    [Theory]
    [InlineData("enp1s0", "--dry-run")]
    [InlineData("enp1s0", "0", "--foreground")]
    [InlineData("scan", "--dry-run")]
    [InlineData("scan", "--foreground")]
    [InlineData("status")]
    [InlineData("status", "--json")]
    public void All_commands_tell_the_same(params string[] command)
    {
        using var world = new TestWorld(s_host);
        world.Run(command).ShouldContain("firewall rules match enp0s3 by its name and would not match bond-enp0s3 "
            + "(nftables table inet filter, chain input, handle 4); set take_name = true under [interface.enp0s3] in the configuration file, "
            + "which gives the bond the name enp0s3; or set join = ");
        world.System.Changes.ShouldBe(0);
    }

    // A firewall is without its rules for a while when it is restarted, and a bond would be cut off when they are back.
    [Theory]
    [InlineData("scan", "--repair")]
    [InlineData("enp1s0", "0", "--foreground")]
    public void The_timer_does_not_join_a_pair_that_a_rule_prevented_once_the_rule_is_gone(params string[] before)
    {
        using var world = new TestWorld(s_host);
        world.Run(before);
        world.System.Now = world.System.Now with { References = References.None };
        world.Run("scan", "--repair").ShouldBe("$ hyperv-vfattach scan --repair\nexit 0 (Done)\n");
        world.Runs.ShouldBeEmpty();
        world.Run("status").ShouldContain("the timer leaves the pair alone until its VF comes again or you run hyperv-vfattach scan");
        // Its own event and a person's command join it.
        world.Run("scan");
        world.Runs.ShouldHaveSingleItem();
    }

    [Fact]
    public void The_log_says_what_to_do_after_the_rule_is_gone()
    {
        using var world = new TestWorld(s_host);
        world.Run("enp1s0", "0", "--foreground").ShouldContain("; then run hyperv-vfattach scan\n");
    }

    [Fact]
    public void A_pair_that_is_joined_is_detached_whatever_the_rules_are()
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        Link bond = world.System.Now.Find("bond-enp0s3").ShouldNotBeNull();
        world.System.Now = world.System.Now with
        {
            References = s_host.References with
            {
                Found = s_host.References.Found.Add(new InterfaceReference(bond.Index, ReferenceKind.RuleByName, "of the bond")),
            },
        };
        world.Run("status").ShouldNotContain("firewall");
        world.Run("detach", "enp0s3").ShouldEndWith("exit 0 (Done)\n");
    }

    [Fact]
    public void What_could_not_be_read_is_logged_and_shown_and_the_pair_joined()
    {
        const string note = "the firewall could not be read (nftables: read rules: Operation not permitted (errno 1)): whether rules or sockets "
            + "there depend on enp0s3 and would not follow to the bond is not known";
        using var world = new TestWorld(s_host with
        {
            References = new References([], ["the firewall could not be read (nftables: read rules: Operation not permitted (errno 1))"]),
        });
        world.Run("enp1s0", "--dry-run").ShouldContain(note);
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        world.Log.ShouldContain(line => line.Message == note);
    }
}
