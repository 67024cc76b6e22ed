using HypervVfattach.Core;

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

/// <summary>What is wrong with a pair, as far as <c>status</c> sees it; <c>doctor</c> has words for each.</summary>
[Flags]
internal enum PairFaults
{
    None,

    /// <summary>The journal is damaged: what its plan left is not known.</summary>
    Damaged = 1,

    /// <summary>The interface is switched on, or was left without its bond, and neither NIC carries its traffic.</summary>
    NoPath = 1 << 1,

    /// <summary>The kernel goes on sending through a VF that has lost its carrier.</summary>
    LostCarrier = 1 << 2,

    /// <summary>A run was interrupted.</summary>
    Unfinished = 1 << 3,

    /// <summary>Another program took the join apart.</summary>
    TakenApart = 1 << 4,

    /// <summary>No driver has made an interface of a PCI NIC that may be the VF.</summary>
    NoInterface = 1 << 5,

    /// <summary>The VF is there and not joined, without the administrator having said so.</summary>
    NotJoined = 1 << 6,

    /// <summary>In a bond of another program, where the kernel would have joined the two.</summary>
    OtherBond = 1 << 7,

    /// <summary>What is sent and what is received take different paths.</summary>
    Split = 1 << 8,

    /// <summary>The VF is joined and switched off.</summary>
    SwitchedOff = 1 << 9,

    /// <summary>The VF is joined, and the traffic goes through the synthetic NIC.</summary>
    Unused = 1 << 10,

    /// <summary>The VF has addresses of its own.</summary>
    Addresses = 1 << 11,

    /// <summary>The VF is joined and has another MTU.</summary>
    Mtu = 1 << 12,
}

/// <summary>Judges pairs, for <c>status</c> and for <c>doctor</c>. hyperv-vfattach-status(7) has the same table.</summary>
internal static class HealthRules
{
    private const PairFaults Breaking = PairFaults.Damaged | PairFaults.NoPath | PairFaults.LostCarrier;

    // In the order of the values.
    private static readonly string[] s_names = ["healthy", "degraded", "broken"];

    /// <summary>The word for people and for programs.</summary>
    public static string NameOf(Health health) => s_names[(int)health];

    /// <summary>What is wrong with a pair.</summary>
    public static PairFaults Faults(PairStatus pair)
    {
        PairFaults faults = pair.State switch
        {
            PairState.Damaged => PairFaults.Damaged,
            PairState.Unfinished => PairFaults.Unfinished,
            PairState.TakenApart => PairFaults.TakenApart,
            _ when pair.Vf is null || pair.IsOptedOut => PairFaults.None,
            _ when !pair.IsJoined => PairFaults.NotJoined,
            PairState.OtherProgram when pair.IsKernels => PairFaults.OtherBond,
            _ => PairFaults.None,
        };
        // An interface that is switched off is not meant to carry anything, unless it is off because its bond was removed.
        bool isOn = pair.Interface.IsUp || pair.State == PairState.TakenApart;
        if (pair.Carrier == Carrier.Nothing && isOn)
            faults |= PairFaults.NoPath;
        if (pair.Idle is not null)
            faults |= PairFaults.NoInterface;
        // Most NICs have no VF, and during a live migration none has. What a run has not finished yet is no fault of its own.
        if (pair.Vf is not { } vf || pair.State is PairState.Damaged or PairState.Unfinished)
            return faults;
        if (!pair.VfAddresses.IsEmpty)
            faults |= PairFaults.Addresses;
        if (!pair.IsJoined)
            return faults;
        if (vf.Mtu != pair.Mtu)
            faults |= PairFaults.Mtu;
        if (pair.IsSplit)
            faults |= PairFaults.Split;
        // The path that an idle pair used last is not the one that it would use now.
        bool usesSynthetic = pair.Carrier == Carrier.Synthetic && !pair.IsIdle;
        if (!isOn || pair.Carrier == Carrier.Nothing)
            return faults;
        if (!vf.IsUp && (pair.State == PairState.Transparent || usesSynthetic))
            faults |= PairFaults.SwitchedOff;
        else if (usesSynthetic && !pair.IsSplit)
            faults |= PairFaults.Unused;
        else if (pair.State == PairState.Transparent && !vf.HasCarrier && (pair.Carrier == Carrier.Vf || pair.IsIdle))
            faults |= PairFaults.LostCarrier;
        return faults;
    }

    /// <summary>How bad the worst of some faults is.</summary>
    public static Health Of(PairFaults faults) =>
        (faults & Breaking) != 0 ? Health.Broken : faults != PairFaults.None ? Health.Degraded : Health.Healthy;

    /// <summary>The health of a pair.</summary>
    public static Health Of(PairStatus pair) => Of(Faults(pair));

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
