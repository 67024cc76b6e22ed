namespace HypervVfattach.Report;

/// <summary>Whether a pair is as it should be; the worse, the higher.</summary>
internal enum Health
{
    /// <summary>As it should be.</summary>
    Healthy,

    /// <summary>There is a path, but it is not the one that the host offers, or it may not survive the VF.</summary>
    Degraded,

    /// <summary>There is no path, or it is not known what is configured.</summary>
    Broken,
}

/// <summary>Judges pairs. hyperv-vfattach-status(7) has the same table.</summary>
internal static class HealthRules
{
    // In the order of the values.
    private static readonly string[] s_names = ["healthy", "degraded", "broken"];

    /// <summary>The word for people and for programs.</summary>
    public static string NameOf(Health health) => s_names[(int)health];

    /// <summary>The health of a pair.</summary>
    public static Health Of(PairStatus pair) =>
        // What the journal's plan left is not known.
        pair.State == PairState.Damaged ? Health.Broken
        // An interface that is switched off is not meant to carry anything, unless it is off because its bond was removed.
        : pair.Carrier == Carrier.Nothing && (pair.Interface.IsUp || pair.State == PairState.TakenApart) ? Health.Broken
        // hv_netvsc goes on sending through it.
        : pair is { State: PairState.Transparent, Carrier: Carrier.Vf, Vf.HasCarrier: false } ? Health.Broken
        : pair.State is PairState.NoDriver or PairState.TakenApart or PairState.Unfinished ? Health.Degraded
        // Most NICs have no VF, and during a live migration none has.
        : pair.Vf is null || pair.IsOptedOut ? Health.Healthy
        : !pair.IsJoined || pair.IsSplit || pair.Carrier == Carrier.Synthetic || !pair.VfAddresses.IsEmpty ? Health.Degraded
        : Health.Healthy;

    /// <summary>The health of a VF without a synthetic NIC, which some sizes of Azure have.</summary>
    public static Health Of(LoneVf lone) => lone.Vf is { IsUp: true, HasCarrier: false } ? Health.Broken : Health.Healthy;

    /// <summary>The health of a host: that of its worst pair.</summary>
    public static Health Worst(IEnumerable<PairStatus> pairs, IEnumerable<LoneVf> lone)
    {
        Health worst = Health.Healthy;
        foreach (PairStatus pair in pairs)
            worst = Worse(worst, Of(pair));
        foreach (LoneVf vf in lone)
            worst = Worse(worst, Of(vf));
        return worst;
    }

    private static Health Worse(Health one, Health other) => one > other ? one : other;
}
