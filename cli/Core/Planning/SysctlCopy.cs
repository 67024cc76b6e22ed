using System.Collections.Immutable;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning;

/// <summary>Which per-interface kernel settings go along with a configuration.</summary>
internal static class SysctlCopy
{
    /// <summary>How an interface makes its own IPv6 link-local address (IN6_ADDR_GEN_MODE_*).</summary>
    public const string AddressGeneration = "addr_gen_mode";

    /// <summary>IN6_ADDR_GEN_MODE_NONE: none, so that the address that is moved has nobody in its way.</summary>
    public const string NoAddressGeneration = "1";

    private const string IPv6 = "ipv6/conf";

    // Not copied as they stand: addr_gen_mode is switched off during a move; stable_secret switches it on by being
    // written; mtu follows the interface's unless somebody set it; the second pair repeats *_ms in coarser units.
    private static readonly string[] s_special =
        [AddressGeneration, "stable_secret", "mtu", "retrans_time", "base_reachable_time"];

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
            ? [new SetSysctl(mode with { Link = to, Value = NoAddressGeneration })]
            : [];

    /// <summary>Makes the interface generate its IPv6 addresses as <paramref name="like"/> does; empty without
    /// IPv6.</summary>
    public static ImmutableArray<Change> AddressGenerationAs(Snapshot snapshot, Link like, int to) =>
        AddressGenerationOf(snapshot, like) is { } mode ? [new SetSysctl(mode with { Link = to })] : [];

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
