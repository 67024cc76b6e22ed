using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HypervVfattach.Core.Model;
using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netlink;

/// <summary>Selects the routes that use certain interfaces: directly, in one leg, or through a next-hop object.</summary>
internal sealed class RouteFilter
{
    private readonly int[] _links;
    private readonly HashSet<uint> _nextHops;

    /// <param name="links">Indices of the interfaces.</param>
    /// <param name="nextHops">All next-hop objects.</param>
    public RouteFilter(ReadOnlySpan<int> links, IReadOnlyCollection<NextHop> nextHops)
    {
        _links = links.ToArray();
        _nextHops = NextHop.Ids(nextHops.Where(hop => hop.Link != 0 && _links.Contains(hop.Link)));
        // A group's members are single objects: the kernel refuses groups of groups.
        foreach (NextHop group in nextHops)
        {
            if (group.HasOneOf(_nextHops))
                _nextHops.Add(group.Id);
        }
    }

    /// <summary>Whether a route is wanted, according to its undecoded attributes.</summary>
    public bool Wants(AttributeReader attributes, out bool malformed)
    {
        bool wanted = false;
        while (!wanted && attributes.Next())
        {
            wanted = attributes.Type switch
            {
                RTA_OIF => _links.Contains(attributes.Read<int>()),
                RTA_NH_ID => _nextHops.Contains(attributes.Read<uint>()),
                RTA_MULTIPATH => WantsLeg(attributes.Value),
                _ => false,
            };
        }
        malformed = attributes.IsMalformed;
        return wanted;
    }

    private bool WantsLeg(ReadOnlySpan<byte> legs)
    {
        while (legs.Length >= Unsafe.SizeOf<LegHeader>())
        {
            LegHeader head = MemoryMarshal.Read<LegHeader>(legs);
            if (_links.Contains(head.Index))
                return true;
            if (head.Length < Unsafe.SizeOf<LegHeader>() || head.Length > legs.Length)
                return false;
            legs = legs[Math.Min((head.Length + 3) & ~3, legs.Length)..];
        }
        return false;
    }
}
