using System.Net;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Linux;

/// <summary>Objects of the network in words, much as ip(8) shows them.</summary>
internal static class ObjectWords
{
    public static string Of(Address address) =>
        address.Peer is null
            ? $"address {address.Local}/{address.PrefixLength}"
            : $"address {address.Local} peer {address.Peer}/{address.PrefixLength}";

    public static string Of(Route route)
    {
        string text = route.DestinationLength == 0
            ? $"route default{(route.IsIPv6 ? " (IPv6)" : "")}"
            : $"route {route.Destination}/{route.DestinationLength}";
        if (route.SourceLength != 0)
            text += $" from {route.Source}/{route.SourceLength}";
        if (route.Tos != 0)
            text += $" tos {route.Tos}";
        if (route.NextHopId != 0)
            text += $" nhid {route.NextHopId}";
        foreach (IPAddress? gateway in route.Legs.Select(leg => leg.Gateway))
        {
            if (gateway is not null)
                text += $" via {gateway}";
        }
        if (route.Metric != 0)
            text += $" metric {route.Metric}";
        return route.Table == MainTable ? text : $"{text} table {route.Table}";
    }

    public static string Of(NextHop nextHop)
    {
        string text = $"next hop {nextHop.Id}";
        if (nextHop.Gateway is not null)
            text += $" via {nextHop.Gateway}";
        if (!nextHop.Members.IsEmpty)
            text += $" of {string.Join('/', nextHop.Members)}";
        return text;
    }

    public static string Of(Rule rule)
    {
        string text = $"rule {rule.Priority}:";
        if (rule.Source is not null)
            text += $" from {rule.Source}/{rule.SourceLength}";
        if (rule.Destination is not null)
            text += $" to {rule.Destination}/{rule.DestinationLength}";
        if (rule.InputName is not null)
            text += $" iif {rule.InputName}";
        if (rule.OutputName is not null)
            text += $" oif {rule.OutputName}";
        return $"{text} table {rule.Table}{(rule.Family == Netlink.Uapi.AF_INET6 ? " (IPv6)" : "")}";
    }

    public static string Of(Neighbour neighbour) => neighbour.Flags.HasFlag(NeighbourFlags.Proxy)
        ? $"proxy entry {neighbour.Destination}"
        : $"neighbour {neighbour.Destination}{(neighbour.Address.IsEmpty ? "" : $" at {neighbour.Address}")}";

    // RT_TABLE_MAIN, linux/rtnetlink.h.
    private const uint MainTable = 254;
}
