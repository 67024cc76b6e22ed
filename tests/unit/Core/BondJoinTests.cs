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

/// <summary>Complete plans of the bond join: the order of the changes, and how they are undone.</summary>
public class BondJoinTests
{
    private const int Synthetic = 2, Vf = 3, Other = 4, Bond = 7;

    private static readonly HardwareAddress s_mac = new("52:54:00:00:00:01");

    [Fact]
    public void A_join() => Written(Join(new Settings())).ShouldBeApproved();

    [Fact]
    public void A_join_that_takes_the_name() => Written(Join(new Settings { TakeName = true })).ShouldBeApproved();

    // bond_set_dev_addr flushes all entries of the bond from the neighbour table, permanent ones too.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Static_neighbours_that_the_bond_forgot_while_the_VF_was_away_are_back_with_it_or_after_the_detach(bool isDetach)
    {
        Snapshot host = Joined();
        Neighbour one = Static("10.0.0.50"), other = Static("10.0.0.51");
        Join join = Remembered("enp0s3") with { Neighbours = [one, other] };
        Put(host with { Neighbours = [] }).ShouldBe([one, other]);
        // One has been resolved since, and the other answers with another address.
        Put(host with { Neighbours = [one with { State = NeighbourState.Reachable }, Learned(other)] })
            .ShouldBe(isDetach ? [one, Learned(other) with { State = NeighbourState.Stale }] : [one]);
        // Of the known ones, an administrator has removed one.
        Put(host with { Neighbours = [one] }).ShouldBe([one]);

        IEnumerable<Neighbour> Put(Snapshot now) => Plan(now).Steps.SelectMany(step => step.Changes)
            .OfType<PutNeighbour>().Select(put => put.Neighbour with { Link = Bond }).Distinct();
        Plan Plan(Snapshot now) => isDetach
            ? BondPlans.Detach(now, now.Find(Synthetic)!, now.Find(Bond)!, join)
            : BondPlans.AddPort(now, now.Find(Synthetic)!, now.Find(Vf)!, now.Find(Bond)!, join);
        static Neighbour Learned(Neighbour it) => it with { State = NeighbourState.Stale, Address = new HardwareAddress("02:00:00:00:00:51") };
        static Neighbour Static(string address) => new()
        {
            Link = Bond, Destination = IPAddress.Parse(address), State = NeighbourState.Permanent,
            Address = new HardwareAddress("02:00:00:00:00:50"),
        };
    }

    [Fact]
    public void A_vf_that_is_back()
    {
        Snapshot host = Joined();
        Written(BondPlans.AddPort(host, host.Find(Synthetic)!, host.Find(Vf)!, host.Find(Bond)!, Remembered("enp0s3")))
            .ShouldBeApproved();
    }

    [Fact]
    public void A_detach()
    {
        Snapshot host = Joined(vfIsPort: true);
        Written(BondPlans.Detach(host, host.Find(Synthetic)!, host.Find(Bond)!, Remembered("enp0s3"))).ShouldBeApproved();
    }

    private static readonly Owner s_dhclient = new(Synthetic, "dhclient", "process 812: dhclient enp0s3")
    {
        State = new LeaseClient(Synthetic, 812, 77, "/usr/sbin/dhclient", ["dhclient", "-4", "enp0s3"], "/system.slice/ifup@enp0s3.service"),
    };

    private static readonly Owner s_dhcpcd = new(Synthetic, "dhcpcd", "process 812: dhcpcd enp0s3 [ip4]")
    {
        State = new LeaseClient(Synthetic, 812, 77, "/usr/sbin/dhcpcd", ["dhcpcd: enp0s3 [ip4]"], "/system.slice/dhcpcd@enp0s3.service")
        {
            Service = "dhcpcd@enp0s3.service",
        },
    };

    private static Owner Networkd(int link) => new(link, "systemd-networkd", "a file")
    {
        State = new NetworkdLink(link, s_mac.ToString(), "10-netplan-enp0s3.network", "[Network]\nDHCP=yes\n", "7",
            IPAddress.Parse("10.0.0.1"), IsAggregate: link == Bond) { Iaid6 = "8" },
    };

    private static readonly Sysctl s_advertised = new(Synthetic, "ipv6/conf", "accept_ra", "1");

    [Fact]
    public void A_join_with_dhclient() => Written(JoinOwned(s_dhclient, takeName: true)).ShouldBeApproved();

    [Fact]
    public void A_join_with_dhcpcd_as_a_service() => Written(JoinOwned(s_dhcpcd, takeName: true)).ShouldBeApproved();

    [Fact]
    public void A_join_with_networkd() => Written(JoinOwned(Networkd(Synthetic), takeName: false)).ShouldBeApproved();

    [Fact]
    public void A_detach_with_networkd()
    {
        Snapshot host = Joined() with { Owners = [Networkd(Bond)] };
        Written(BondPlans.Detach(host, host.Find(Synthetic)!, host.Find(Bond)!, Remembered("enp0s3"))).ShouldBeApproved();
    }

    [Fact]
    public void A_detach_is_refused_while_the_file_of_networkd_is_gone()
    {
        Owner there = Networkd(Bond), gone = there with { State = (NetworkdLink)there.State! with { Text = "" } };
        Snapshot host = Joined();
        Refuse? Obstacle(Owner owner) => new LinuxPolicy().Joins.Of(JoinKind.Bond).DetachObstacle(host with { Owners = [owner] }, Remembered("enp0s3"),
            BondPlans.Detach(host with { Owners = [owner] }, host.Find(Synthetic)!, host.Find(Bond)!, Remembered("enp0s3")));
        Obstacle(there).ShouldBeNull();
        // A file that sorts first is an obstacle to a join only, also if it configures the bond by now.
        Obstacle(there with { State = (NetworkdLink)there.State! with { IsAggregate = false, Earlier = "/etc/systemd/network/!0.network" } })
            .ShouldBeNull();
        Obstacle(gone)!.Reason.ShouldContain("a copy of 10-netplan-enp0s3.network, which is gone");
    }

    [Fact]
    public void What_networkd_reads()
    {
        Plan plan = JoinOwned(Networkd(Synthetic), takeName: false);
        string.Concat(plan.Steps.SelectMany(step => step.Changes.AddRange(step.Undo)).OfType<PutNetworkFiles>()
            .SelectMany(put => put.Files).Where(file => file.Text is not null).DistinctBy(file => (file.Name, file.Text))
            .Select(file => $"== {file.Name}\n{file.Text}")).ShouldBeApproved();
    }

    [Fact]
    public void What_the_kernel_learned_from_a_router_moves_as_a_copy()
    {
        Snapshot host = Host();
        host = host with
        {
            Sysctls = host.Sysctls.Add(s_advertised),
            Routes = [Route("::", 0, new RouteLeg(Synthetic, IPAddress.Parse("fe80::9"))) with
                { Metric = 1024, Protocol = RouteProtocol.RouterAdvertisement, Expires = 60 }],
        };
        Plan plan = BondPlans.Join(host, host.Find(Synthetic)!, host.Find(Vf)!, new Settings());
        plan.Steps.SelectMany(step => step.Changes).OfType<AddRoute>().ShouldHaveSingleItem().Route.Metric.ShouldBe(1025u);
        plan.Steps[^1].Changes.ShouldHaveSingleItem().ShouldBeOfType<RemoveWhenLearned>().Route.Metric.ShouldBe(1025u);
        plan.Steps[^1].Optional.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_undo_leaves_no_copy_of_what_the_kernel_learned_from_a_router(bool takeName)
    {
        Snapshot host = Host();
        host = host with
        {
            Sysctls = host.Sysctls.Add(s_advertised),
            Routes = [Route("::", 0, new RouteLeg(Synthetic, IPAddress.Parse("fe80::9"))) with
                { Metric = 1024, Protocol = RouteProtocol.RouterAdvertisement, Expires = 60 }],
        };
        Plan plan = BondPlans.Join(host, host.Find(Synthetic)!, host.Find(Vf)!, new Settings { TakeName = takeName });
        ImmutableArray<Change> undo = plan.Steps.Single(step => step.Name.StartsWith("cut over", StringComparison.Ordinal)).Undo;
        Route copy = undo.OfType<AddRoute>().ShouldHaveSingleItem().Route;
        copy.Legs.ShouldHaveSingleItem().Link.ShouldBe(Synthetic);
        undo[^1].ShouldBe(new RemoveWhenLearned(copy));
    }

    [Fact]
    public void A_placeholder_that_an_earlier_run_left_is_used_and_removed()
    {
        Snapshot host = Host();
        host = host with
        {
            Links = [.. host.Links.Select(link => link.Index == Synthetic ? link with { AltNames = ["uplink", $"hyperv-vfattach-{Synthetic}"] } : link)],
        };
        Change[] changes = [.. BondPlans.Join(host, host.Find(Synthetic)!, host.Find(Vf)!, new Settings()).Steps.SelectMany(step => step.Changes)];
        changes.OfType<AddAltName>().Select(add => add.Name).ShouldBe(["uplink"]);
        changes.OfType<RemoveAltName>().Select(remove => remove.Name).ShouldBe(["uplink", $"hyperv-vfattach-{Synthetic}"]);
    }

    // systemd-networkd 257: src/network/networkd-ndisc.c.
    [Fact]
    public void The_object_of_an_advertised_route_stays_behind_and_a_copy_bridges_the_gap()
    {
        IPAddress router = IPAddress.Parse("fe80::9");
        Snapshot host = Host() with
        {
            NextHops = [new NextHop { Id = 77, Family = 10, Link = Synthetic, Gateway = router, Protocol = RouteProtocol.RouterAdvertisement }],
            Routes = [Route("::", 0) with { Metric = 1024, Protocol = RouteProtocol.RouterAdvertisement, NextHopId = 77, Expires = 60 }],
        };
        Plan plan = BondPlans.Join(host, host.Find(Synthetic)!, host.Find(Vf)!, new Settings());
        Change[] changes = [.. plan.Steps.SelectMany(step => step.Changes)];
        changes.OfType<PutNextHop>().ShouldBeEmpty();
        Route copy = changes.OfType<AddRoute>().ShouldHaveSingleItem().Route;
        copy.NextHopId.ShouldBe(0u);
        copy.Metric.ShouldBe(1025u);
        copy.Legs.ShouldBe([new RouteLeg(Link.OfAggregate, router)]);
        plan.Steps[^1].Changes.ShouldHaveSingleItem().ShouldBe(new RemoveWhenLearned(copy));
        plan.Steps.Single(step => step.Name == "cut over").Undo.OfType<PutNextHop>().ShouldBeEmpty();
    }

    // net/ipv6/addrconf.c gives temporary addresses up for good if it cannot create them at once (use_tempaddr=-1).
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Temporary_addresses_are_off_until_the_bond_is_ready(bool takeName)
    {
        Snapshot host = WithTemporary(Host(), Synthetic);
        Plan plan = BondPlans.Join(host, host.Find(Synthetic)!, host.Find(Vf)!, new Settings { TakeName = takeName });
        Switches([.. plan.Steps.SelectMany(step => step.Changes)], Link.OfAggregate).ShouldBe(["0", "wait", "2", "temporary"]);
        Switches(plan.Steps.Single(step => step.Name.StartsWith("cut over", StringComparison.Ordinal)).Undo, Synthetic)
            .ShouldBe(["0", "wait", "2", "temporary"]);
    }

    [Fact]
    public void Temporary_addresses_are_off_until_the_NIC_is_ready_again()
    {
        Snapshot host = WithTemporary(Joined(), Bond);
        Plan plan = BondPlans.Detach(host, host.Find(Synthetic)!, host.Find(Bond)!, Remembered("enp0s3"));
        Switches([.. plan.Steps.SelectMany(step => step.Changes)], Synthetic).ShouldBe(["0", "wait", "2", "temporary"]);
        Switches(plan.Steps.Single(step => step.Name == "cut back").Undo, Bond).ShouldBe(["0", "wait", "2", "temporary"]);
        Switches(plan.Steps.Single(step => step.Name == "cut back").Undo, Synthetic).ShouldBe(["2"]);
    }

    [Fact]
    public void Without_a_carrier_temporary_addresses_are_switched_on_last()
    {
        Snapshot host = WithTemporary(Host(), Synthetic);
        host = host with { Links = [.. host.Links.Select(link => link.Index == Synthetic ? link with { Carrier = false } : link)] };
        Plan plan = BondPlans.Join(host, host.Find(Synthetic)!, host.Find(Vf)!, new Settings());
        Switches([.. plan.Steps.SelectMany(step => step.Changes)], Link.OfAggregate).ShouldBe(["0", "temporary", "2"]);
    }

    private static Snapshot WithTemporary(Snapshot host, int link) => host with
    {
        Addresses = [.. host.Addresses.Select(address => address.Link == link && address.IsIPv6 && !address.Local.IsIPv6LinkLocal
            ? address with { Flags = address.Flags | AddressFlags.ManageTemporary } : address)],
        NextHops = [],
        Routes = [],
        Sysctls = [.. host.Sysctls, .. new[] { 0, Synthetic, Bond }.Select(of => new Sysctl(of, "ipv6/conf", "use_tempaddr", "2"))],
    };

    private static IEnumerable<string> Switches(ImmutableArray<Change> changes, int link) => changes.Select(change => change switch
    {
        SetSysctl { Sysctl: { Name: "use_tempaddr" } it } when it.Link == link => it.Value,
        WaitForCarrier it when it.Link == link => "wait",
        AddAddress { Address: var it } when it.Link == link && it.Flags.HasFlag(AddressFlags.ManageTemporary) => "too early",
        PutAddress { Address: var it } when it.Link == link && it.Flags.HasFlag(AddressFlags.ManageTemporary) => "temporary",
        _ => "",
    }).Where(word => word.Length > 0);

    [Theory]
    [InlineData("1", "0", "-1", "token")]
    [InlineData("2", "1", "-1", "token")]
    [InlineData("0", "0", "-1", "accept_ra=2 token accept_ra=0")]
    [InlineData("1", "1", "-1", "accept_ra=2 token accept_ra=1")]
    [InlineData("0", "0", "0", "accept_ra=2 router_solicitations=1 token accept_ra=0 router_solicitations=0")]
    public void A_token_is_there_before_the_bond_can_hear_a_router(string hears, string routes, string asks, string expected)
    {
        Snapshot host = Host();
        host = host with
        {
            Links = [.. host.Links.Select(link => link.Index == Synthetic ? link with { Token = IPAddress.Parse("::53") } : link)],
            Sysctls =
            [
                .. host.Sysctls, new Sysctl(Synthetic, "ipv6/conf", "accept_ra", hears), new Sysctl(Synthetic, "ipv6/conf", "forwarding", routes),
                new Sysctl(Synthetic, "ipv6/conf", "router_solicitations", asks),
            ],
        };
        Plan plan = BondPlans.Join(host, host.Find(Synthetic)!, host.Find(Vf)!, new Settings());
        string.Join(' ', plan.Steps.SelectMany(step => step.Changes).TakeWhile(change => change is not SetUp).Select(change => change switch
        {
            SetToken { Link: Link.OfAggregate } it when it.Token.Equals(IPAddress.Parse("::53")) => "token",
            SetSysctl { Sysctl: { Tree: "ipv6/conf", Name: "accept_ra" or "router_solicitations" } it } => $"{it.Name}={it.Value}",
            _ => "",
        }).Where(word => word.Length > 0)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("::53", "::53", false, null)]
    [InlineData("::53", "::77", false, "::77")]
    [InlineData("::53", null, false, "::")]
    [InlineData(null, "::77", true, null)]
    public void A_detach_gives_the_bonds_token_back(string? nics, string? bonds, bool noArp, string? expected)
    {
        Snapshot host = Joined();
        host = host with
        {
            Links = [.. host.Links.Select(link => link.Index switch
            {
                Synthetic => link with { Token = nics is null ? null : IPAddress.Parse(nics), Flags = link.Flags | (noArp ? LinkFlags.NoArp : LinkFlags.None) },
                Bond => link with { Token = bonds is null ? null : IPAddress.Parse(bonds) },
                _ => link,
            })],
        };
        Step step = BondPlans.Detach(host, host.Find(Synthetic)!, host.Find(Bond)!, Remembered("enp0s3")).Steps.Single(it => it.Name == "cut back");
        step.Changes.OfType<SetToken>().SingleOrDefault()
            .ShouldBe(expected is null ? null : new SetToken(Synthetic, IPAddress.Parse(expected)));
        step.Undo.OfType<SetToken>().SingleOrDefault()
            .ShouldBe(expected is null ? null : new SetToken(Synthetic, IPAddress.Parse(nics ?? "::")));
    }

    private static Plan JoinOwned(Owner owner, bool takeName)
    {
        Snapshot host = Host() with { Owners = [owner] };
        return BondPlans.Join(host, host.Find(Synthetic)!, host.Find(Vf)!, new Settings { TakeName = takeName });
    }

    [Fact]
    public void Filters_that_stay_behind_are_said()
    {
        Snapshot host = Host() with
        {
            Classifiers = [new(Synthetic, Hook.Discipline, "clsact"), new(Synthetic, Hook.Egress, "bpf", 1, "cilium"), new(Vf, Hook.Ingress, "u32")],
        };
        BondPlans.Join(host, host.Find(Synthetic)!, host.Find(Vf)!, new Settings()).Notes
            .Where(note => note.Contains("filter", StringComparison.Ordinal)).ShouldBe(
            ["the egress filter cilium stays on enp0s3 and does not see packets that pass through the VF: attach it to the bond"]);
    }

    [Fact]
    public void Name_servers_that_no_owner_gives_to_the_bond_are_refused()
    {
        Settings settings = new() { SyntheticDrivers = ["virtio_net"] };
        Snapshot host = Host();
        host = host with { Links = host.Links.Replace(host.Find(Synthetic)!, host.Find(Synthetic)! with { HasNameServers = true }) };
        Refuse refusal = new LinuxPolicy().Decide(new Event(Vf, DelayOver: true), host, settings).ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain("systemd-resolved was given name servers for");
        refusal.IsByUse.ShouldBeTrue();
        // dhclient's hook gives them to the bond.
        Snapshot leased = host with { Owners = [new Owner(Synthetic, "dhclient", "evidence") { State = new LeaseClient(2, 812, 4711, "/usr/sbin/dhclient", ["dhclient", "-4", "enp0s3"], "/system.slice/networking.service") }] };
        new LinuxPolicy().Decide(new Event(Vf, DelayOver: true), leased, settings).ShouldBeOfType<Do>().Plan.Notes
            .ShouldContain(note => note.Contains("systemd-resolved", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-4", Address.Forever, true)]
    [InlineData("-6", 3600u, true)]
    [InlineData("-6", Address.Forever, false)]
    public void A_client_whose_start_would_flush_a_lasting_address_does_not_go_along(string family, uint lifetime, bool goesAlong)
    {
        var client = (LeaseClient)s_dhclient.State!;
        Snapshot host = Host();
        host = host with
        {
            Owners = [s_dhclient with { State = client with { Arguments = ["dhclient", family, "enp0s3"] } }],
            Addresses = [.. host.Addresses.Select(address => address.IsIPv6 ? address with { ValidLifetime = lifetime } : address)],
        };
        InterfaceOwners.Of(host, host.Find(Synthetic)!).GoAlong.ShouldBe(goesAlong);
    }

    [Fact]
    public void The_bond_is_never_left_without_a_way_back()
    {
        foreach (Settings settings in new[] { new Settings(), new Settings { TakeName = true } })
        {
            Plan plan = Join(settings);
            // All that is added to the bond vanishes with it; all that is removed from the synthetic NIC is restored.
            plan.Steps.First(step => step.Name == "create the bond").Undo.ShouldBe([new DeleteLink(Link.OfAggregate)]);
            var taken = plan.Steps.SelectMany(step => step.Changes).OfType<RemoveAddress>().Select(it => it.Address).ToArray();
            var returned = plan.Steps.SelectMany(step => step.Undo).OfType<AddAddress>().Select(it => it.Address).ToArray();
            taken.ShouldNotBeEmpty();
            taken.ShouldBeSubsetOf(returned);
            returned.Count(address => address.IsIPv6).ShouldBe(2);
            plan.Steps[^1].Optional.ShouldBeTrue();
        }
    }

    [Fact]
    public void A_route_of_another_interface_is_never_replaced()
    {
        Snapshot host = Host();
        Route ours = host.Routes.Single(route => route.IsIPv6 && route.Table == 254 && route.DestinationLength == 0);
        host = host with { Routes = host.Routes.Add(ours.Moved(Synthetic, Other)) };
        Plan plan = BondPlans.Join(host, host.Find(Synthetic)!, host.Find(Vf)!, new Settings());
        AddRoute[] added = [.. plan.Steps.SelectMany(step => step.Changes).OfType<AddRoute>()
            .Where(add => add.Route.ReplaceKey.Equals(ours.ReplaceKey))];
        added.ShouldAllBe(add => add.Place == RoutePlace.Behind);
        added.Length.ShouldBe(1);
    }

    private static Plan Join(Settings settings)
    {
        Snapshot host = Host();
        return BondPlans.Join(host, host.Find(Synthetic)!, host.Find(Vf)!, settings);
    }

    private static Join Remembered(string name) => new(s_mac, Synthetic, name, Bond, "bond-enp0s3");

    private static string Written(Plan plan)
    {
        Func<int, string> name = PlanText.Names(plan, Joined());
        return PlanText.Of(plan, "because", Joined()) + "\nand back:\n" + string.Concat(plan.Steps.Reverse().Select(step =>
            $"\n{step.Name}\n{string.Concat(step.Undo.Select(change => $"   {change.Describe(name)}\n"))}"));
    }

    private static Snapshot Joined(bool vfIsPort = false)
    {
        Snapshot host = Host();
        Configuration moved = Configuration.Of(host, host.Find(Synthetic)!).On(host.Find(Synthetic)!, Bond, "bond-enp0s3");
        return host with
        {
            Links =
            [
                host.Find(Synthetic)! with { Master = Bond, PortKind = "bond", AltNames = [] },
                host.Find(Vf)! with { Master = vfIsPort ? Bond : 0, PortKind = vfIsPort ? "bond" : null },
                host.Find(Other)!,
                new Link
                {
                    Index = Bond, Name = "bond-enp0s3", Address = s_mac, Kind = "bond", Flags = LinkFlags.Up, Carrier = true,
                    Mtu = 9000, TxQueueLength = 1000, AltNames = ["uplink"], Bond = new BondState(1, Synthetic, 0),
                },
            ],
            Addresses = moved.Addresses,
            Routes = [.. moved.Routes, .. moved.KernelRoutes],
            NextHops = [.. moved.NextHops, new NextHop { Id = 6, Family = 2, Link = Other, Gateway = IPAddress.Parse("10.9.0.9") }],
            Rules = moved.Rules,
            Neighbours = [.. moved.Neighbours, .. moved.Learned],
            Sysctls = [.. host.Sysctls, .. host.Sysctls.Where(sysctl => sysctl.Link == Synthetic)
                .Select(sysctl => sysctl with { Link = Bond })],
        };
    }

    private static Snapshot Host() => new()
    {
        Kernel = new Version(6, 1),
        Links =
        [
            new Link
            {
                Index = Synthetic, Name = "enp0s3", Address = s_mac, PermanentAddress = s_mac, Flags = LinkFlags.Up,
                Carrier = true, Mtu = 9000, TxQueueLength = 1000, AltNames = ["uplink"], Qdisc = "tbf", HasXdp = true,
                Device = new Device("virtio_net", "virtio", "pci0000:00/0000:00:03.0/virtio0", 0),
            },
            new Link
            {
                Index = Vf, Name = "enp1s0", Address = s_mac, PermanentAddress = s_mac, Mtu = 1500,
                Device = new Device("vmxnet3", "pci", "pci0000:00/0000:01:00.0", 0),
            },
            new Link { Index = Other, Name = "other", Flags = LinkFlags.Up, Carrier = true },
        ],
        Addresses =
        [
            new Address
            {
                Link = Synthetic, Local = IPAddress.Parse("10.0.0.2"), PrefixLength = 24, Label = "enp0s3",
                Broadcast = IPAddress.Parse("10.0.0.255"), Flags = AddressFlags.Permanent,
            },
            new Address
            {
                Link = Synthetic, Local = IPAddress.Parse("10.0.0.3"), PrefixLength = 24, Label = "enp0s3:1",
                Flags = AddressFlags.Permanent | AddressFlags.Secondary,
            },
            new Address { Link = Synthetic, Local = IPAddress.Parse("fd00::2"), PrefixLength = 64, Flags = AddressFlags.Permanent },
            new Address { Link = Synthetic, Local = IPAddress.Parse("fe80::1"), PrefixLength = 64, Scope = 253, Flags = AddressFlags.Permanent },
            // Neither moves: the kernel creates a new temporary one, and a duplicate does not belong to this host.
            new Address { Link = Synthetic, Local = IPAddress.Parse("fd00::77"), PrefixLength = 64, Flags = AddressFlags.Secondary },
            new Address { Link = Synthetic, Local = IPAddress.Parse("fd00::78"), PrefixLength = 64, Flags = AddressFlags.DadFailed },
        ],
        NextHops =
        [
            new NextHop { Id = 5, Family = 2, Link = Synthetic, Gateway = IPAddress.Parse("10.0.0.1") },
            new NextHop { Id = 6, Family = 2, Link = Other, Gateway = IPAddress.Parse("10.9.0.9") },
            new NextHop { Id = 9, Members = [5, 6] },
        ],
        Routes =
        [
            Route("10.0.0.0", 24, new RouteLeg(Synthetic, null)) with { Protocol = RouteProtocol.Kernel, Scope = 253 },
            Route("0.0.0.0", 0, new RouteLeg(Synthetic, IPAddress.Parse("10.0.0.1"))),
            Route("0.0.0.0", 0, new RouteLeg(Synthetic, IPAddress.Parse("10.0.0.1"))) with { Table = 100 },
            Route("192.0.2.0", 24, new RouteLeg(Synthetic, IPAddress.Parse("10.0.0.1")), new RouteLeg(Other, IPAddress.Parse("10.9.0.9"), 2)),
            Route("198.51.100.0", 24) with { NextHopId = 9 },
            Route("10.5.0.0", 16, new RouteLeg(Synthetic, null)) with { Scope = 253 },
            Route("::", 0, new RouteLeg(Synthetic, IPAddress.Parse("fd00::1"))) with { Metric = 1024 },
            Route("fd05::", 64, new RouteLeg(Synthetic, null)) with { Metric = 1024 },
        ],
        Rules =
        [
            new Rule { Family = 2, Priority = 100, Table = 100, InputName = "enp0s3" },
            new Rule { Family = 2, Priority = 200, Table = 100, Source = IPAddress.Parse("10.0.0.3"), SourceLength = 32 },
        ],
        Neighbours =
        [
            new Neighbour { Link = Synthetic, Destination = IPAddress.Parse("10.0.0.1"), Address = new("02:00:00:00:00:01"), State = NeighbourState.Reachable },
            new Neighbour { Link = Synthetic, Destination = IPAddress.Parse("10.0.0.9"), Address = new("02:00:00:00:00:09"), State = NeighbourState.Delay },
            new Neighbour { Link = Synthetic, Destination = IPAddress.Parse("10.0.0.50"), Address = new("02:00:00:00:00:50"), State = NeighbourState.Permanent },
            new Neighbour { Link = Synthetic, Destination = IPAddress.Parse("10.0.0.60"), Flags = NeighbourFlags.Proxy },
            new Neighbour { Link = Synthetic, Destination = IPAddress.Parse("10.0.0.70"), State = NeighbourState.Failed },
        ],
        Sysctls =
        [
            .. Sysctls(0, "0", "1280"),
            .. Sysctls(Synthetic, "2", "9000"),
        ],
    };

    private static ImmutableArray<Sysctl> Sysctls(int link, string filter, string mtu) =>
    [
        new Sysctl(link, "ipv4/conf", "rp_filter", filter), new Sysctl(link, "ipv4/conf", "forwarding", "0"),
        new Sysctl(link, "ipv6/conf", "addr_gen_mode", "0"), new Sysctl(link, "ipv6/conf", "mtu", mtu),
    ];

    private static Route Route(string destination, byte length, params RouteLeg[] legs) => new()
    {
        Destination = IPAddress.Parse(destination), DestinationLength = length, Table = 254, Protocol = 4, Legs = [.. legs],
    };
}
