using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>The interface identifier that the kernel combines with an advertised prefix (ip-token(8)).</summary>
/// <remarks>The kernel accepts a token only for an interface that accepts router advertisements and sends solicitations
/// (inet6_set_iftoken, net/ipv6/addrconf.c), but keeps it when these settings change. So the plan enables them for a moment if
/// needed. The interface has no carrier then, or is a port, so that it receives no advertisement.</remarks>
internal static class InterfaceToken
{
    private const string IPv6 = "ipv6/conf";

    /// <summary>The changes that copy the token of one interface to another.</summary>
    /// <param name="snapshot">Has the settings of <paramref name="from"/>, which the target has as well.</param>
    /// <param name="from">The interface with the token.</param>
    /// <param name="has">The target's present token.</param>
    /// <param name="to">Index of the target.</param>
    public static ImmutableArray<Change> Copy(Snapshot snapshot, Link from, IPAddress? has, int to)
    {
        if (Equals(from.Token, has))
            return [];
        Sysctl[] inTheWay = [.. InTheWay(snapshot, from.Index)];
        return
        [
            .. inTheWay.Select(sysctl => new SetSysctl(sysctl with { Link = to, Value = Allowing(sysctl) })),
            new SetToken(to, from.Token ?? IPAddress.IPv6Any),
            .. inTheWay.Select(sysctl => new SetSysctl(sysctl with { Link = to })),
        ];
    }

    private static IEnumerable<Sysctl> InTheWay(Snapshot snapshot, int link)
    {
        Sysctl? Of(string name) => snapshot.Sysctls.FirstOrDefault(
            sysctl => sysctl.Link == link && sysctl.Tree == IPv6 && sysctl.Name == name);

        // With forwarding on, advertisements are accepted only if accept_ra is 2 (ipv6_accept_ra, include/net/ipv6.h).
        if (Of("accept_ra") is { Value: not "2" } hears && (hears.Value == "0" || Of("forwarding") is { Value: not "0" }))
            yield return hears;
        if (Of("router_solicitations") is { Value: "0" } asks)
            yield return asks;
    }

    private static string Allowing(Sysctl sysctl) => sysctl.Name == "accept_ra" ? "2" : "1";
}
