using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Doctor;

/// <summary>A filter, rule or socket is bound to one leg of a joined pair, so that it sees the traffic only some of the time.</summary>
internal static class WrongLeg
{
    public static void Check(Examined host, Pair pair, Findings found)
    {
        if (pair.Vf is not { } vf || !host.IsJoined(pair))
            return;
        Link configured = host.Configured(pair);
        Filters(host, vf, configured, found);
        if (configured.Index != pair.Synthetic.Index)
            Filters(host, pair.Synthetic, configured, found);
        // hv_netvsc has its VF run its own program, too.
        if (vf.HasXdp != configured.HasXdp && Pair.IsKernelPort(vf, configured))
            found.Add("xdp", (vf.HasXdp ? vf : configured).Name, (vf.HasXdp ? configured : vf).Name, configured.Name);
        foreach (InterfaceReference reference in host.AtPorts.Found)
        {
            // A unit that is bound to the device stops with it, and matches no packets.
            if (!pair.Has(reference.Link) || reference.Kind == ReferenceKind.Unit || host.Host.Find(reference.Link) is not { } link)
                continue;
            if (reference.Kind == ReferenceKind.Hook)
                found.Add("filter", link.Name, reference.Place, configured.Name);
            else
                found.Add("wrong-leg", link.Name, reference.Kind == ReferenceKind.Socket ? "a socket" : "a firewall rule", reference.Place, configured.Name);
        }
    }

    private static void Filters(Examined host, Link port, Link configured, Findings found)
    {
        foreach (Classifier filter in host.Host.Classifiers)
        {
            if (filter.Link == port.Index && filter.Hook != Hook.Discipline && !filter.IsOurs && filter.Unseen is null)
                found.Add("filter", port.Name, $"{(filter.Hook == Hook.Egress ? "egress" : "ingress")}, {filter.Kind} {filter.Name}".TrimEnd(), configured.Name);
        }
    }
}
