using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>Which per-interface kernel settings move with a configuration.</summary>
internal static class SysctlCopy
{
    /// <summary>The setting for how an interface generates its IPv6 link-local address (IN6_ADDR_GEN_MODE_*).</summary>
    public const string AddressGeneration = "addr_gen_mode";

    // IN6_ADDR_GEN_MODE_NONE (linux/if_link.h): no generated address can conflict with the one that is moved.
    private const byte NoAddress = 1;

    /// <summary>IN6_ADDR_GEN_MODE_STABLE_PRIVACY and IN6_ADDR_GEN_MODE_RANDOM: the address is derived from a secret and the NIC.</summary>
    public const byte StablePrivacy = 2, Random = 3;

    private const string IPv6 = "ipv6/conf", Secret = "stable_secret";

    // Not copied unchanged: addr_gen_mode and use_tempaddr are switched off during a move; writing stable_secret changes
    // addr_gen_mode, and the owner that set it sets it on the bond as well; mtu follows the interface's MTU unless it was set; the
    // last two repeat the *_ms settings in coarser units.
    private static readonly string[] s_special =
        [AddressGeneration, TemporaryAddresses.Setting, Secret, "mtu", "retrans_time", "base_reachable_time"];

    /// <summary>The settings in which <paramref name="from"/> differs from <paramref name="model"/>, as changes of
    /// <paramref name="to"/>.</summary>
    /// <param name="snapshot">Has the settings of both.</param>
    /// <param name="from">The interface whose settings are copied.</param>
    /// <param name="model">The target's present settings: those of its own index, or 0 for a new interface (<c>default</c>).</param>
    /// <param name="to">Index of the target.</param>
    public static ImmutableArray<Change> Differences(Snapshot snapshot, Link from, int model, int to)
    {
        var has = Of(snapshot, model).ToDictionary(sysctl => sysctl.Path, sysctl => sysctl.Value);
        return [.. Of(snapshot, from.Index)
            .Where(sysctl => !s_special.Contains(sysctl.Name) || IsOwnMtu(sysctl, from))
            .Where(sysctl => has.TryGetValue(sysctl.Path, out string? value) && value != sysctl.Value)
            .Select(sysctl => new SetSysctl(sysctl with { Link = to }))];
    }

    /// <summary>Switches off the generation of IPv6 addresses; empty without IPv6.</summary>
    public static ImmutableArray<Change> WithoutAddressGeneration(Snapshot snapshot, Link like, int to) =>
        AddressGenerationOf(snapshot, like) is { } mode
            ? [new SetSysctl(mode with { Link = to, Value = $"{NoAddress}" })]
            : [];

    /// <summary>Sets the generation of IPv6 addresses as on <paramref name="like"/>; empty without IPv6. If addresses are derived
    /// from the interface's own secret, that is left to the owner, which sets the secret.</summary>
    /// <remarks>The kernel refuses that mode while there is no secret (check_stable_privacy, net/ipv6/addrconf.c).</remarks>
    public static ImmutableArray<Change> AddressGenerationAs(Snapshot snapshot, Link like, int to) =>
        AddressGenerationOf(snapshot, like) is { } mode
            && (to == like.Index || mode.Value != $"{StablePrivacy}" || Of(snapshot, 0).Any(sysctl => sysctl is { Tree: IPv6, Name: Secret }))
            ? [new SetSysctl(mode with { Link = to })] : [];

    /// <summary>Switches off the generation of IPv6 addresses on an interface whose IPv6 is not active, such as a port or a VF;
    /// empty without IPv6.</summary>
    /// <remarks>Writing the setting in /proc/sys would start IPv6 there, with a route to ff00::/8 and an address
    /// (addrconf_sysctl_addr_gen_mode, net/ipv6/addrconf.c); a netlink request does not (inet6_set_link_af).</remarks>
    public static ImmutableArray<Change> WithoutAddressGenerationOfPort(Snapshot snapshot, Link port) =>
        AddressGenerationMode(snapshot, port) is null ? [] : [new SetAddressGeneration(port.Index, NoAddress)];

    /// <summary>Undoes <see cref="WithoutAddressGenerationOfPort"/>.</summary>
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
