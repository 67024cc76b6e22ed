using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>The interface identifier that the kernel puts behind an advertised prefix (ip-token(8)).</summary>
/// <remarks>The kernel takes one only for an interface that hears routers and asks for them (inet6_set_iftoken,
/// net/ipv6/addrconf.c), but keeps it when that changes. So the settings allow it for a moment where they do not: the
/// interface has no carrier then, or is a port, and hears none.</remarks>
internal static class InterfaceToken
{
    private const string IPv6 = "ipv6/conf";

    /// <summary>Gives an interface the token of another.</summary>
    /// <param name="snapshot">Holds the settings of <paramref name="from"/>, which the target has already.</param>
    /// <param name="from">The interface whose token counts.</param>
    /// <param name="has">The token that the target has.</param>
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

        // A router hears others only with 2 (ipv6_accept_ra, include/net/ipv6.h).
        if (Of("accept_ra") is { Value: not "2" } hears && (hears.Value == "0" || Of("forwarding") is { Value: not "0" }))
            yield return hears;
        if (Of("router_solicitations") is { Value: "0" } asks)
            yield return asks;
    }

    private static string Allowing(Sysctl sysctl) => sysctl.Name == "accept_ra" ? "2" : "1";
}
