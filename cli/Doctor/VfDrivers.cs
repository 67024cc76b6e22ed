using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Report;

namespace HypervVfattach.Doctor;

/// <summary>A NIC that a user-space driver has, and a synthetic NIC without a VF.</summary>
internal static class VfDrivers
{
    public static void Check(Examined host, Findings found)
    {
        foreach (IdleNic nic in host.Host.IdleNics)
        {
            if (nic.IsForUserSpace)
                found.Add("dpdk", nic.Slot, nic.Id, nic.Driver!);
        }
        foreach (HardwareAddress mac in host.Host.DpdkSynthetics)
        {
            foreach (Link link in host.Host.Links)
            {
                if (link.PairAddress == mac)
                    found.Add("dpdk/synthetic", link.Name);
            }
        }
        if (!host.Host.IdleNics.IsEmpty)
            return;
        foreach (Pair pair in host.Pairs)
        {
            if (StatusReport.VfOfAnotherAddress(pair, host.Host) is { } vf)
                found.Add("no-vf/address", pair.Synthetic.Name, vf.Name, vf.Device!.Driver!, vf.PairAddress.Text, pair.Mac.Text);
            else if (pair.Vf is null)
                found.Add("no-vf", pair.Synthetic.Name);
        }
    }
}
