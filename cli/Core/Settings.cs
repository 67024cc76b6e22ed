using System.Collections.Immutable;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core;

/// <summary>What the administrator decides; every value has a default, so a missing file is a valid one.</summary>
internal sealed record Settings
{
    /// <summary>Shortest delay that a setting can ask for, as upstream's hyperv_vfattach.</summary>
    public static readonly TimeSpan ShortestDelay = TimeSpan.FromSeconds(2);

    /// <summary>Longest delay, of a setting and of the DELAY argument.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    /// <summary>Time between a VF's arrival and its join.</summary>
    public TimeSpan Delay { get; init; } = ShortestDelay;

    /// <summary>How pairs are joined.</summary>
    public JoinKind Join { get; init; } = JoinKind.Bond;

    /// <summary>Drivers whose interfaces count as synthetic NICs.</summary>
    public ImmutableArray<string> SyntheticDrivers { get; init; } = ["hv_netvsc"];

    /// <summary>Name of the aggregate; <c>%s</c> stands for the synthetic's name. Null: the running OS's usual one
    /// (<c>bond-%s</c> on Linux, <c>laggN</c> for hnN on FreeBSD).</summary>
    public string? AggregateName { get; init; }

    /// <summary>Whether the aggregate gets the synthetic's own name and the synthetic is renamed.</summary>
    public bool TakeName { get; init; }

    /// <summary>Interval at which the bond looks at its ports' carrier, in milliseconds.</summary>
    public uint Miimon { get; init; } = 100;

    /// <summary>Join a netvsc pair by ourselves where the kernel should have done it and did not.</summary>
    public bool Force { get; init; }

    /// <summary>What differs for single pairs, by the synthetic's name, one of its alternative names, or its MAC address.</summary>
    public ImmutableDictionary<string, InterfaceSettings> Interfaces { get; init; } =
        ImmutableDictionary.Create<string, InterfaceSettings>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The name that a synthetic's bond is created with.</summary>
    public string AggregateNameFor(string synthetic) => (AggregateName ?? "bond-%s").Replace("%s", synthetic, StringComparison.Ordinal);

    /// <summary>What a synthetic is called once the aggregate has taken its name.</summary>
    public static string NameBehind(string synthetic) => synthetic + "s";

    /// <summary>The settings that hold for a pair, by its name before the join: the aggregate may bear it now (take_name), and its
    /// alternative names as well.</summary>
    public Settings For(Pair pair, Join? join, Snapshot snapshot) => For(
    [
        join?.SyntheticName ?? pair.Synthetic.Name, .. pair.Synthetic.AltNames,
        .. join is null || snapshot.Find(join.Aggregate) is not { } aggregate ? [] : aggregate.AltNames, pair.Mac.Text,
    ]);

    /// <summary>The settings that hold for one pair.</summary>
    /// <param name="names">What the pair may be called, the most certain name first: the synthetic NIC's name, its alternative
    /// names, its MAC address as six hexadecimal bytes with colons.</param>
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
        };
    }
}

/// <summary>What one <c>[interface.NAME]</c> table sets; null where it says nothing.</summary>
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
}
