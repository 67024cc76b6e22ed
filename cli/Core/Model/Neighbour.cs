using System.Net;

namespace HypervVfattach.Core.Model;

/// <summary>State of a neighbour (NUD_*, linux/neighbour.h).</summary>
[Flags]
internal enum NeighbourState : ushort
{
    None = 0,
    Incomplete = 0x01,
    Reachable = 0x02,
    Stale = 0x04,
    Delay = 0x08,
    Probe = 0x10,
    Failed = 0x20,
    NoArp = 0x40,
    Permanent = 0x80,
}

/// <summary>Kind of a neighbour (NTF_*, linux/neighbour.h).</summary>
[Flags]
internal enum NeighbourFlags : byte
{
    None = 0,
    Proxy = 0x08,
    ExternallyLearned = 0x10,
    Router = 0x80,
}

/// <summary>One entry of an interface's neighbour (ARP, NDP) or proxy table.</summary>
internal sealed record Neighbour
{
    /// <summary>Index of the interface; 0 for a proxy entry of all interfaces.</summary>
    public required int Link { get; init; }

    /// <summary>Neighbour's IP address.</summary>
    public required IPAddress Destination { get; init; }

    /// <summary>Its link-layer address; empty while unknown, and for proxy entries.</summary>
    public HardwareAddress Address { get; init; }

    /// <summary>NUD_* state.</summary>
    public NeighbourState State { get; init; }

    /// <summary>NTF_* flags.</summary>
    public NeighbourFlags Flags { get; init; }

    /// <summary>RTPROT_* of its creator.</summary>
    public byte Protocol { get; init; }
}
