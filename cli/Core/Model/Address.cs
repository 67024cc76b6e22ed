using System.Net;
using System.Net.Sockets;

namespace HypervVfattach.Core.Model;

/// <summary>Flags of an address (IFA_F_*, linux/if_addr.h).</summary>
[Flags]
internal enum AddressFlags : uint
{
    None = 0,

    /// <summary>IPv4: not the first address of its subnet. IPv6: the same bit means a temporary (privacy) address.</summary>
    Secondary = 0x1,
    NoDad = 0x2,
    Optimistic = 0x4,
    DadFailed = 0x8,
    HomeAddress = 0x10,
    Deprecated = 0x20,
    Tentative = 0x40,
    Permanent = 0x80,
    ManageTemporary = 0x100,
    NoPrefixRoute = 0x200,
    MulticastAutoJoin = 0x400,
    StablePrivacy = 0x800,
}

/// <summary>One IP address of one interface.</summary>
internal sealed record Address
{
    /// <summary>A lifetime that never ends (INFINITY_LIFE_TIME).</summary>
    public const uint Forever = uint.MaxValue;

    /// <summary>Index of the interface that has it.</summary>
    public required int Link { get; init; }

    /// <summary>The address itself (IFA_LOCAL, or IFA_ADDRESS where there is no other).</summary>
    public required IPAddress Local { get; init; }

    /// <summary>The other end of a point-to-point address; null for others.</summary>
    public IPAddress? Peer { get; init; }

    /// <summary>Length of the prefix in bits.</summary>
    public required byte PrefixLength { get; init; }

    /// <summary>Broadcast address, IPv4 only.</summary>
    public IPAddress? Broadcast { get; init; }

    /// <summary>RT_SCOPE_*: 0 global, 253 link, 254 host.</summary>
    public byte Scope { get; init; }

    /// <summary>IFA_F_* flags.</summary>
    public AddressFlags Flags { get; init; }

    /// <summary>IPv4 label (IFA_LABEL, ifconfig's alias names); starts with the interface's name.</summary>
    public string? Label { get; init; }

    /// <summary>Seconds for which it stays valid.</summary>
    public uint ValidLifetime { get; init; } = Forever;

    /// <summary>Seconds for which it stays preferred.</summary>
    public uint PreferredLifetime { get; init; } = Forever;

    /// <summary>Metric of the prefix route that the kernel adds (IFA_RT_PRIORITY); 0 for the kernel's choice.</summary>
    public uint Metric { get; init; }

    /// <summary>Who added it (IFAPROT_*); 0 for unknown.</summary>
    public byte Protocol { get; init; }

    /// <summary>Whether the kernel takes both for the same address: equal interface, address, peer and prefix.</summary>
    public bool IsSameAs(Address other) => Link == other.Link && Local.Equals(other.Local) && PrefixLength == other.PrefixLength
        && Equals(Peer ?? Local, other.Peer ?? other.Local);

    public bool IsIPv6 => Local.AddressFamily == AddressFamily.InterNetworkV6;
}
