using System.Globalization;
using System.Net;
using System.Text.Json;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Tests.Kernel;

/// <summary>The same line for one object, from our model and from what <c>ip -d -j</c> prints.</summary>
internal static class Shown
{
    public static string Line(Link link) => string.Join(' ',
        link.Index, link.Name, $"alt {string.Join(',', link.AltNames.Order())}", link.Address,
        $"perm {link.PermanentAddress}", $"mtu {link.Mtu}", $"qlen {link.TxQueueLength}", $"group {link.Group}",
        $"kind {link.Kind}", $"port {link.PortKind}", $"qdisc {link.Qdisc}", $"up {link.IsUp}",
        $"carrier {link.Flags.HasFlag(LinkFlags.LowerUp)}", $"slave {link.Flags.HasFlag(LinkFlags.Slave)}");

    public static string Link(JsonElement link) => string.Join(' ',
        link.GetProperty("ifindex").GetInt32(), Text(link, "ifname"),
        $"alt {string.Join(',', Strings(link, "altnames").Order())}", Text(link, "address"),
        $"perm {Text(link, "permaddr")}", $"mtu {Number(link, "mtu")}", $"qlen {Number(link, "txqlen")}",
        $"group {(Text(link, "group") is "default" ? "0" : Text(link, "group"))}",
        $"kind {Text(link, "linkinfo", "info_kind")}", $"port {Text(link, "linkinfo", "info_slave_kind")}",
        $"qdisc {Text(link, "qdisc")}", $"up {Strings(link, "flags").Contains("UP")}",
        $"carrier {Strings(link, "flags").Contains("LOWER_UP")}", $"slave {Strings(link, "flags").Contains("SLAVE")}");

    public static string Line(Address address) => string.Join(' ',
        address.Link, $"{address.Local}/{address.PrefixLength}", $"peer {address.Peer}", $"brd {address.Broadcast}",
        $"scope {address.Scope}", $"label {address.Label}", $"metric {address.Metric}",
        $"noprefixroute {address.Flags.HasFlag(AddressFlags.NoPrefixRoute)}",
        $"secondary {address.Flags.HasFlag(AddressFlags.Secondary)}",
        $"valid {Lifetime(address.ValidLifetime)}", $"preferred {Lifetime(address.PreferredLifetime)}");

    public static IEnumerable<string> Addresses(IEnumerable<JsonElement> links) =>
        from link in links
        from address in link.GetProperty("addr_info").EnumerateArray()
        let peer = Text(address, "address")
        select string.Join(' ',
            link.GetProperty("ifindex").GetInt32(), $"{Text(address, "local")}/{Number(address, "prefixlen")}",
            $"peer {peer}", $"brd {Text(address, "broadcast")}",
            $"scope {Scope(Text(address, "scope"))}", $"label {Text(address, "label")}",
            $"metric {Number(address, "metric")}", $"noprefixroute {address.TryGetProperty("noprefixroute", out _)}",
            $"secondary {address.TryGetProperty("secondary", out _)}",
            $"valid {Lifetime(Number(address, "valid_life_time"))}",
            $"preferred {Lifetime(Number(address, "preferred_life_time"))}");

    public static string Line(Route route, Snapshot snapshot)
    {
        string Name(int link) => snapshot.Find(link)?.Name ?? "";
        var legs = route.Legs.Select(leg =>
            $"[{Name(leg.Link)} via {leg.Gateway} weight {(route.Legs.Length > 1 ? leg.Hops + 1 : 1)} onlink {leg.OnLink}]");
        return string.Join(' ',
            route.IsIPv6 ? 6 : 4,
            route.DestinationLength == 0 ? "default"
                : route.DestinationLength == (route.IsIPv6 ? 128 : 32) ? route.Destination.ToString()
                : $"{route.Destination}/{route.DestinationLength}",
            $"table {route.Table}", $"type {route.Type}", $"scope {(route.IsIPv6 ? 0 : route.Scope)}",
            $"proto {route.Protocol}",
            $"metric {route.Metric}", $"src {route.PreferredSource}", $"nhid {route.NextHopId}",
            $"{string.Concat(legs)}");
    }

    /// <param name="route">The output of <c>ip -N -d -j route</c>: numbers instead of names.</param>
    /// <param name="family">4 or 6.</param>
    public static string Route(JsonElement route, int family)
    {
        IEnumerable<JsonElement> legs = route.TryGetProperty("nexthops", out JsonElement hops)
            ? hops.EnumerateArray()
            : route.TryGetProperty("dev", out _) ? [route] : [];
        bool byId = route.TryGetProperty("nhid", out _);
        return string.Join(' ',
            family, Text(route, "dst"), $"table {NumberOr(route, "table", 254)}", $"type {Type(Text(route, "type"))}",
            $"scope {(family == 6 ? 0 : NumberOr(route, "scope", 0))}",
            $"proto {NumberOr(route, "protocol", 0)}", $"metric {Number(route, "metric")}",
            $"src {Text(route, "prefsrc")}", $"nhid {Number(route, "nhid")}",
            string.Concat(byId ? [] : legs.Select(leg =>
                $"[{Text(leg, "dev")} via {Via(leg)} weight {(leg.TryGetProperty("weight", out JsonElement w) ? w.GetInt32() : 1)}"
                + $" onlink {Strings(leg, "flags").Contains("onlink")}]")));
    }

    public static string Line(Rule rule) => string.Join(' ',
        rule.Family == 10 ? 6 : 4, rule.Priority,
        $"from {Prefix(rule.Source, rule.SourceLength, rule.Family)}",
        $"to {Prefix(rule.Destination, rule.DestinationLength, rule.Family)}",
        $"iif {rule.InputName}", $"oif {rule.OutputName}", $"table {rule.Table}", $"proto {rule.Protocol}",
        $"not {rule.Flags == 2}", $"action {rule.Action}", $"extra {rule.Extra.Length > 0}");

    public static string Rule(JsonElement rule, int family) => string.Join(' ',
        family, Number(rule, "priority"),
        $"from {RulePrefix(rule, "src", "srclen")}", $"to {RulePrefix(rule, "dst", "dstlen")}",
        $"iif {Text(rule, "iif")}", $"oif {Text(rule, "oif")}", $"table {NumberOr(rule, "table", 0)}",
        $"proto {NumberOr(rule, "protocol", 0)}", $"not {rule.TryGetProperty("not", out _)}",
        $"action {(rule.TryGetProperty("action", out JsonElement action) ? ActionNumber(action.GetString()!) : 1)}",
        $"extra {rule.EnumerateObject().Any(p => p.Name is "fwmark" or "ipproto" or "sport" or "sport_start" or "dport" or "dport_start" or "uid_start" or "suppress_prefixlen")}");

    public static string Line(Neighbour neighbour, Snapshot snapshot) => string.Join(' ',
        snapshot.Find(neighbour.Link)?.Name, neighbour.Destination, $"at {neighbour.Address}",
        $"state {(neighbour.Flags.HasFlag(NeighbourFlags.Proxy) ? "" : neighbour.State.ToString().ToUpperInvariant())}",
        $"proxy {neighbour.Flags.HasFlag(NeighbourFlags.Proxy)}",
        $"router {neighbour.Flags.HasFlag(NeighbourFlags.Router)}");

    public static string Neighbour(JsonElement neighbour) => string.Join(' ',
        Text(neighbour, "dev"), Text(neighbour, "dst"), $"at {Text(neighbour, "lladdr")}",
        $"state {(neighbour.TryGetProperty("proxy", out _) ? "" : string.Join(", ", Strings(neighbour, "state")))}",
        $"proxy {neighbour.TryGetProperty("proxy", out _)}", $"router {neighbour.TryGetProperty("router", out _)}");

    public static string Line(NextHop hop, Snapshot snapshot) => string.Join(' ',
        hop.Id, snapshot.Find(hop.Link)?.Name, $"via {hop.Gateway}", $"blackhole {hop.Blackhole}",
        $"members {string.Join(',', hop.Members)}", $"proto {hop.Protocol}", $"onlink {hop.OnLink}");

    public static string NextHop(JsonElement hop) => string.Join(' ',
        Number(hop, "id"), Text(hop, "dev"), $"via {Via(hop)}", $"blackhole {hop.TryGetProperty("blackhole", out _)}",
        $"members {(hop.TryGetProperty("group", out JsonElement group) ? string.Join(',', group.EnumerateArray().Select(m => Number(m, "id"))) : "")}",
        $"proto {NumberOr(hop, "protocol", 0)}", $"onlink {Strings(hop, "flags").Contains("onlink")}");

    private static string Via(JsonElement leg) => leg.TryGetProperty("via", out JsonElement via)
        ? Text(via, "host")
        : Text(leg, "gateway");

    private static string Prefix(IPAddress? address, byte length, byte family) =>
        address is null ? "all" : length == (family == 10 ? 128 : 32) ? address.ToString() : $"{address}/{length}";

    private static string RulePrefix(JsonElement rule, string name, string length) =>
        Text(rule, name) is "" or "all" ? "all"
            : rule.TryGetProperty(length, out JsonElement bits) ? $"{Text(rule, name)}/{bits.GetInt32()}"
            : Text(rule, name);

    private static int ActionNumber(string name) => name switch
    {
        "to_tbl" => 1,
        "goto" => 2,
        "blackhole" => 6,
        "unreachable" => 7,
        "prohibit" => 8,
        _ => int.Parse(name, CultureInfo.InvariantCulture),
    };

    private static int Type(string name) => name switch
    {
        "unicast" or "" => 1,
        "local" => 2,
        "broadcast" => 3,
        "anycast" => 4,
        "multicast" => 5,
        "blackhole" => 6,
        _ => int.Parse(name, CultureInfo.InvariantCulture),
    };

    private static int Scope(string name) => name switch
    {
        "global" => 0,
        "site" => 200,
        "link" => 253,
        "host" => 254,
        _ => int.Parse(name, CultureInfo.InvariantCulture),
    };

    // The two programs run at slightly different times.
    private static string Lifetime(ulong seconds) =>
        seconds == uint.MaxValue ? "forever" : seconds.ToString(CultureInfo.InvariantCulture)[..1] + "...";

    private static string Text(JsonElement element, params string[] path)
    {
        foreach (string name in path)
        {
            if (!element.TryGetProperty(name, out element))
                return "";
        }
        return element.ToString();
    }

    private static ulong Number(JsonElement element, string name) => NumberOr(element, name, 0);

    private static ulong NumberOr(JsonElement element, string name, ulong otherwise) =>
        !element.TryGetProperty(name, out JsonElement value) ? otherwise
            : value.ValueKind == JsonValueKind.Number ? value.GetUInt64()
            : ulong.Parse(value.GetString()!, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Strings(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement list)
            ? list.EnumerateArray().Select(item => item.GetString()!)
            : [];
}
