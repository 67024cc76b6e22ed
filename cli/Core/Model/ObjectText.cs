using System.Net;

namespace HypervVfattach.Core.Model;

/// <summary>Addresses, routes and the like in the syntax of <c>ip</c>(8), without the object's type.</summary>
/// <remarks>An interface is named only if the caller passes a function for names. An IPv6 default is written as "::/0" where
/// nothing else shows the family.</remarks>
internal static class ObjectText
{
    /// <summary>An address: <c>10.0.0.4/24</c>.</summary>
    public static string Of(Address address) =>
        address.Peer is null || address.Peer.Equals(address.Local)
            ? $"{address.Local}/{address.PrefixLength}"
            : $"{address.Local} peer {address.Peer}/{address.PrefixLength}";

    /// <summary>A route: <c>default via 10.0.0.1 dev eth0 metric 100</c>.</summary>
    public static string Of(Route route, Func<int, string>? name = null)
    {
        bool isDefault = route.DestinationLength == 0 && (!route.IsIPv6 || route.HasIPv6Gateway);
        string text = isDefault ? "default" : $"{route.Destination}/{route.DestinationLength}";
        if (route.Type != 1)
            text = $"{TypeName(route.Type)} {text}";
        if (route.SourceLength != 0)
            text += $" from {route.Source}/{route.SourceLength}";
        if (route.Tos != 0)
            text += $" tos 0x{route.Tos:x2}";
        if (route.NextHopId != 0)
            text += $" nhid {route.NextHopId}";
        if (route.Legs.Length == 1)
            text += Leg(route.Legs[0], name);
        else
            text += string.Concat(route.Legs.Select(leg => $" nexthop{Leg(leg, name)} weight {leg.Hops + 1}"));
        if (route.Table is not (Route.MainTable or 0)) // 0 is FreeBSD's first FIB
            text += $" table {route.Table}";
        if (route.PreferredSource is not null)
            text += $" src {route.PreferredSource}";
        if (route.Metric != 0)
            text += $" metric {route.Metric}";
        return text;
    }

    /// <summary>A next-hop object: <c>id 7 via 10.0.0.1 dev eth0</c>.</summary>
    public static string Of(NextHop hop, Func<int, string>? name = null) =>
        $"id {hop.Id}"
        + (hop.Members.IsEmpty ? "" : $" group {string.Join('/', hop.Members)}")
        + (hop.Blackhole ? " blackhole" : "")
        + Leg(new RouteLeg(hop.Link, hop.Gateway, OnLink: hop.OnLink), name);

    /// <summary>A rule: <c>pref 100 from 10.0.0.0/24 iif eth0 lookup 100</c>.</summary>
    public static string Of(Rule rule)
    {
        string text = $"pref {rule.Priority}";
        if ((rule.Flags & 2) != 0) // FIB_RULE_INVERT
            text += " not";
        text += Prefix(" from ", rule.Source, rule.SourceLength) + Prefix(" to ", rule.Destination, rule.DestinationLength);
        if (rule is { IsIPv6: true, SourceLength: 0, DestinationLength: 0 })
            text += " from ::/0";
        if (rule.Tos != 0)
            text += $" tos 0x{rule.Tos:x2}";
        if (rule.InputName is not null)
            text += $" iif {rule.InputName}";
        if (rule.OutputName is not null)
            text += $" oif {rule.OutputName}";
        return rule.Action == 1 ? $"{text} lookup {rule.Table}" : $"{text} action {rule.Action}";
    }

    /// <summary>A neighbour: <c>10.0.0.1 lladdr 12:34:56:78:9a:bc nud permanent</c>.</summary>
    public static string Of(Neighbour neighbour) => neighbour.Flags.HasFlag(NeighbourFlags.Proxy)
        ? $"proxy {neighbour.Destination}"
        : neighbour.Destination + (neighbour.Address.IsEmpty ? "" : $" lladdr {neighbour.Address}")
            + (neighbour.State == NeighbourState.None ? "" : $" nud {neighbour.State.ToString().ToLowerInvariant()}");

    private static string Leg(RouteLeg leg, Func<int, string>? name) =>
        (leg.Gateway is null ? "" : $" via {leg.Gateway}") + (leg.Link == 0 || name is null ? "" : $" dev {name(leg.Link)}")
        + (leg.OnLink ? " onlink" : "");

    private static string Prefix(string word, IPAddress? address, byte length) =>
        address is null || length == 0 ? "" : $"{word}{address}/{length}";

    private static string TypeName(byte type) => type switch
    {
        6 => "blackhole",
        7 => "unreachable",
        8 => "prohibit",
        _ => $"type {type}",
    };
}
