using HypervVfattach.Core;

namespace HypervVfattach.Doctor;

/// <summary>A bond of ours cannot be made: the kernel lacks the driver.</summary>
internal static class BondingModule
{
    public static void Check(Examined host, Pair pair, Findings found)
    {
        if (!host.Facts.HasBonding && host.JoinOf(pair) is null && !host.Policy.KernelJoins(pair, host.Host)
            && host.Settings.For(pair, null, host.Host).Join == JoinKind.Bond)
            found.Add("bonding-module", pair.Synthetic.Name);
    }
}
