using System.Text.Json;

namespace HypervVfattach.Tests.Kernel.Faults;

/// <summary>Everything that the kernel stores about the network of this namespace, as shown by ip(8), tc(8) and /proc/sys: one line per
/// object, with names instead of indexes.</summary>
internal sealed class NetworkState
{
    // Fields that change by themselves, or with each new interface.
    private static readonly HashSet<string> s_volatile =
    [
        "ifindex", "link_index", "valid_life_time", "preferred_life_time", "expires", "used", "cache", "lastuse", "age",
        "prog", // of a BPF filter: increasing numbers
    ];

    private static readonly string[] s_settings = ["ipv4/conf", "ipv6/conf", "ipv4/neigh", "ipv6/neigh"];

    private readonly HashSet<string> _lines;

    private NetworkState(IEnumerable<string> lines) => _lines = [.. lines];

    /// <summary>The state now.</summary>
    /// <param name="nics">The interfaces whose filters and settings count.</param>
    /// <param name="more">Lines about state that ip and tc do not show.</param>
    public static NetworkState Now(string[] nics, IEnumerable<string> more)
    {
        string[] there = [.. nics.Where(nic => Directory.Exists($"/proc/sys/net/ipv4/conf/{nic}"))];
        // One shell for all: starting a process is what takes time in an emulated guest.
        string script = $"""
            echo @IPv4
            ip -j -d -4 -force -batch - <<END
            addr show
            route show table all
            rule show
            nexthop show
            neigh show nud permanent
            neigh show proxy
            END
            echo @IPv6
            ip -j -d -6 -force -batch - <<END
            addr show
            route show table all
            rule show
            neigh show nud permanent
            neigh show proxy
            END
            echo @tc
            tc -j -force -batch - <<END
            qdisc show
            {string.Join('\n', there.SelectMany(nic => new[] { $"filter show dev {nic} ingress", $"filter show dev {nic} egress" }))}
            END
            echo @sysctl
            cd /proc/sys/net
            grep -s . {string.Join(' ', there.SelectMany(nic => s_settings.Select(directory => $"{directory}/{nic}/*")))}
            """;
        // tc complains about interfaces without filters.
        string output = KernelTest.TryRun("sh", "-c", script).Output;
        List<string> lines = [.. more];
        string section = "";
        foreach (string line in output.Split('\n'))
        {
            if (line.StartsWith('@'))
                section = line[1..];
            else if (!line.StartsWith('['))
                lines.Add($"{section} {line}");
            else
            {
                foreach (JsonElement element in JsonDocument.Parse(line).RootElement.EnumerateArray())
                {
                    if (element.ValueKind == JsonValueKind.Object && element.EnumerateObject().Any())
                        lines.AddRange(Describe(element).Select(described => $"{section} {described}"));
                }
            }
        }
        // If the output is empty, no difference would be found.
        foreach (string needed in new[] { "IPv4 ifname=", "IPv6 type=", "IPv6 priority=", "tc kind=", "sysctl ipv6/conf/" })
        {
            if (!lines.Exists(line => line.StartsWith(needed, StringComparison.Ordinal)))
                throw new InvalidOperationException($"ip, tc or grep showed no line \"{needed}\"");
        }
        return new NetworkState(lines);
    }

    /// <summary>Lines that only one of two states has; empty if they are the same.</summary>
    public string Difference(NetworkState other) => string.Join('\n',
        [
            .. _lines.Except(other._lines).Order(StringComparer.Ordinal).Select(line => $"  - {line}"),
            .. other._lines.Except(_lines).Order(StringComparer.Ordinal).Select(line => $"  + {line}"),
        ]);

    // Each address of an interface has its own line.
    private static IEnumerable<string> Describe(JsonElement element)
    {
        string own = string.Join(' ', element.EnumerateObject()
            .Where(field => field.Name != "addr_info" && !s_volatile.Contains(field.Name))
            .Select(field => $"{field.Name}={Value(field.Value)}"));
        yield return own;
        if (!element.TryGetProperty("addr_info", out JsonElement addresses))
            yield break;
        string name = element.GetProperty("ifname").GetString()!;
        int place = 0;
        foreach (JsonElement address in addresses.EnumerateArray())
        {
            if (!address.TryGetProperty("family", out JsonElement family))
                continue;
            // The first IPv4 address of a subnet is the primary one; the order of IPv6 addresses is the kernel's own.
            string number = family.GetString() == "inet" ? $" {++place}" : "";
            yield return $"{name} address{number}: " + string.Join(' ', address.EnumerateObject()
                .Where(field => !s_volatile.Contains(field.Name)).Select(field => $"{field.Name}={Value(field.Value)}"));
        }
    }

    private static string Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(' ', value.EnumerateObject()
            .Where(field => !s_volatile.Contains(field.Name)).Select(field => $"{field.Name}={Value(field.Value)}")) + "}",
        JsonValueKind.Array => "[" + string.Join(' ', value.EnumerateArray().Select(Value)) + "]",
        _ => value.ToString(),
    };
}
