using System.Net;
using System.Net.Sockets;
using System.Text;
using HypervVfattach.Commands;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Netfilter;
using HypervVfattach.Pairs;
using HypervVfattach.Tests.Kernel.Faults;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>Rules written by nft(8), iptables and iptables-legacy, as the kernel returns them: which of them refer to eth0 and would not
/// match traffic from bond-eth0.</summary>
public sealed class FirewallTests : KernelTest, IDisposable
{
    private const int SOL_SOCKET = 1, SO_BINDTODEVICE = 25;

    /// <summary>A policy that drops packets would disturb the following tests.</summary>
    void IDisposable.Dispose()
    {
        if (IsThere("nft"))
            Run("nft", "flush", "ruleset");
        Dispose();
    }

    [Fact]
    public void Rules_of_nft()
    {
        Veth("eth0", "p0");
        Nft("""
            table inet t {
              set names { type ifname; elements = { lo, eth0 } }
              set others { type ifname; elements = { lo, eth01, veth0 } }
              set both { type ifname; elements = { eth0, bond-eth0 } }
              set patterns { type ifname; flags interval; elements = { "eth*", "wlan*" } }
              set other_patterns { type ifname; flags interval; elements = { "veth*", "eth0a*", "en*" } }
              map zones { type ifname : verdict; elements = { eth0 : accept, lo : accept } }
              map other_zones { type ifname : verdict; elements = { eth01 : accept } }
              chain exact { iifname "eth0" tcp dport 22 accept; }
              chain negated { iifname != "eth0" drop; }
              chain outgoing { oifname "eth0" accept; }
              chain pattern { iifname "eth*" accept; }
              chain at_the_end { tcp dport 22 ip saddr 10.0.0.0/8 iifname "eth0" accept; }
              chain anonymous { iifname { "eth0", "lo" } accept; }
              chain anonymous_pattern { iifname { "eth*", "lo" } accept; }
              chain named { iifname @names accept; }
              chain not_named { iifname != @names accept; }
              chain intervals { iifname @patterns accept; }
              chain verdicts { iifname vmap { "eth0" : accept, "lo" : accept }; }
              chain by_map { iifname vmap @zones; }
              chain marking { meta mark set iifname map { "eth0" : 1, "lo" : 2 }; }
              chain concatenated { iifname . tcp dport { "eth0" . 22, "lo" . 80 } accept; }
              chain concatenated_last { tcp dport . iifname { 22 . "eth0" } accept; }
              chain concatenated_interval { iifname . tcp dport { "eth0" . 20-25 } accept; }
              chain concatenated_pattern { iifname . tcp dport { "eth*" . 20-25 } accept; }
              chain concatenated_vmap { iifname . oifname vmap { "lo" . "eth0" : accept }; }
              chain by_index { iif "eth0" accept; }
              chain by_index_set { oif { "eth0", "lo" } accept; }
              chain free_exact { iifname "eth01" accept; iifname "veth0" accept; iifname "eth" accept; iifname "bond-eth0" accept; }
              chain free_pattern { iifname "veth*" accept; iifname "eth0a*" accept; iif "lo" accept; iif "p0" accept; }
              chain free_set { iifname @others accept; iifname @other_patterns accept; iifname { "eth01", "veth0" } accept; iifname @both accept; }
              chain free_both { iifname { "eth0", "bond-eth0" } accept; iifname vmap { "eth0" : accept, "bond-eth0" : accept }; }
              chain free_concatenated { iifname . tcp dport { "eth01" . 22, "veth0" . 22 } accept; tcp dport 101 accept; }
              chain free_others { tcp dport { 22, 80 } accept; ip saddr 101.116.104.48 accept; meta l4proto 101 accept; ct state established accept; }
              chain free_map { iifname vmap @other_zones; }
            }
            table bridge b { chain bridged { iifname "eth0" accept; }; }
            table arp a { chain resolved { iifname "eth0" accept; }; }
            table ip6 s { chain six { iifname "eth0" accept; }; }
            """);
        string[] byName =
        [
            "exact", "negated", "outgoing", "pattern", "at_the_end", "anonymous", "anonymous_pattern", "named", "not_named", "intervals", "verdicts", "by_map",
            "marking", "concatenated", "concatenated_last", "concatenated_interval", "concatenated_pattern", "concatenated_vmap",
            "bridged", "resolved", "six",
        ];
        Chains(ReferenceKind.RuleByName).ShouldBe(byName, ignoreOrder: true);
        Chains(ReferenceKind.RuleByIndex).ShouldBe(["by_index", "by_index_set"], ignoreOrder: true);
        Found().First(found => found.Place.Contains("chain exact")).Place.ShouldStartWith("nftables table inet t, chain exact, handle ");
    }

    [Fact]
    public void Chains_and_flowtables_that_are_bound_to_a_device()
    {
        Veths(("eth0", "p0"), ("eth01", "p1"));
        Nft("""
            table netdev n {
              chain ingress { type filter hook ingress device "eth0" priority 0; }
              chain several { type filter hook ingress devices = { "eth01", "eth0" } priority 1; }
              chain free { type filter hook ingress device "eth01" priority 0; }
              chain to_eth0 { type filter hook ingress device "p0" priority 0; fwd to "eth0"; }
            }
            table inet i {
              flowtable fast { hook ingress priority 0; devices = { "eth0", "eth01" }; }
              flowtable free { hook ingress priority 0; devices = { "p1" }; }
              chain inet_ingress { type filter hook ingress device "eth0" priority 0; }
            }
            """);
        Found().Where(found => found.Kind == ReferenceKind.Hook).Select(found => found.Place).ShouldBe(
            [
                "nftables table netdev n, chain ingress", "nftables table netdev n, chain several", "nftables table inet i, flowtable fast",
                "nftables table inet i, chain inet_ingress",
            ], ignoreOrder: true);
        Chains(ReferenceKind.RuleByIndex).ShouldBe(["to_eth0"]);
    }

    [Theory]
    [InlineData("iptables-nft", "nftables table ip filter, chain INPUT")]
    [InlineData("ip6tables-nft", "nftables table ip6 filter, chain INPUT")]
    [InlineData("iptables-legacy", "iptables-legacy table filter, chain INPUT, rule 2")]
    [InlineData("ip6tables-legacy", "ip6tables-legacy table filter, chain INPUT, rule 2")]
    public void Rules_of_iptables(string program, string place)
    {
        Require(program);
        Veth("eth0", "p0");
        try
        {
            foreach (string rule in (string[])["-A INPUT -i eth0 -p tcp --dport 22 -j ACCEPT", "-A INPUT ! -i eth0 -j DROP", "-A INPUT -i eth+ -j ACCEPT"])
            {
                Restore(program, "-A INPUT -i lo -j ACCEPT", rule, "-A FORWARD -i eth01 -j ACCEPT");
                InterfaceReference found = Found().ShouldHaveSingleItem(rule);
                found.Kind.ShouldBe(ReferenceKind.RuleByName);
                found.Place.ShouldStartWith(place);
            }
            Restore(program, ":own - [0:0]", "-A INPUT -i veth0", "-A FORWARD -o eth01", "-A OUTPUT -o lo", "-A own -o eth0 -j RETURN", "-A own -i e+ -o lo");
            string[] places = [.. Found().Select(found => found.Place)];
            places.Length.ShouldBe(2);
            places.ShouldAllBe(it => it.Contains("chain own"));
            Restore(program, "-A INPUT -i eth01", "-A INPUT -i veth0", "-A INPUT -i veth+", "-A INPUT -i bond-eth0", "-A INPUT -p tcp --dport 22 -j ACCEPT");
            Found().ShouldBeEmpty();
        }
        finally
        {
            Restore(program);
        }
    }

    [Fact]
    public void Sockets_that_are_bound_to_a_device()
    {
        Veths(("eth0", "p0"), ("eth01", "p1"));
        Found().ShouldBeEmpty();
        using Socket listener = Bound(SocketType.Stream, AddressFamily.InterNetwork, "eth0", 2200), six = Bound(SocketType.Stream, AddressFamily.InterNetworkV6, "eth0", 2201),
            datagrams = Bound(SocketType.Dgram, AddressFamily.InterNetwork, "eth0", 53), client = Bound(SocketType.Dgram, AddressFamily.InterNetwork, "eth0", 68),
            other = Bound(SocketType.Stream, AddressFamily.InterNetwork, "eth01", 2202), free = Bound(SocketType.Stream, AddressFamily.InterNetwork, "", 2203);
        Found().ShouldAllBe(found => found.Kind == ReferenceKind.Socket);
        Found().Select(found => found.Place).ShouldBe(["tcp port 2200", "tcp port 2201", "udp port 53"], ignoreOrder: true);
    }

    /// <summary>The real NICs and the complete check: a bond is refused because of a rule that names the synthetic NIC, and not without the
    /// rule.</summary>
    [Fact]
    public void A_bond_that_a_rule_would_not_match_is_refused()
    {
        using NicPair? pair = NicPair.Find();
        Assert.SkipWhen(pair is null, $"needs two NICs with one MAC address, one of them {NicPair.Driver}");
        pair!.Renew();
        Ip($"link set {NicPair.Synthetic} up");
        Settings settings = new() { SyntheticDrivers = [NicPair.Driver] };
        Decide(settings).ShouldBeOfType<Do>();
        Nft("table inet filter { chain input { type filter hook input priority 0; policy drop; iifname \"" + NicPair.Synthetic + "\" tcp dport 22 accept; }; }");
        Refuse refusal = Decide(settings).ShouldBeOfType<Refuse>();
        refusal.Reason.ShouldContain("nftables table inet filter, chain input, handle ");
        refusal.Advice.ShouldContain("take_name = true");
        Decide(settings with { TakeName = true }).ShouldBeOfType<Do>();
        Decide(settings with { Join = JoinKind.Redirect }).ShouldNotBeOfType<Refuse>();
        Nft("table inet filter { chain input { type filter hook input priority 0; policy drop; iif \"" + NicPair.Synthetic + "\" accept; }; }");
        Decide(settings with { TakeName = true }).ShouldBeOfType<Refuse>().Reason.ShouldContain("by its index");

        Decision Decide(Settings by)
        {
            World world = World.For(
                new ScanRequest(Unfinished: false) { DryRun = true }, new LinuxSystem(), new LinuxPolicy(), TextWriter.Null, TextWriter.Null);
            return new HostReader(world, by).PairOf(Index(NicPair.Vf)).Decide(Index(NicPair.Vf), delayOver: true);
        }
    }

    private InterfaceReference[] Found()
    {
        References references = ReferenceObserver.Observe([new PlannedBond(Index("eth0"), "eth0", "bond-eth0")]);
        references.Unread.ShouldBeEmpty();
        return [.. references.Found];
    }

    private string[] Chains(ReferenceKind kind) =>
        [.. Found().Where(found => found.Kind == kind).Select(found => found.Place.Split(", chain ")[1].Split(',')[0])];

    // Replaces all existing rules.
    private static void Nft(string rules)
    {
        Require("nft");
        (int status, _, string error) = Batch("nft", ["-f", "-"], ["flush ruleset", rules]);
        if (status != 0)
            throw new InvalidOperationException($"nft: {error}\n{rules}");
    }

    private static void Restore(string program, params string[] rules)
    {
        (int status, _, string error) = Batch($"{program}-restore", [], ["*filter", .. rules, "COMMIT"]);
        if (status != 0)
            throw new InvalidOperationException($"{program}-restore: {error}");
    }

    private static void Require(string program) => Assert.SkipUnless(IsThere(program), $"needs {program} (package nftables or iptables)");

    private static bool IsThere(string program) => File.Exists($"/usr/sbin/{program}") || File.Exists($"/sbin/{program}");

    private static Socket Bound(SocketType type, AddressFamily family, string device, int port)
    {
        var socket = new Socket(family, type, 0);
        if (device.Length > 0)
            socket.SetRawSocketOption(SOL_SOCKET, SO_BINDTODEVICE, Encoding.ASCII.GetBytes(device));
        socket.Bind(new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, port));
        if (type == SocketType.Stream)
            socket.Listen();
        return socket;
    }
}
