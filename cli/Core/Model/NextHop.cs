using System.Collections.Immutable;
using System.Net;

namespace HypervVfattach.Core.Model;

/// <summary>A next-hop object (ip-nexthop(8)), which routes name by its id.</summary>
internal sealed record NextHop
{
    /// <summary>Its id (NHA_ID).</summary>
    public required uint Id { get; init; }

    /// <summary>AF_* of the object: 2 IPv4, 10 IPv6, 0 for a group.</summary>
    public byte Family { get; init; }

    /// <summary>Index of the outgoing interface; 0 for groups and blackholes.</summary>
    public int Link { get; init; }

    /// <summary>Router's address; null for an on-link one.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>Whether packets to it are dropped.</summary>
    public bool Blackhole { get; init; }

    /// <summary>Whether the gateway counts as on-link without a route to it (RTNH_F_ONLINK).</summary>
    public bool OnLink { get; init; }

    /// <summary>RTPROT_* of its creator.</summary>
    public byte Protocol { get; init; }

    /// <summary>RT_SCOPE_*.</summary>
    public byte Scope { get; init; }

    /// <summary>Ids of the members of a group; empty for others.</summary>
    public ImmutableArray<uint> Members { get; init; } = [];

    /// <summary>Other attributes (encapsulation), as in <see cref="Route.Extra"/>.</summary>
    public string Extra { get; init; } = "";

    /// <summary>Their ids. LINQ over numbers would add about 40 kB to the executable.</summary>
    public static HashSet<uint> Ids(IEnumerable<NextHop> nextHops)
    {
        HashSet<uint> ids = [];
        foreach (NextHop nextHop in nextHops)
            ids.Add(nextHop.Id);
        return ids;
    }

    /// <summary>Whether it is a group with one of these members.</summary>
    public bool HasOneOf(HashSet<uint> ids)
    {
        foreach (uint member in Members)
        {
            if (ids.Contains(member))
                return true;
        }
        return false;
    }

    /// <summary>Compares by value, members included.</summary>
    public bool Equals(NextHop? other) =>
        other is not null && Key.Equals(other.Key) && Extra == other.Extra && Members.SequenceEqual(other.Members);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode();

    private (uint, byte, int, IPAddress?, bool, bool, byte, byte) Key =>
        (Id, Family, Link, Gateway, Blackhole, OnLink, Protocol, Scope);
}
