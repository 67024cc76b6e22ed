using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>Which per-interface kernel settings go along with a configuration.</summary>
internal static class SysctlCopy
{
    /// <summary>How an interface makes its own IPv6 link-local address (IN6_ADDR_GEN_MODE_*).</summary>
    public const string AddressGeneration = "addr_gen_mode";

    // IN6_ADDR_GEN_MODE_NONE (linux/if_link.h): none, so that nothing is in the way of the address that is moved.
    private const byte NoAddress = 1;

    /// <summary>IN6_ADDR_GEN_MODE_STABLE_PRIVACY and IN6_ADDR_GEN_MODE_RANDOM: from a secret and the NIC.</summary>
    public const byte StablePrivacy = 2, Random = 3;

    private const string IPv6 = "ipv6/conf", Secret = "stable_secret";

    // Not copied as they stand: addr_gen_mode and use_tempaddr are switched off during a move; stable_secret switches
    // addr_gen_mode on by being written, and the owner that has set it sets it on the bond as well; mtu follows the
    // interface's unless it was set; the last pair repeats *_ms in coarser units.
    private static readonly string[] s_special =
        [AddressGeneration, TemporaryAddresses.Setting, Secret, "mtu", "retrans_time", "base_reachable_time"];

    /// <summary>The settings in which <paramref name="from"/> differs from <paramref name="model"/>, for the
    /// interface <paramref name="to"/>.</summary>
    /// <param name="snapshot">Holds the settings of both.</param>
    /// <param name="from">The interface whose settings count.</param>
    /// <param name="model">What the target has: its own index, or 0 for a new interface (<c>default</c>).</param>
    /// <param name="to">Index of the target.</param>
    public static ImmutableArray<Change> Differences(Snapshot snapshot, Link from, int model, int to)
    {
        var has = Of(snapshot, model).ToDictionary(sysctl => sysctl.Path, sysctl => sysctl.Value);
        return [.. Of(snapshot, from.Index)
            .Where(sysctl => !s_special.Contains(sysctl.Name) || IsOwnMtu(sysctl, from))
            .Where(sysctl => has.TryGetValue(sysctl.Path, out string? value) && value != sysctl.Value)
            .Select(sysctl => new SetSysctl(sysctl with { Link = to }))];
    }

    /// <summary>Switches the interface's own IPv6 addresses off; empty without IPv6.</summary>
    public static ImmutableArray<Change> WithoutAddressGeneration(Snapshot snapshot, Link like, int to) =>
        AddressGenerationOf(snapshot, like) is { } mode
            ? [new SetSysctl(mode with { Link = to, Value = $"{NoAddress}" })]
            : [];

    /// <summary>Makes the interface generate its IPv6 addresses as <paramref name="like"/> does; empty without
    /// IPv6. Addresses that are made from a secret of the interface's own are left to the owner who sets that.</summary>
    /// <remarks>The kernel refuses them where there is no secret (check_stable_privacy, net/ipv6/addrconf.c).</remarks>
    public static ImmutableArray<Change> AddressGenerationAs(Snapshot snapshot, Link like, int to) =>
        AddressGenerationOf(snapshot, like) is { } mode
            && (to == like.Index || mode.Value != $"{StablePrivacy}" || Of(snapshot, 0).Any(sysctl => sysctl is { Tree: IPv6, Name: Secret }))
            ? [new SetSysctl(mode with { Link = to })] : [];

    /// <summary>Switches the own IPv6 addresses of an interface that has no IPv6 off, as a port's or a VF's; empty without IPv6.</summary>
    /// <remarks>Written in /proc/sys, the setting would have the kernel start IPv6 there, with a route to ff00::/8 and an address
    /// (addrconf_sysctl_addr_gen_mode, net/ipv6/addrconf.c); in a netlink request it does not (inet6_set_link_af).</remarks>
    public static ImmutableArray<Change> WithoutAddressGenerationOfPort(Snapshot snapshot, Link port) =>
        AddressGenerationMode(snapshot, port) is null ? [] : [new SetAddressGeneration(port.Index, NoAddress)];

    /// <summary>The way back of <see cref="WithoutAddressGenerationOfPort"/>.</summary>
    public static ImmutableArray<Change> AddressGenerationOfPort(Snapshot snapshot, Link port) =>
        AddressGenerationMode(snapshot, port) is { } mode ? [new SetAddressGeneration(port.Index, mode)] : [];

    /// <summary>The interface's IN6_ADDR_GEN_MODE_*; null without IPv6.</summary>
    public static byte? AddressGenerationMode(Snapshot snapshot, Link link) =>
        byte.TryParse(AddressGenerationOf(snapshot, link)?.Value, out byte mode) ? mode : null;

    private static Sysctl? AddressGenerationOf(Snapshot snapshot, Link link) =>
        Of(snapshot, link.Index).FirstOrDefault(sysctl => sysctl is { Tree: IPv6, Name: AddressGeneration });

    private static IEnumerable<Sysctl> Of(Snapshot snapshot, int link) =>
        snapshot.Sysctls.Where(sysctl => sysctl.Link == link);

    private static bool IsOwnMtu(Sysctl sysctl, Link link) =>
        sysctl is { Tree: IPv6, Name: "mtu" } && sysctl.Value != $"{link.Mtu}";
}
