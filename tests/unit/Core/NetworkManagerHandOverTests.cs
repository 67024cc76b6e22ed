using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Joins;
using HypervVfattach.Owners;
using HypervVfattach.Pairs;
using HypervVfattach.Report;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Core;

/// <summary>A pair whose synthetic NIC is configured by NetworkManager.</summary>
public class NetworkManagerHandOverTests
{
    private const int Synthetic = 2, Vf = 3, Bond = 7;
    private const string Profile = "5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03";

    private static readonly HardwareAddress s_mac = new("52:54:00:77:00:00");
    private static readonly Join s_join = new(s_mac, Synthetic, "enp0s16", Bond, "bond-enp0s16");
    private static readonly Settings s_settings = new() { SyntheticDrivers = ["virtio_net"] };

    [Fact]
    public void A_join() => Written(Plan(Host())).ShouldBeApproved();

    [Fact]
    public void A_detach()
    {
        Snapshot host = Joined();
        Written(BondPlans.Detach(host, host.Find(Synthetic)!, host.Find(Bond)!, s_join)).ShouldBeApproved();
    }

    [Fact]
    public void Nothing_is_taken_from_the_synthetic_before_NetworkManager_has_the_bond()
    {
        Plan plan = Plan(Host());
        List<Change> changes = [.. plan.Steps.SelectMany(step => step.Changes)];
        int at(Predicate<Change> which) => changes.FindIndex(which);
        at(change => change is CreateBond).ShouldBeLessThan(at(change => change is CopyProfile));
        at(change => change is CopyProfile).ShouldBeLessThan(at(change => change is AddRoute));
        at(change => change is CopyProfile).ShouldBeLessThan(at(change => change is StopManaging));
        at(change => change is StopManaging).ShouldBeLessThan(at(change => change is SetMaster));
        at(change => change is SetMaster).ShouldBeLessThan(at(change => change is AddPortProfile));
    }

    [Fact]
    public void The_prefix_route_that_NetworkManager_added_goes_along()
    {
        Plan(Host()).Steps.SelectMany(step => step.Changes).OfType<AddRoute>()
            .ShouldContain(add => add.Route.DestinationLength == 24 && add.Route.Metric == 100);
    }

    [Fact]
    public void The_copy_gets_the_metrics_and_the_identifier_that_are_in_use()
    {
        ProfileCopy Copy(bool byName) => Plan(Host(byName)).Steps.SelectMany(step => step.Changes).OfType<CopyProfile>().First().Copy;
        Copy(byName: false).ShouldBe(new ProfileCopy(Profile, "01:52:54:00:77:00:00", 102, 103, null) { Duid = "00:04:aa", Iaid = "9a:27:00:01" });
        Copy(byName: true).Token.ShouldBe("::5054:ff:fe77:0");
        ProfileCopy.Uuid(s_mac, port: false).ShouldBe("76666174-7461-4368-8000-525400770000");
        Guid.Parse(ProfileCopy.Uuid(s_mac, port: true)).ShouldNotBe(Guid.Parse(ProfileCopy.Uuid(s_mac, port: false)));
    }

    [Fact]
    public void A_name_cannot_be_taken()
    {
        Refuse refusal = Decide(Host(), s_settings with { TakeName = true }).ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain("NetworkManager");
        refusal.Advice.ShouldContain("take_name = false");
    }

    [Fact]
    public void What_it_does_not_say_of_itself_is_refused() =>
        Decide(Host() with { Owners = [new Owner(Synthetic, "NetworkManager", "a file")] }, s_settings)
            .ShouldBeOfType<Refuse>().Reason.ShouldContain("NetworkManager (a file)");

    [Fact]
    public void A_port_that_it_has_taken_out_is_put_back()
    {
        Snapshot host = Out(Joined());
        Do decision = Decide(host, s_settings).ShouldBeOfType<Do>();
        // If NetworkManager released both, nothing would renew the leases.
        decision.Plan.Steps.ShouldAllBe(step => step.Undo.IsEmpty);
        decision.Plan.Goal.ShouldBe(Goal.AddPort);
        decision.Plan.Steps.ShouldHaveSingleItem().Changes.ShouldContain(new AddPortProfile(Synthetic, Bond, s_mac));
    }

    [Fact]
    public void A_bond_that_it_has_given_up_is_removed_to_be_made_anew()
    {
        Snapshot used = Out(Joined()) with { Owners = [Owns(Synthetic, copied: false)] };
        // Its addresses are nowhere else yet.
        Decide(used, s_settings).ShouldBeOfType<Refuse>();
        Snapshot host = used with { Addresses = [.. used.Addresses.Select(address => address.Link == Bond ? address with { Link = Synthetic } : address)] };
        Do decision = Decide(host, s_settings).ShouldBeOfType<Do>();
        decision.Plan.Goal.ShouldBe(Goal.Detach);
        decision.Plan.Steps.ShouldHaveSingleItem().Changes.ShouldBe([new SetMaster(Vf, 0), new SetUp(Vf, false), new DeleteLink(Bond)]);

        // NetworkManager may also have removed the bond.
        Snapshot gone = host with { Links = [.. host.Links.Where(link => link.Index != Bond).Select(link => link with { Master = 0 })] };
        Decide(gone, s_settings).ShouldBeOfType<Do>().Plan.Steps.ShouldHaveSingleItem().Changes.ShouldBe([new SetUp(Vf, false)]);
    }

    // The bond of another owner has the name, and behind it NetworkManager takes the synthetic NIC, whose new name nothing excludes.
    [Fact]
    public void A_bond_that_has_the_configuration_is_not_removed_and_gets_its_port_back()
    {
        Snapshot host = Out(Joined()) with
        {
            Owners =
            [
                new Owner(Bond, "ifupdown", "evidence") { State = new IfupdownState("enp0s3") },
                new Owner(Synthetic, "NetworkManager", "evidence") { State = new NetworkManagerGuest(), IsUninvited = true },
            ],
        };
        Plan plan = Decide(host, s_settings).ShouldBeOfType<Do>().Plan;
        plan.Goal.ShouldBe(Goal.AddPort);
        plan.Steps.SelectMany(step => step.Changes).ShouldBe([new ReleaseInterface(Synthetic), new SetMaster(Synthetic, Bond, Down: true)]);

        // A profile of the administrator's is another matter.
        Decide(host with { Owners = [host.Owners[0], Owns(Synthetic, copied: false)] }, s_settings).ShouldBeOfType<Refuse>();
    }

    [Fact]
    public void A_synthetic_NIC_that_returns_with_another_index_is_made_a_port_by_it()
    {
        const int again = 21;
        Snapshot host = Out(Joined());
        host = host with { Links = [.. host.Links.Select(link => link.Index == Synthetic ? link with { Index = again } : link)] };
        Plan plan = new LinuxPolicy().Decide(new Event(again, DelayOver: true), host, s_settings).ShouldBeOfType<Do>().Plan;
        plan.Goal.ShouldBe(Goal.AddPort);
        plan.Synthetic.ShouldBe(again);
        plan.Steps.SelectMany(step => step.Changes).ShouldContain(new AddPortProfile(again, Bond, s_mac));
    }

    [Fact]
    public void A_detach_is_refused_while_a_server_is_silent()
    {
        Snapshot joined = Joined();
        Join join = joined.Joins.Single();
        new LinuxPolicy().Joins.Of(join.Kind).DetachObstacle(joined, join, new LinuxPolicy().Joins.Detach(joined, join)).ShouldBeNull();
        Snapshot silent = joined with
        {
            Owners = [.. joined.Owners.Select(owner => owner.State is NetworkManagerState state
                ? owner with { State = state with { IsWaiting = true } } : owner)],
        };
        new LinuxPolicy().Joins.Of(join.Kind).DetachObstacle(silent, join, new LinuxPolicy().Joins.Detach(silent, join))!.Reason.ShouldContain("waits for the DHCP server's answer about");
        // Without an address there is nothing to lose.
        Snapshot bare = silent with { Addresses = [.. silent.Addresses.Where(address => address.Link != Bond)] };
        new LinuxPolicy().Joins.Of(join.Kind).DetachObstacle(bare, join, new LinuxPolicy().Joins.Detach(bare, join)).ShouldBeNull();
    }

    // RFC 7217: NetworkManager hashes the interface's name and the prefix, and a profile can have one token.
    [Theory]
    [InlineData(true, "fd78::5054:ff:fe77:0", 1800u, false, true)]
    [InlineData(true, "fd78::1", 1800u, false, false)]
    [InlineData(false, "fd78::1", 1800u, false, true)] // eui64, and another program's
    [InlineData(true, "fd78::1", 1800u, true, true)] // temporary
    [InlineData(true, "fd78::1", uint.MaxValue, false, true)] // by hand
    public void Addresses_that_are_made_from_the_name_with_several_identifiers_are_refused(
        bool byName, string second, uint valid, bool temporary, bool joins)
    {
        Snapshot host = Host(byName);
        host = host with
        {
            Addresses = host.Addresses.Insert(0, new Address
            {
                Link = Synthetic, Local = IPAddress.Parse(second), PrefixLength = 64, ValidLifetime = valid, PreferredLifetime = valid,
                Flags = AddressFlags.NoPrefixRoute | (temporary ? AddressFlags.Secondary : AddressFlags.None),
            }),
        };
        Decision decision = Decide(host, s_settings);
        if (!joins)
        {
            Refuse refusal = decision.ShouldBeOfType<Refuse>();
            refusal.Reason.ShouldContain("with another identifier for each prefix");
            refusal.Advice.ShouldContain("join = \"redirect\"");
            return;
        }
        decision.ShouldBeOfType<Do>();
        Plan(host).Steps.SelectMany(step => step.Changes).OfType<CopyProfile>().First().Copy.Token
            .ShouldBe(byName ? "::5054:ff:fe77:0" : null);
    }

    private static Plan Plan(Snapshot host) => BondPlans.Join(host, host.Find(Synthetic)!, host.Find(Vf)!, s_settings);

    private static Decision Decide(Snapshot host, Settings settings) =>
        new LinuxPolicy().Decide(new Event(Synthetic, DelayOver: true), host, settings);

    private static Owner Owns(int link, bool copied, bool byName = false) => new(link, "NetworkManager", "connection \"mine\"")
    {
        State = new NetworkManagerState(Profile, copied)
        {
            ClientId = "01:52:54:00:77:00:00", Duid = "00:04:aa", Iaid = "9a:27:00:01", AddressesByName = byName,
        },
    };

    private static Snapshot Out(Snapshot joined) => joined with
    {
        Links = [.. joined.Links.Select(link => link.Index == Synthetic ? link with { Master = 0, PortKind = null } : link)],
    };

    private static Snapshot Joined()
    {
        Snapshot host = Host();
        Configuration moved = Configuration.Of(host, host.Find(Synthetic)!).On(host.Find(Synthetic)!, Bond, "bond-enp0s16");
        return host with
        {
            Links =
            [
                .. host.Links.Select(link => link with { Master = Bond, PortKind = "bond" }),
                new Link
                {
                    Index = Bond, Name = "bond-enp0s16", Address = s_mac, Kind = "bond", Flags = LinkFlags.Up, Carrier = true,
                    Mtu = 1500, Bond = new BondState(1, Synthetic, 0),
                },
            ],
            Addresses = moved.Addresses,
            Routes = [.. moved.Routes],
            Owners = [Owns(Bond, copied: true)],
            Joins = [s_join],
        };
    }

    private static Snapshot Host(bool byName = false) => new()
    {
        Kernel = new Version(6, 1),
        Links =
        [
            new Link
            {
                Index = Synthetic, Name = "enp0s16", Address = s_mac, PermanentAddress = s_mac, Flags = LinkFlags.Up, Carrier = true,
                Mtu = 1500, TxQueueLength = 1000, Device = new Device("virtio_net", "virtio", "pci0000:00/0000:00:10.0/virtio0", 0),
            },
            new Link
            {
                Index = Vf, Name = "enp1s0", Address = s_mac, PermanentAddress = s_mac, Mtu = 1500,
                Device = new Device("vmxnet3", "pci", "pci0000:00/0000:01:00.0", 0),
            },
        ],
        Addresses =
        [
            new Address
            {
                Link = Synthetic, Local = IPAddress.Parse("10.77.0.150"), PrefixLength = 24, Label = "enp0s16",
                Flags = AddressFlags.NoPrefixRoute, ValidLifetime = 118, PreferredLifetime = 118,
            },
            new Address
            {
                Link = Synthetic, Local = IPAddress.Parse("fd77::5054:ff:fe77:0"), PrefixLength = 64,
                Flags = AddressFlags.NoPrefixRoute, ValidLifetime = 1800, PreferredLifetime = 1800,
            },
        ],
        Routes =
        [
            Route("10.77.0.0", 24, null) with { Protocol = RouteProtocol.Kernel, Metric = 100, Scope = 253 },
            Route("0.0.0.0", 0, "10.77.0.1") with { Protocol = RouteProtocol.Dhcp, Metric = 102 },
            Route("fd77::", 64, null) with { Protocol = RouteProtocol.RouterAdvertisement, Metric = 103 },
            Route("::", 0, "fe80::1") with { Protocol = RouteProtocol.RouterAdvertisement, Metric = 103 },
        ],
        Sysctls =
        [
            .. ImmutableArray.Create(0, Synthetic).SelectMany(link => new[]
            {
                new Sysctl(link, "ipv6/conf", "accept_ra", link == 0 ? "1" : "0"), new Sysctl(link, "ipv6/conf", "accept_dad", "1"),
                new Sysctl(link, "ipv6/conf", "addr_gen_mode", link == 0 ? "0" : "1"), new Sysctl(link, "ipv6/conf", "accept_ra_defrtr", "1"),
            }),
        ],
        Owners = [Owns(Synthetic, copied: false, byName)],
    };

    private static Route Route(string destination, byte length, string? gateway) => new()
    {
        Destination = IPAddress.Parse(destination), DestinationLength = length, Table = 254,
        Legs = [new RouteLeg(Synthetic, gateway is null ? null : IPAddress.Parse(gateway))],
    };

    private static string Written(Plan plan)
    {
        Func<int, string> name = PlanText.Names(plan, Joined());
        return PlanText.Of(plan, "because", Joined()) + "\nand back:\n" + string.Concat(plan.Steps.Reverse().Select(step =>
            $"\n{step.Name}\n{string.Concat(step.Undo.Select(change => $"   {change.Describe(name)}\n"))}"));
    }
}
