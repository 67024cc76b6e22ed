using System.Globalization;
using HypervVfattach.Core.Planning.Changes;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>Broadcasts and multicasts of a redirect, whose host is a KVM one: a bridge that floods them to both interfaces, and sends back
/// through one what came through the other.</summary>
public class GroupFrameTests : RedirectTest
{
    private const int Count = 20;

    [Fact]
    public void A_broadcast_of_the_network_arrives_once()
    {
        Ip("link set vf0 up");
        Settle("vf0");
        Received(() => Broadcast()).ShouldBe(2 * Count, "the host sends it to both");
        Ip("link set vf0 down");
        Join();
        Received(() => Broadcast()).ShouldBe(Count);
        // Each is another frame, however short the time between them.
        Received(() => Broadcast("-s", "200")).ShouldBe(Count);
        Received(() => Broadcast("-s", "1")).ShouldBe(Count);
    }

    [Theory]
    [InlineData("syn1")]
    [InlineData("vf1")]
    public void A_host_that_sends_each_once_loses_none_on_either(string silent)
    {
        Join();
        Host.Run("bridge", "link", "set", "dev", silent, "flood", "off", "bcast_flood", "off", "mcast_flood", "off");
        Received(() => Broadcast()).ShouldBe(Count);
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public void Own_broadcasts_of_a_VLAN_do_not_come_back(string offload)
    {
        foreach (string nic in (string[])["syn", "vf0"])
            TryRun("ethtool", "-K", nic, "txvlan", offload, "rxvlan", offload);
        Ip(["link add syn5 link syn type vlan id 5", "address add 10.9.5.2/24 dev syn5", "link set syn5 up"]);
        Join();
        long before = Received5();
        TryRun("ping", "-q", "-b", "-c", $"{Count}", "-i", "0.002", "-W", "1", "10.9.5.255");
        (Received5() - before).ShouldBe(0);

        static long Received5() => IpJson("-s link show syn5")[0].GetProperty("stats64").GetProperty("rx").GetProperty("packets").GetInt64();
    }

    [Fact]
    public void After_the_vf_has_left_all_arrive()
    {
        Join();
        Received(() => Broadcast()).ShouldBe(Count);
        Ip("link del vf0");
        Received(() => Broadcast()).ShouldBe(Count);
    }

    [Fact]
    public void A_bridge_above_the_synthetic_does_not_learn_its_own_containers_at_the_uplink()
    {
        Ip([
            "link add lbr type bridge", "link set lbr up", "link set syn master lbr", "link add c0 type veth peer name c1",
            "link set c1 address 02:00:00:00:00:99", "link set c0 master lbr up",
        ]);
        Peer container = MovedToPeer("c1");
        container.Ip("address add 10.9.9.9/24 dev c1", "link set c1 up");
        Settle("c0");
        Join();
        container.Run("ping", "-q", "-b", "-c", "10", "-i", "0.01", "-W", "1", "10.9.9.255");
        string learned = Run("bridge", "fdb", "show", "br", "lbr");
        learned.ShouldContain("02:00:00:00:00:99 dev c0 ");
        learned.ShouldNotContain("02:00:00:00:00:99 dev syn ");
    }

    [Fact]
    public void The_hosts_bridge_is_told_of_each_path()
    {
        Join();
        Learned().ShouldBe("vf1");
        Backend.Apply([new SwitchPath(Synthetic, 0)], 0, repeat: false);
        Learned().ShouldBe("syn1");
        Backend.Apply([new SwitchPath(Synthetic, Vf)], 0, repeat: false);
        Learned().ShouldBe("vf1");
        Ip("link del vf0");
        Backend.Announce(Synthetic);
        Learned().ShouldBe("syn1");
    }

    private string Learned() => Host.Run("bridge", "fdb", "show", "br", "br0").Split('\n').Single(line => line.StartsWith($"{Mac} ", StringComparison.Ordinal)).Split(' ')[2];

    private string Broadcast(params string[] more) => Host.Run("ping", ["-q", "-b", "-c", $"{Count}", "-i", "0.002", "-W", "1", .. more, "10.9.9.255"]);

    // The kernel counts an echo request to everybody and does not answer it (icmp_echo_ignore_broadcasts).
    private static int Received(Action send)
    {
        int before = Requests();
        send();
        return Requests() - before;
    }

    private static int Requests()
    {
        // There is no such line before the first message.
        string[] lines = TryRun("grep", "^IcmpMsg:", "/proc/net/snmp").Output.Split('\n');
        int column = lines is [var head, _, ..] ? Array.IndexOf(head.Split(' '), "InType8") : -1;
        return column < 0 ? 0 : int.Parse(lines[1].Split(' ')[column], CultureInfo.InvariantCulture);
    }
}
