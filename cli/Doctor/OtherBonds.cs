using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Doctor;

/// <summary>A bond or team of another program has a NIC of a pair; or a bond of ours cannot be made.</summary>
internal static class OtherBonds
{
    public static void Check(Examined host, Pair pair, Findings found)
    {
        if (host.JoinOf(pair) is not null)
            return;
        if (!host.Facts.HasBonding && !host.Policy.KernelJoins(pair, host.Host) && host.Settings.For(pair, null, host.Host).Join == JoinKind.Bond)
            found.Add("bonding-module", pair.Synthetic.Name);
        // Where the kernel joins the VF to the synthetic NIC, a bond has the synthetic NIC alone, and rightly so.
        if (pair.Vf is not { } vf || Pair.IsKernelPort(vf, pair.Synthetic))
            return;
        Link? ofVf = Bond(host, vf), ofSynthetic = Bond(host, pair.Synthetic);
        if ((ofVf ?? ofSynthetic) is not { } bond)
            return;
        string kind = bond.Kind ?? "", synthetic = pair.Synthetic.Name;
        if (ofVf is null)
            found.Add("one-leg", bond.Name, kind, synthetic, vf.Name);
        else if (ofSynthetic is null)
            found.Add("one-leg/vf", bond.Name, kind, vf.Name, synthetic);
        else if (ofVf.Index == ofSynthetic.Index && host.Policy.KernelJoins(pair, host.Host))
            found.Add("other-bond", bond.Name, kind, synthetic, vf.Name);
    }

    private static Link? Bond(Examined host, Link port) => host.Host.Find(port.Master) is { Kind: "bond" or "team" } master ? master : null;
}
