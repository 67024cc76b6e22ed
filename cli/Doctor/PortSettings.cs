using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Doctor;

/// <summary>Settings of the VF that do not go with those of its synthetic NIC.</summary>
internal static class PortSettings
{
    public static void Check(Examined host, Pair pair, Findings found)
    {
        if (pair.Vf is not { } vf)
            return;
        Link configured = host.Configured(pair);
        if (PairObstacles.Uppers(vf, host.Host) is { Length: > 0 } uppers)
            found.Add("upper", vf.Name, PolicyWords.Kinds(uppers), configured.Name);
        if (!host.IsJoined(pair))
            return;
        foreach (VfFacts facts in host.Facts.Vfs)
        {
            if (facts.Link != vf.Index)
                continue;
            if (facts.Lro && Forwards(host, configured))
                found.Add("lro", vf.Name, configured.Name);
            // hv_netvsc does not announce the VLANs of the synthetic NIC to a VF that it joined.
            if (facts.VlanFilter && Pair.IsKernelPort(vf, configured))
                Vlans(host, vf, configured, found);
        }
    }

    private static void Vlans(Examined host, Link vf, Link configured, Findings found)
    {
        foreach (Link upper in PairObstacles.Uppers(configured, host.Host))
        {
            if (upper.Kind == "vlan")
                found.Add("vlan-filter", upper.Name, configured.Name, vf.Name);
        }
    }

    private static bool Forwards(Examined host, Link link)
    {
        if (host.Host.Find(link.Master) is { Kind: "bridge" })
            return true;
        foreach (Link upper in PairObstacles.Uppers(link, host.Host))
        {
            if (upper.Kind is "macvlan" or "macvtap" or "ipvlan" or "ipvtap")
                return true;
        }
        foreach (Sysctl sysctl in host.Host.Sysctls)
        {
            if (sysctl.Link == link.Index && sysctl is { Name: "forwarding", Value: not "0" })
                return true;
        }
        return false;
    }
}
