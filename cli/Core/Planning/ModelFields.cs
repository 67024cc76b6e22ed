using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning;

/// <summary>What changes are made of, as the journal has it.</summary>
internal static class ModelFields
{
    /// <summary>An address.</summary>
    public static Address Address(this Fields f, string name, Address value) => f.Object(name, value, OfAddress);

    /// <summary>A route.</summary>
    public static Route Route(this Fields f, string name, Route value) => f.Object(name, value, OfRoute);

    /// <summary>A next hop object.</summary>
    public static NextHop NextHop(this Fields f, string name, NextHop value) => f.Object(name, value, OfNextHop);

    /// <summary>A routing rule.</summary>
    public static Rule Rule(this Fields f, string name, Rule value) => f.Object(name, value, OfRule);

    /// <summary>A neighbour.</summary>
    public static Neighbour Neighbour(this Fields f, string name, Neighbour value) => f.Object(name, value, OfNeighbour);

    /// <summary>A kernel setting.</summary>
    public static Sysctl Sysctl(this Fields f, string name, Sysctl value) => f.Object(name, value, OfSysctl);

    /// <summary>The fields of an address.</summary>
    public static Address OfAddress(Fields f, Address? v) => new()
    {
        Link = f.Link(v?.Link ?? 0),
        Local = f.Ip("local", v?.Local),
        Peer = f.OptionalIp("peer", v?.Peer),
        PrefixLength = f.Byte("prefixLength", v?.PrefixLength ?? 0),
        Broadcast = f.OptionalIp("broadcast", v?.Broadcast),
        Scope = f.Byte("scope", v?.Scope ?? 0),
        Flags = (AddressFlags)f.UInt("flags", (uint)(v?.Flags ?? 0)),
        Label = f.OptionalText("label", v?.Label),
        ValidLifetime = f.UInt("validLifetime", v?.ValidLifetime ?? 0),
        PreferredLifetime = f.UInt("preferredLifetime", v?.PreferredLifetime ?? 0),
        Metric = f.UInt("metric", v?.Metric ?? 0),
        Protocol = f.Byte("protocol", v?.Protocol ?? 0),
    };

    /// <summary>The fields of a route.</summary>
    public static Route OfRoute(Fields f, Route? v) => new()
    {
        Destination = f.Ip("destination", v?.Destination),
        DestinationLength = f.Byte("destinationLength", v?.DestinationLength ?? 0),
        Source = f.OptionalIp("source", v?.Source),
        SourceLength = f.Byte("sourceLength", v?.SourceLength ?? 0),
        Tos = f.Byte("tos", v?.Tos ?? 0),
        Table = f.UInt("table", v?.Table ?? 0),
        Protocol = f.Byte("protocol", v?.Protocol ?? 0),
        Scope = f.Byte("scope", v?.Scope ?? 0),
        Type = f.Byte("type", v?.Type ?? 0),
        Metric = f.UInt("metric", v?.Metric ?? 0),
        PreferredSource = f.OptionalIp("preferredSource", v?.PreferredSource),
        Expires = f.UInt("expires", v?.Expires ?? 0),
        NextHopId = f.UInt("nexthop", v?.NextHopId ?? 0),
        Legs = f.List("legs", v?.Legs, OfLeg),
        Extra = f.Text("extra", v?.Extra),
    };

    /// <summary>The fields of a leg of a route.</summary>
    public static RouteLeg OfLeg(Fields f, RouteLeg? v) => new(
        f.Link(v?.Link ?? 0), f.OptionalIp("gateway", v?.Gateway), f.Byte("hops", v?.Hops ?? 0),
        f.Flag("onlink", v?.OnLink ?? false), f.Text("extra", v?.Extra));

    /// <summary>The fields of a next hop object.</summary>
    public static NextHop OfNextHop(Fields f, NextHop? v) => new()
    {
        Id = f.UInt("id", v?.Id ?? 0),
        Family = f.Byte("family", v?.Family ?? 0),
        Link = f.Link(v?.Link ?? 0),
        Gateway = f.OptionalIp("gateway", v?.Gateway),
        Blackhole = f.Flag("blackhole", v?.Blackhole ?? false),
        OnLink = f.Flag("onlink", v?.OnLink ?? false),
        Protocol = f.Byte("protocol", v?.Protocol ?? 0),
        Scope = f.Byte("scope", v?.Scope ?? 0),
        Members = Numbers(f.Text("members", v is null ? null : string.Join(' ', v.Members))),
        Extra = f.Text("extra", v?.Extra),
    };

    /// <summary>The fields of a routing rule.</summary>
    public static Rule OfRule(Fields f, Rule? v) => new()
    {
        Family = f.Byte("family", v?.Family ?? 0),
        Priority = f.UInt("priority", v?.Priority ?? 0),
        Action = f.Byte("action", v?.Action ?? 0),
        Table = f.UInt("table", v?.Table ?? 0),
        Flags = f.UInt("flags", v?.Flags ?? 0),
        Tos = f.Byte("tos", v?.Tos ?? 0),
        Source = f.OptionalIp("source", v?.Source),
        SourceLength = f.Byte("sourceLength", v?.SourceLength ?? 0),
        Destination = f.OptionalIp("destination", v?.Destination),
        DestinationLength = f.Byte("destinationLength", v?.DestinationLength ?? 0),
        InputName = f.OptionalText("inputName", v?.InputName),
        OutputName = f.OptionalText("outputName", v?.OutputName),
        Protocol = f.Byte("protocol", v?.Protocol ?? 0),
        Extra = f.Text("extra", v?.Extra),
    };

    /// <summary>The fields of a neighbour.</summary>
    public static Neighbour OfNeighbour(Fields f, Neighbour? v) => new()
    {
        Link = f.Link(v?.Link ?? 0),
        Destination = f.Ip("destination", v?.Destination),
        Address = f.Mac("address", v?.Address ?? default),
        State = (NeighbourState)f.UInt("state", (uint)(v?.State ?? 0)),
        Flags = (NeighbourFlags)f.Byte("flags", (byte)(v?.Flags ?? 0)),
        Protocol = f.Byte("protocol", v?.Protocol ?? 0),
    };

    /// <summary>The fields of a kernel setting.</summary>
    public static Sysctl OfSysctl(Fields f, Sysctl? v) =>
        new(f.Link(v?.Link ?? 0), f.Text("tree", v?.Tree), f.Text("name", v?.Name), f.Text("value", v?.Value));

    private static ImmutableArray<uint> Numbers(string text)
    {
        var numbers = ImmutableArray.CreateBuilder<uint>();
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            numbers.Add(uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
                ? number : throw new JsonException("not a number"));
        }
        return numbers.ToImmutable();
    }
}
