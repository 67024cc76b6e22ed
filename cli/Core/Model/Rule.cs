using System.Net;

namespace HypervVfattach.Core.Model;

/// <summary>A policy rule (ip-rule(8)).</summary>
internal sealed record Rule
{
    /// <summary>AF_*: 2 IPv4, 10 IPv6.</summary>
    public required byte Family { get; init; }

    /// <summary>Its place in the order.</summary>
    public required uint Priority { get; init; }

    /// <summary>FR_ACT_*: 1 look a table up.</summary>
    public byte Action { get; init; } = 1;

    /// <summary>Table it looks up.</summary>
    public uint Table { get; init; }

    /// <summary>FIB_RULE_* flags of the request (2: invert), without those that the kernel adds.</summary>
    public uint Flags { get; init; }

    /// <summary>Type of service that it matches; 0 for any.</summary>
    public byte Tos { get; init; }

    /// <summary>Source prefix that it matches.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Length of the source's prefix in bits.</summary>
    public byte SourceLength { get; init; }

    /// <summary>Destination prefix that it matches.</summary>
    public IPAddress? Destination { get; init; }

    /// <summary>Length of the destination's prefix in bits.</summary>
    public byte DestinationLength { get; init; }

    /// <summary>Name of the interface that received the packet (FRA_IIFNAME).</summary>
    public string? InputName { get; init; }

    /// <summary>Name of the interface that a socket is bound to (FRA_OIFNAME).</summary>
    public string? OutputName { get; init; }

    /// <summary>RTPROT_* of its creator.</summary>
    public byte Protocol { get; init; }

    /// <summary>Other attributes (mark, ports, uid range, ...), as in <see cref="Route.Extra"/>.</summary>
    public string Extra { get; init; } = "";

    public bool IsIPv6 => Family == 10;

    /// <summary>Whether it names this interface.</summary>
    public bool Names(string name) => InputName == name || OutputName == name;

    /// <summary>The same rule with one interface's name changed to another.</summary>
    public Rule Renamed(string from, string to) => this with
    {
        InputName = InputName == from ? to : InputName,
        OutputName = OutputName == from ? to : OutputName,
    };
}
