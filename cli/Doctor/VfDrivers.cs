using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Report;

namespace HypervVfattach.Doctor;

/// <summary>A VF that no kernel driver has taken, one without a synthetic NIC, and a synthetic NIC without a VF.</summary>
internal static class VfDrivers
{
    public static void Check(Examined host, Findings found)
    {
        Link? lacking = null;
        foreach (Pair pair in host.Pairs)
        {
            if (pair.Vf is null)
                lacking ??= pair.Synthetic;
        }
        bool offered = false;
        foreach (IdleNic nic in host.Host.IdleNics)
        {
            if (nic.Driver is "vfio-pci" or "uio_pci_generic" or "igb_uio")
                found.Add("dpdk", nic.Slot, nic.Id, nic.Driver);
            else if (lacking is not null)
                found.Add(nic switch
                {
                    { Driver: not null } => "no-driver/failed",
                    { Module: null } => "no-driver/unknown",
                    { HasModule: false } => "no-driver/package",
                    _ => "no-driver",
                }, nic.Slot, nic.Id, lacking.Name, nic.Driver ?? nic.Module ?? "");
            offered = true;
        }
        if (lacking is not null && !offered)
            found.Add("no-vf", lacking.Name);
        foreach (HardwareAddress mac in host.Host.DpdkSynthetics)
        {
            foreach (Link link in host.Host.Links)
            {
                if (link.PairAddress == mac)
                    found.Add("dpdk/synthetic", link.Name);
            }
        }
        foreach (LoneVf lone in StatusReport.LoneVfs(host.Pairs, host.Sources))
            found.Add("lone-vf", lone.Vf.Name);
    }
}
