using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Joins;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>Whole plans from the kernel's real state, executed on the real bonding driver: the settings that create a NIC's IPv6 addresses
/// move too.</summary>
public class IPv6MoveTests : KernelTest
{
    private const string Static = "2001:db8:1::", Advertised = "2001:db8:2::";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public IPv6MoveTests() => Assert.SkipUnless(BondTests.HasDriver, "this kernel has no bonding driver");

    [Theory]
    [InlineData(false, "0")]
    [InlineData(false, "2")]
    [InlineData(true, "0")]
    [InlineData(true, "2")]
    public void Temporary_addresses_are_made_on_the_bond_and_again_on_the_NIC(bool takeName, string byDefault)
    {
        WithTemporaryAddresses(byDefault, () =>
        {
            int synthetic = Index("s0");
            int bond = Run(Join(takeName), 0);
            string aggregate = takeName ? "s0" : "bond-s0";
            AwaitTemporary(aggregate, Static, Advertised);
            Setting(aggregate, "use_tempaddr").ShouldBe("2");

            Advertise();
            Run(Detach(synthetic, bond), bond);
            AwaitTemporary("s0", Static, Advertised);
            Setting("s0", "use_tempaddr").ShouldBe("2");
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Temporary_addresses_are_made_again_when_a_join_is_undone(bool takeName)
    {
        WithTemporaryAddresses("0", () =>
        {
            Plan plan = Join(takeName);
            int bond = Run(plan, 0);
            TakeBack(plan, bond);
            AwaitTemporary("s0", Static, Advertised);
            Setting("s0", "use_tempaddr").ShouldBe("2");
        });
    }

    [Fact]
    public void Temporary_addresses_are_made_again_when_a_detach_is_undone()
    {
        WithTemporaryAddresses("0", () =>
        {
            int synthetic = Index("s0");
            int bond = Run(Join(takeName: false), 0);
            Plan plan = Detach(synthetic, bond);
            plan = plan with { Steps = [.. plan.Steps.Where(step => step.Undo.Length > 0)] };
            Run(plan, bond);
            TakeBack(plan, bond);
            AwaitTemporary("bond-s0", Static, Advertised);
            Setting("bond-s0", "use_tempaddr").ShouldBe("2");
            Setting("s0", "use_tempaddr").ShouldBe("2");
        });
    }

    [Fact]
    public void Temporary_addresses_stay_on_where_the_wire_is_unplugged_at_the_moment()
    {
        WithTemporaryAddresses("2", () =>
        {
            Ip("link set s1 down");
            while (Backend.ObserveLinks().Find("s0")!.Flags.HasFlag(LinkFlags.Running))
                Thread.Sleep(10);
            Run(Join(takeName: false), 0);
            Setting("bond-s0", "use_tempaddr").ShouldBe("2");
            Ip(["link set s1 up", "addr replace fe80::9/64 dev s1 nodad"]);
            Settle("bond-s0");
            Advertise();
            Await(() => Temporary("bond-s0").Length > 0).ShouldBeTrue();
            Setting("bond-s0", "use_tempaddr").ShouldBe("2");
        });
    }

    // The settings may have changed since: the kernel keeps a token, but accepts none then.
    [Theory]
    [InlineData("1", "0", "-1")]
    [InlineData("0", "0", "-1")]
    [InlineData("1", "1", "-1")]
    [InlineData("2", "1", "-1")]
    [InlineData("1", "0", "0")]
    public void A_token_goes_along(string acceptRa, string forwarding, string routerSolicitations)
    {
        Pair();
        int synthetic = Index("s0");
        (string Name, string Value)[] settings =
            [("accept_ra", acceptRa), ("forwarding", forwarding), ("router_solicitations", routerSolicitations)];
        Ip(["token set ::53 dev s0", "addr add 2001:db8:1::53/64 dev s0 nodad"]);
        foreach ((string name, string value) in settings)
            Set("s0", name, value);
        Backend.ObserveLinks().Find("s0")!.Token.ShouldBe(IPAddress.Parse("::53"));

        Plan undone = Join(takeName: false);
        TakeBack(undone, Run(undone, 0));
        Ip("token get dev s0").ShouldContain("::53");

        int bond = Run(Join(takeName: false), 0);
        Ip("token get dev bond-s0").ShouldContain("::53");
        settings.ShouldAllBe(setting => Setting("bond-s0", setting.Name) == setting.Value);

        Run(Detach(synthetic, bond), bond);
        Ip("token get dev s0").ShouldContain("::53");
        settings.ShouldAllBe(setting => Setting("s0", setting.Name) == setting.Value);
    }

    [Fact]
    public void A_token_makes_the_addresses_on_the_bond_and_its_change_comes_back()
    {
        Pair();
        int synthetic = Index("s0");
        Ip("token set ::53 dev s0");
        Advertise();
        Await(() => Addresses("s0").Length > 0).ShouldBeTrue();
        int bond = Run(Join(takeName: false), 0);
        Advertise(valid: 7200);
        Await(() => Addresses("bond-s0").Any(address => address.GetProperty("valid_life_time").GetInt64() > 3600)).ShouldBeTrue();
        Addresses("bond-s0").Select(Local).ShouldBe([Advertised + "53"]);

        Ip("token set ::77 dev bond-s0");
        Plan undone = Detach(synthetic, bond);
        undone = undone with { Steps = [.. undone.Steps.Where(step => step.Undo.Length > 0)] };
        Run(undone, bond);
        TakeBack(undone, bond);
        Ip("token get dev s0").ShouldContain("::53");
        Ip("token get dev bond-s0").ShouldContain("::77");

        Run(Detach(synthetic, bond), bond);
        Ip("token get dev s0").ShouldContain("::77");
    }

    [Fact]
    public void A_token_that_was_taken_from_the_bond_is_taken_from_the_NIC()
    {
        Pair();
        int synthetic = Index("s0");
        Ip("token set ::53 dev s0");
        int bond = Run(Join(takeName: false), 0);
        Ip("token set :: dev bond-s0");
        Run(Detach(synthetic, bond), bond);
        Ip("token get dev s0").ShouldContain("token ::");
        Ip("token get dev s0").ShouldNotContain("53");
    }

    // networkd sets a secret (IPv6StableSecretAddress=), on the bond too when it configures that.
    [Fact]
    public void A_secret_that_only_its_owner_knows_stops_no_join()
    {
        Pair();
        int synthetic = Index("s0");
        Set("s0", "stable_secret", "2001:db8::5ec:4e7");
        Setting("s0", "addr_gen_mode").ShouldBe("2");
        Plan undone = Join(takeName: false);
        TakeBack(undone, Run(undone, 0));
        Setting("s0", "addr_gen_mode").ShouldBe("2");

        int bond = Run(Join(takeName: false), 0);
        Setting("bond-s0", "addr_gen_mode").ShouldBe("1");
        Run(Detach(synthetic, bond), bond);
        Setting("s0", "addr_gen_mode").ShouldBe("2");
    }

    /// <summary>Runs a test with a NIC that has temporary addresses as well as a static and an advertised one.</summary>
    private static void WithTemporaryAddresses(string byDefault, Action test)
    {
        string before = Setting("default", "use_tempaddr");
        try
        {
            Set("default", "use_tempaddr", byDefault);
            Pair();
            Set("s0", "use_tempaddr", "2");
            Ip($"addr add {Static}53/64 dev s0 mngtmpaddr nodad");
            Advertise();
            AwaitTemporary("s0", Static, Advertised);
            test();
        }
        finally
        {
            Set("default", "use_tempaddr", before);
        }
    }

    private static void Pair()
    {
        Veths(("s0", "s1"), ("f0", "f1"));
        Ip("addr add fe80::9/64 dev s1 nodad");
        Settle("s0", "s1");
    }

    private Plan Join(bool takeName)
    {
        Snapshot host = Backend.ObserveAll(Index("s0"), Index("f0"));
        return Here(BondPlans.Join(host, host.Find("s0")!, host.Find("f0")!, new Settings { TakeName = takeName }));
    }

    private Plan Detach(int synthetic, int bond)
    {
        Snapshot host = Backend.ObserveAll(synthetic, bond);
        Link nic = host.Find(synthetic)!;
        return Here(BondPlans.Detach(host, nic, host.Find(bond)!, new Join(nic.Address, synthetic, "s0", bond, "bond-s0")));
    }

    // There is no NetworkManager here.
    private static Plan Here(Plan plan)
    {
        static ImmutableArray<Change> of(ImmutableArray<Change> changes) => [.. changes.Where(change => change is not ExcludeName)];
        return plan with
        {
            Steps = [.. plan.Steps.Select(step => step with { Changes = of(step.Changes), Undo = of(step.Undo) }).Where(step => step.Changes.Length > 0)],
        };
    }

    /// <summary>Executes a plan's steps, except those that need a VF or a router.</summary>
    private int Run(Plan plan, int aggregate)
    {
        foreach (Step step in plan.Steps.Where(step => !step.Optional))
        {
            Backend.Apply(step.Changes, aggregate, repeat: false);
            aggregate = aggregate != 0 ? aggregate : Index(plan.AggregateName);
            foreach (Expectation expectation in step.Expect)
                Backend.Expect(expectation, aggregate);
        }
        return aggregate;
    }

    private void TakeBack(Plan plan, int aggregate)
    {
        foreach (Step step in plan.Steps.Where(step => !step.Optional).Reverse())
            Backend.Apply(step.Undo, aggregate, repeat: true);
    }

    private static void Set(string link, string name, string value) =>
        File.WriteAllText($"/proc/sys/net/ipv6/conf/{link}/{name}", value);

    private static string Setting(string link, string name) =>
        File.ReadAllText($"/proc/sys/net/ipv6/conf/{link}/{name}").Trim();

    private static JsonElement[] Addresses(string link) =>
        [.. IpJson($"-6 addr show dev {link} scope global")[0].GetProperty("addr_info").EnumerateArray()];

    private static string Local(JsonElement address) => address.GetProperty("local").GetString()!;

    private static string[] Temporary(string link) =>
        [.. Addresses(link).Where(address => address.TryGetProperty("temporary", out _)).Select(Local)];

    private static void AwaitTemporary(string link, params string[] prefixes) => Await(() => Temporary(link) is var found
            && prefixes.All(prefix => found.Any(address => address.StartsWith(prefix[..^1], StringComparison.Ordinal))))
        .ShouldBeTrue($"{link} has no temporary address of {string.Join(" or ", prefixes)}; use_tempaddr is "
            + $"{Setting(link, "use_tempaddr")}:\n{Ip($"-6 addr show dev {link}")}");

    private static bool Await(Func<bool> isSo)
    {
        for (DateTime end = DateTime.UtcNow + s_patience; DateTime.UtcNow < end; Thread.Sleep(50))
        {
            if (isSo())
                return true;
        }
        return isSo();
    }

    /// <summary>Sends a router advertisement (RFC 4861, 4.2 and 4.6.2) from s1, of a router that is not a default router.</summary>
    private static void Advertise(int valid = 3600)
    {
        byte[] message =
        [
            134, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // No checksum: the kernel fills it in.
            3, 4, 64, 0xc0, .. BitConverter.GetBytes(IPAddress.HostToNetworkOrder(valid)),
            .. BitConverter.GetBytes(IPAddress.HostToNetworkOrder(valid)), 0, 0, 0, 0, .. IPAddress.Parse(Advertised).GetAddressBytes(),
        ];
        long s1 = long.Parse(File.ReadAllText("/sys/class/net/s1/ifindex"), CultureInfo.InvariantCulture);
        using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Raw, ProtocolType.IcmpV6);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastTimeToLive, 255);
        socket.Bind(new IPEndPoint(new IPAddress(IPAddress.Parse("fe80::9").GetAddressBytes(), s1), 0));
        socket.SendTo(message, new IPEndPoint(new IPAddress(IPAddress.Parse("ff02::1").GetAddressBytes(), s1), 0));
    }
}
