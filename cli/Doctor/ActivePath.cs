using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Report;

namespace HypervVfattach.Doctor;

/// <summary>The VF is joined and does not carry the traffic.</summary>
internal static class ActivePath
{
    public static void Check(Examined host, Findings found)
    {
        for (int i = 0; i < host.Statuses.Length; i++)
        {
            if (host.Statuses[i] is { State: PairState.Transparent or PairState.Joined } status && host.Pairs[i] is { Vf: { } vf } pair
                && Fault(host, pair, vf, status) is { } fault)
                found.Add(fault, pair.Synthetic.Name, vf.Name);
        }
    }

    private static string? Fault(Examined host, Pair pair, Link vf, PairStatus status)
    {
        PathUse? use = host.Sources.Samples.GetValueOrDefault(pair.Synthetic.Index)?.Use;
        return !pair.Synthetic.IsUp ? null
            : status.State == PairState.Transparent && !vf.IsUp ? "data-path/down"
            // hv_netvsc does not look at the VF's carrier (netvsc_xmit); net_failover does.
            : Pair.IsKernelPort(vf, pair.Synthetic) && pair.Standby is null && !vf.Carrier ? "data-path/lost"
            : use is { Sent: UsedPath.Vf, Received: UsedPath.Synthetic } ? "data-path/half"
            // The path that an idle pair used last is not the one that it would use now.
            : status.Carrier != Carrier.Synthetic || use is { IsIdle: true } ? null
            : !vf.IsUp ? "data-path/down" : !vf.Carrier ? "data-path/carrier" : "data-path";
    }
}
