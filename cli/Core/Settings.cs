using System.Collections.Immutable;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core;

/// <summary>The administrator's settings. Every value has a default, so a missing file is valid.</summary>
internal sealed record Settings
{
    /// <summary>The delay without a setting, as in upstream's hyperv_vfattach; and the shortest one where the kernel may join the pair
    /// itself.</summary>
    public static readonly TimeSpan UsualDelay = TimeSpan.FromSeconds(2);

    /// <summary>Longest delay, in a setting or as the DELAY argument.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    /// <summary>Time between a VF's arrival and its join.</summary>
    public TimeSpan Delay { get; init; } = UsualDelay;

    public JoinKind Join { get; init; } = JoinKind.Bond;

    /// <summary>Drivers whose interfaces are synthetic NICs.</summary>
    public ImmutableArray<string> SyntheticDrivers { get; init; } = [Device.Netvsc];

    /// <summary>Name of the aggregate; <c>%s</c> is replaced by the synthetic NIC's name. Null means the default of the OS
    /// (<c>bond-%s</c> on Linux, <c>laggN</c> for hnN on FreeBSD).</summary>
    public string? AggregateName { get; init; }

    /// <summary>Whether the aggregate takes the synthetic NIC's name, and the synthetic NIC is renamed.</summary>
    public bool TakeName { get; init; }

    /// <summary>The bond's link monitoring interval in milliseconds (Documentation/networking/bonding.rst).</summary>
    public uint Miimon { get; init; } = 100;

    /// <summary>Whether to join a netvsc pair that the kernel can join but did not.</summary>
    public bool Force { get; init; }

    /// <summary>The neighbours that are asked through the VF of a joined pair again and again.</summary>
    public PathCheck PathCheck { get; init; } = PathCheck.Off;

    /// <summary>Whether the network is never changed: VFs are marked and pairs are reported only.</summary>
    public bool ObserveOnly { get; init; }

    /// <summary>Settings of single pairs, by the synthetic NIC's name, one of its alternative names, or its MAC address.</summary>
    public ImmutableDictionary<string, InterfaceSettings> Interfaces { get; init; } =
        ImmutableDictionary.Create<string, InterfaceSettings>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The name that a synthetic NIC's bond is created with.</summary>
    public string AggregateNameFor(string synthetic) => (AggregateName ?? "bond-%s").Replace("%s", synthetic, StringComparison.Ordinal);

    /// <summary>The name of a synthetic NIC whose own name the aggregate has taken.</summary>
    public static string NameBehind(string synthetic) => synthetic + "s";

    /// <summary>The settings of a pair, found by its name before the join: since then the aggregate may have taken the name
    /// (take_name) and the alternative names.</summary>
    public Settings For(Pair pair, Join? join, Snapshot snapshot) => For(
    [
        join?.SyntheticName ?? pair.Synthetic.Name, .. pair.Synthetic.AltNames,
        .. join is null || snapshot.Find(join.Aggregate) is not { } aggregate ? [] : aggregate.AltNames, pair.Mac.Text,
    ]);

    /// <summary>The settings of one pair.</summary>
    /// <param name="names">What the pair may be called, in order of precedence: the synthetic NIC's name, its alternative names,
    /// its MAC address as six hexadecimal bytes with colons.</param>
    public Settings For(params ReadOnlySpan<string> names)
    {
        InterfaceSettings? own = null;
        foreach (string name in names)
        {
            if (Interfaces.TryGetValue(name, out own))
                break;
        }
        if (own is null)
            return this;
        return this with
        {
            Delay = own.Delay ?? Delay,
            Join = own.Join ?? Join,
            AggregateName = own.AggregateName ?? AggregateName,
            TakeName = own.TakeName ?? TakeName,
            Force = own.Force ?? Force,
            PathCheck = own.PathCheck ?? PathCheck,
        };
    }
}

/// <summary>The settings of one <c>[interface.NAME]</c> table; null where it does not set one.</summary>
internal sealed record InterfaceSettings
{
    /// <inheritdoc cref="Settings.Delay"/>
    public TimeSpan? Delay { get; init; }

    /// <inheritdoc cref="Settings.Join"/>
    public JoinKind? Join { get; init; }

    /// <inheritdoc cref="Settings.AggregateName"/>
    public string? AggregateName { get; init; }

    /// <inheritdoc cref="Settings.TakeName"/>
    public bool? TakeName { get; init; }

    /// <inheritdoc cref="Settings.Force"/>
    public bool? Force { get; init; }

    /// <inheritdoc cref="Settings.PathCheck"/>
    public PathCheck? PathCheck { get; init; }
}
