using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Owners;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary>Whether the owner of a joined pair still manages the bond.</summary>
public class OwnerWatchTests
{
    private static readonly LeaseClient s_client = new(2, 812, 4711, "/usr/sbin/dhclient", ["dhclient", "-4", "enp0s3"], "/system.slice/networking.service");

    private static readonly Dictionary<string, OwnerState> s_owners = new()
    {
        ["systemd-networkd"] = new NetworkdLink(2, "52:54:00:00:00:01", "50-enp0s3.network", "[Network]\nDHCP=ipv4\n", null, null, false),
        ["NetworkManager"] = new NetworkManagerState("5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03", Copied: false),
        ["dhclient"] = s_client,
    };

    private const string Quiet = "$ hyperv-vfattach scan --repair\nexit 0 (Done)\n";

    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    public static TheoryData<string> Owners => [.. s_owners.Keys];

    // A host with a leased address.
    private static TestWorld Leased(string owner)
    {
        Snapshot host = Fixtures.Host("kvm");
        host = host with
        {
            Addresses = [.. host.Addresses.Select(address => address.IsIPv6 ? address : address with { ValidLifetime = 3600, PreferredLifetime = 3600 })],
            Owners = [new Owner(2, owner, "evidence") { State = s_owners[owner] }],
        };
        return new TestWorld(host);
    }

    private static TestWorld Joined(string owner)
    {
        TestWorld world = Leased(owner);
        world.Run("enp1s0", "0", "--foreground").ShouldContain("are joined in");
        // dhclient renews the lease, so that the address has a finite lifetime again.
        int bond = world.Journals.Joins().ShouldHaveSingleItem().Aggregate;
        world.System.Now = world.System.Now with
        {
            Addresses = [.. world.System.Now.Addresses.Select(address =>
                address.Link == bond && !address.IsIPv6 ? address with { ValidLifetime = 3600 } : address)],
        };
        return world;
    }

    [Theory]
    [MemberData(nameof(Owners))]
    public void A_bond_that_its_owner_does_not_manage_undoes_the_join(string owner)
    {
        using TestWorld world = Leased(owner);
        string before = world.System.Describe();
        world.System.Refuses = change => change is OwnerCheck { Link: not 2 };
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 1 (Refused)\n");
        world.System.Describe().ShouldBe(before);
        world.Journals.Joins().ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Owners))]
    public void An_owner_that_lost_the_bond_is_asked_again(string owner)
    {
        using TestWorld world = Joined(owner);
        string before = world.System.Describe();
        bool lost = true;
        world.System.Refuses = change => change switch
        {
            OwnerCheck => lost,
            // It was told to manage the interface.
            PutNetworkFiles or AddPortProfile or StartClient => lost = false,
            _ => false,
        };
        // It may just be restarting.
        world.Run("scan", "--repair").ShouldBe(Quiet);
        lost.ShouldBeTrue();
        world.Pass(s_minute);
        string text = world.Run("scan", "--repair");
        text.ShouldContain("had lost");
        text.ShouldEndWith("exit 0 (Done)\n");
        world.System.Describe().ShouldBe(before);
        world.Run("scan", "--repair").ShouldBe(Quiet);
    }

    [Theory]
    [MemberData(nameof(Owners))]
    public void One_that_does_not_come_back_is_an_error_and_the_join_stays(string owner)
    {
        using TestWorld world = Joined(owner);
        string before = world.System.Describe();
        world.System.Refuses = change => change is OwnerCheck;
        world.Run("scan", "--repair").ShouldBe(Quiet);
        world.Pass(s_minute);
        string text = world.Run("scan", "--repair");
        text.ShouldContain($"has lost {owner}, which does not take it again");
        text.ShouldContain("nothing renews 192.0.2.2/24, which ends at 20");
        text.ShouldContain($"restart {owner}");
        text.ShouldEndWith("exit 1 (Refused)\n");
        world.System.Describe().ShouldBe(before);
        // Not every minute.
        world.Pass(9 * s_minute);
        world.Run("scan", "--repair").ShouldBe(Quiet);
        world.Pass(s_minute);
        world.Run("scan", "--repair").ShouldContain("has lost");
        // Once it is well again, it may be lost again.
        world.System.Refuses = _ => false;
        world.Run("scan", "--repair").ShouldEndWith("exit 0 (Done)\n");
        world.System.Refuses = change => change is OwnerCheck;
        world.Run("scan", "--repair").ShouldBe(Quiet);
        world.Pass(s_minute);
        world.Run("scan", "--repair").ShouldContain("has lost");
    }

    [Fact]
    public void A_bond_without_an_address_lost_its_owner_on_purpose()
    {
        using TestWorld world = Joined("dhclient");
        world.System.Now = world.System.Now with { Addresses = [.. world.System.Now.Addresses.Where(address => address.Local.IsIPv6LinkLocal)] };
        world.System.Refuses = change => change is OwnerCheck or StartClient;
        world.Run("scan", "--repair").ShouldBe(Quiet);
        world.Pass(s_minute);
        world.Run("scan", "--repair").ShouldBe(Quiet);
    }

    // A user's own profile or file on the bond, another program, or a client of the same kind with other options.
    [Theory]
    [InlineData("systemd-networkd", "NetworkManager")]
    [InlineData("NetworkManager", "systemd-networkd")]
    [InlineData("dhclient", "dhclient")]
    [InlineData("dhclient", "dhcpcd")]
    public void What_a_person_put_in_its_place_is_left_alone(string owner, string other)
    {
        using TestWorld world = Joined(owner);
        int bond = world.Journals.Joins().ShouldHaveSingleItem().Aggregate;
        world.System.Now = world.System.Now with { Owners = [new Owner(bond, other, "evidence")] };
        world.System.Refuses = change => change is OwnerChange;
        world.Run("scan", "--repair").ShouldBe(Quiet);
        world.Pass(s_minute);
        world.Run("scan", "--repair").ShouldBe(Quiet);
    }

    // Its record of an interface stays when dhclient dies, and renews nothing.
    [Fact]
    public void Ifupdown_does_not_take_the_place_of_its_client()
    {
        using TestWorld world = Joined("dhclient");
        int bond = world.Journals.Joins().ShouldHaveSingleItem().Aggregate;
        world.System.Now = world.System.Now with { Owners = [new Owner(bond, "ifupdown", "evidence") { State = new IfupdownState("enp0s3") }] };
        world.System.Refuses = change => change is OwnerCheck;
        world.Run("scan", "--repair").ShouldBe(Quiet);
        world.Pass(s_minute);
        world.Run("scan", "--repair").ShouldContain("has lost dhclient, which does not take it again");
    }

    [Theory]
    [InlineData("systemd-networkd")]
    [InlineData("NetworkManager")]
    public void Whichever_configuration_the_owner_manages_the_bond_by_is_a_persons_choice(string owner)
    {
        using TestWorld world = Joined(owner);
        world.System.Refuses = change => change is CheckNetwork { File: not null } or CheckProfile { Profile: not null } or OwnerChange and not OwnerCheck;
        world.Run("scan", "--repair").ShouldBe(Quiet);
        world.Pass(s_minute);
        world.Run("scan", "--repair").ShouldBe(Quiet);
    }
}
