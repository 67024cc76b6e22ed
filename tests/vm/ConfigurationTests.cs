using System.Text.Json.Nodes;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>A synthetic NIC with every possible configuration, before, during and after a join.</summary>
[Part(Part.Configuration)]
public class ConfigurationTests(ITestOutputHelper output) : ProductScenario(output)
{
    private const string Synthetic16 = "enp0s16";

    // Everything that an administrator can put on a NIC: several addresses of both families, labels, a peer, a metric; routes in three
    // tables, on-link, with gateways, multipath, with metrics and a source; next-hop objects and a group; rules by interface; permanent,
    // router and proxy neighbours; MTU, queue length, alternative name, settings.
    private const string Everything = """
        set -e
        ip link add other type dummy; ip link set other up; ip address add 10.99.0.1/24 dev other; ip -6 address add fd99::1/64 dev other nodad
        ip link set enp0s16 mtu 9000 txqueuelen 555
        ip link property add dev enp0s16 altname uplink
        ip link property add dev enp0s16 altname the-first-and-only-network-card
        echo 2 >/proc/sys/net/ipv4/conf/enp0s16/rp_filter
        echo 1 >/proc/sys/net/ipv4/conf/enp0s16/arp_ignore
        echo 1 >/proc/sys/net/ipv4/conf/enp0s16/forwarding
        echo 0 >/proc/sys/net/ipv6/conf/enp0s16/accept_ra
        ip address add 10.77.0.2/24 brd + dev enp0s16
        ip address add 10.77.0.3/24 dev enp0s16 label enp0s16:1
        ip address add 10.77.0.4/24 dev enp0s16
        ip address add 10.78.0.2/24 dev enp0s16 metric 77
        ip address add 10.79.0.2 peer 10.79.0.9 dev enp0s16
        ip address add 10.80.0.2/24 dev enp0s16 noprefixroute
        ip -6 address add fd77::2/64 dev enp0s16 nodad
        ip -6 address add fd77::3/64 dev enp0s16
        ip -6 address add fd78::2/64 dev enp0s16 home
        ip link set enp0s16 up
        sleep 2
        ip route add default via 10.77.0.1 dev enp0s16 src 10.77.0.3 metric 50
        ip route add 10.80.0.0/24 dev enp0s16 scope link
        ip route add 192.0.2.0/25 via 10.77.0.1 dev enp0s16 mtu 1400 advmss 1300
        ip route add 192.0.2.128/25 nexthop via 10.77.0.1 dev enp0s16 weight 2 nexthop via 10.99.0.9 dev other weight 3
        ip route add 198.51.100.0/24 nexthop via 10.77.0.1 dev enp0s16 nexthop via 10.77.0.9 dev enp0s16
        ip route add default via 10.77.0.1 dev enp0s16 table 100
        ip route add 10.77.0.0/24 dev enp0s16 table 100 scope link
        ip route add 203.0.113.0/24 via 10.77.0.200 dev enp0s16 onlink table 200
        ip route add throw 172.16.0.0/12 table 200
        ip -6 route add default via fd77::1 dev enp0s16 metric 50
        ip -6 route add fd80::/64 dev enp0s16
        ip -6 route add fd81::/64 via fe80::1 dev enp0s16 mtu 1400
        ip -6 route add fd82::/64 nexthop via fd77::1 dev enp0s16 nexthop via fd99::9 dev other
        ip -6 route add default via fd77::1 dev enp0s16 table 100
        ip nexthop add id 5 via 10.77.0.1 dev enp0s16
        ip nexthop add id 6 via 10.99.0.9 dev other
        ip nexthop add id 7 via fd77::1 dev enp0s16
        ip nexthop add id 9 group 5,3/6,2
        ip route add 10.90.0.0/16 nhid 5
        ip route add 10.91.0.0/16 nhid 9
        ip -6 route add fd90::/64 nhid 7
        ip rule add iif enp0s16 lookup 100 priority 1000
        ip rule add oif enp0s16 fwmark 0x7/0xff lookup 200 priority 1001
        ip rule add from 10.77.0.3 lookup 100 priority 1002
        ip -6 rule add iif enp0s16 ipproto 17 dport 53 lookup 100 priority 1000
        ip neigh add 10.77.0.50 lladdr 02:00:00:00:00:50 dev enp0s16 nud permanent
        ip neigh add fd77::50 lladdr 02:00:00:00:00:51 dev enp0s16 nud permanent router
        ip neigh add proxy 10.77.0.60 dev enp0s16
        ip -6 neigh add proxy fd77::60 dev enp0s16
        """;

    [Fact, Core]
    public async Task Everything_moves_and_comes_back()
    {
        await RunAsync(Everything);
        await PingAsync();
        var before = await StateAsync(Synthetic16);

        await PlugAndJoinAsync();
        Differences(before, await StateAsync(Bond)).ShouldBe("");
        (await RunAsync($"cat /proc/sys/net/ipv4/conf/{Bond}/rp_filter /proc/sys/net/ipv4/conf/{Bond}/arp_ignore "
            + $"/proc/sys/net/ipv4/conf/{Bond}/forwarding /proc/sys/net/ipv6/conf/{Bond}/accept_ra")).ShouldBe("2\n1\n1\n0\n");
        (await RunAsync($"ip -o address show dev {Synthetic16}")).ShouldBe("");
        await PingAsync();

        await DetachAsync(Synthetic16);
        Differences(before, await StateAsync(Synthetic16)).ShouldBe("");
        (await RunAsync("ls /sys/class/net")).ShouldNotContain(Bond);
        (await RunAsync("ls -A /run/hyperv-vfattach")).ShouldNotContain("journal");
        await PingAsync();
    }

    [Fact]
    public async Task What_sysctl_d_says_of_all_interfaces_does_not_undo_what_the_bond_got_from_the_synthetic()
    {
        await AddressAsync();
        // udev starts systemd-sysctl for each new interface, and a busy machine's udev is late.
        await RunAsync("""
            echo 'net.ipv4.conf.*.rp_filter = 1' > /etc/sysctl.d/99-all.conf
            echo 2 > /proc/sys/net/ipv4/conf/enp0s16/rp_filter
            """);
        await PlugAndJoinAsync();
        await RunAsync("udevadm settle");
        (await RunAsync($"cat /proc/sys/net/ipv4/conf/{Bond}/rp_filter")).Trim().ShouldBe("2");
    }

    [Fact]
    public async Task Everything_moves_and_comes_back_with_the_name()
    {
        await Machine.CopyAsync(Product.Settings($"{Settings}take_name = true\n"));
        await RunAsync(Everything);
        var before = await StateAsync(Synthetic16);

        await Machine.PlugAsync(Vf);
        await CarriedByAsync(await Machine.NameAsync(Vf), Synthetic16);
        await IdleAsync();
        Differences(before, await StateAsync(Synthetic16)).ShouldBe("");
        (await RunAsync("cat /sys/class/net/enp0s16/bonding/slaves")).ShouldContain("enp0s16s");
        await PingAsync();

        await DetachAsync(Synthetic16);
        Differences(before, await StateAsync(Synthetic16)).ShouldBe("");
        (await RunAsync("ls -d /sys/class/net/enp0s16/device")).ShouldNotBeEmpty();
        (await RunAsync("ls /sys/class/net")).ShouldNotContain("enp0s16s");
    }

    [Fact]
    public async Task What_the_administrator_changed_meanwhile_comes_back_too()
    {
        await AddressAsync();
        await PlugAndJoinAsync();
        await RunAsync($"ip address add 10.77.0.77/24 dev {Bond}; ip route add 10.55.0.0/16 via {Peer.V4} dev {Bond}; ip link set {Bond} mtu 1400");
        var joined = await StateAsync(Bond);
        await DetachAsync(Bond);
        Differences(joined, await StateAsync(Synthetic16)).ShouldBe("");
    }

    // From an address that the peer knows: a home address would be preferred.
    private Task<string> PingAsync() =>
        RunAsync($"ping -q -c 3 -i 0.1 -W 1 {Peer.V4} && ping -q -c 3 -i 0.1 -W 1 -I {V6} {Peer.V6}");

    private static string Differences(string before, string after)
    {
        string[] old = before.Split('\n'), now = after.Split('\n');
        return string.Join('\n', [.. old.Except(now).Select(line => $"- {line}"), .. now.Except(old).Select(line => $"+ {line}"),
            .. old.Length == now.Length ? [] : new[] { $"{old.Length} lines became {now.Length}" }]);
    }

    /// <summary>The output of <c>ip -j</c> for one interface, without its name, its index and the properties of its kind.</summary>
    private async Task<string> StateAsync(string name)
    {
        var lines = new List<string>();
        foreach (var command in new[]
        {
            "link show", "address show", "route show table all", "-6 route show table all", "rule show", "-6 rule show",
            "nexthop show", "neigh show nud permanent", "-6 neigh show nud permanent", "neigh show proxy", "-6 neigh show proxy",
        })
        {
            var text = await RunAsync($"ip -j {command}");
            lines.Add($"--- {command}");
            lines.AddRange((JsonNode.Parse(text.Length == 0 ? "[]" : text)!).AsArray()
                .Where(item => item is JsonObject { Count: > 0 } && About(item!, name, command))
                .Select(item => Plain(item!, name)!.ToJsonString()).Order(StringComparer.Ordinal));
        }
        return string.Join('\n', lines);
    }

    // Links and addresses of this interface only; all routes, rules and next hops except those that the kernel itself creates for other
    // interfaces and for ports that are up.
    private static bool About(JsonNode item, string name, string command) => command switch
    {
        "link show" or "address show" => (string?)item["ifname"] == name,
        _ when item["dev"] is null || (string?)item["dev"] == name => true,
        _ => (string?)item["protocol"] != "kernel",
    };

    private static readonly string[] s_own =
    [
        "ifindex", "link_index", "flags", "operstate", "qdisc", "linkmode", "link", "master", "parentbus", "parentdev",
        "permaddr", "min_mtu", "max_mtu", "valid_life_time", "preferred_life_time",
    ];

    private static JsonNode? Plain(JsonNode? node, string name) => node switch
    {
        JsonObject item => new JsonObject(item.Where(pair => !s_own.Contains(pair.Key))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => KeyValuePair.Create(pair.Key, Plain(pair.Value, name)))),
        JsonArray items => new JsonArray([.. items.Select(child => Plain(child, name))]),
        JsonValue value when value.TryGetValue(out string? text) && (text == name || text.StartsWith(name + ":", StringComparison.Ordinal)) =>
            JsonValue.Create("THE-NIC" + text[name.Length..]),
        _ => node?.DeepClone(),
    };
}
