using HypervVfattach.Core.Model;

namespace HypervVfattach.Joins;

/// <summary>The parts of a redirect that exist in the kernel.</summary>
internal static class RedirectState
{
    /// <summary>Whether the program that sends through the VF is attached to the synthetic NIC.</summary>
    public static bool HasProgram(Snapshot snapshot, Link synthetic) => HasOurs(snapshot, synthetic, Hook.Egress);

    /// <summary>Whether all programs of the synthetic NIC are attached; a redirect of version 0.1.0 lacks the one for received frames.</summary>
    public static bool HasPrograms(Snapshot snapshot, Link synthetic) =>
        HasProgram(snapshot, synthetic) && HasOurs(snapshot, synthetic, Hook.Ingress);

    /// <summary>Whether the program that delivers received frames to the synthetic NIC is attached to the VF.</summary>
    public static bool HasReturn(Snapshot snapshot, Link vf) => HasOurs(snapshot, vf, Hook.Ingress);

    /// <summary>Whether an interface has the queueing discipline that filters are attached to.</summary>
    public static bool HasClsact(Snapshot snapshot, Link link) =>
        snapshot.Classifiers.Any(it => it.Link == link.Index && it.Hook == Hook.Discipline);

    /// <summary>Whether the redirect's map has this VF for the synthetic NIC.</summary>
    public static bool SendsBy(Snapshot snapshot, Link synthetic, Link vf) =>
        snapshot.Redirects.Any(redirect => redirect.Synthetic == synthetic.Index && redirect.Vf == vf.Index);

    /// <summary>Whether the redirect is complete.</summary>
    public static bool IsComplete(Snapshot snapshot, Link synthetic, Link vf) =>
        HasPrograms(snapshot, synthetic) && HasReturn(snapshot, vf) && SendsBy(snapshot, synthetic, vf)
        && vf.IsUp && vf.Mtu == synthetic.Mtu && vf.Flags.HasFlag(LinkFlags.AllMulticast)
        && (vf.Flags.HasFlag(LinkFlags.Promiscuous) || !MustTakeEverything(snapshot, synthetic));

    /// <summary>Whether the VF has to accept frames with another address or of a VLAN: its hardware does not know which frames the
    /// interfaces on top of the synthetic NIC expect.</summary>
    public static bool MustTakeEverything(Snapshot snapshot, Link synthetic) =>
        synthetic.Master != 0 || synthetic.Flags.HasFlag(LinkFlags.Promiscuous)
        || snapshot.Links.Any(upper => upper.IsOn(synthetic.Index));

    /// <summary>The addresses that the synthetic NIC receives and the VF does not.</summary>
    public static List<string> Missing(Link synthetic, Link vf)
    {
        List<string> missing = [.. synthetic.Groups, .. synthetic.UnicastAddresses];
        missing.RemoveAll(address => vf.Groups.Contains(address) || vf.UnicastAddresses.Contains(address) || address == vf.Address.Text);
        return missing;
    }

    /// <summary>Whether the VF has an address that was added for the synthetic NIC, which does not receive it any more.</summary>
    public static bool HasSurplus(Link synthetic, Link vf) => vf.MulticastAddresses.Any(address => !synthetic.Groups.Contains(address))
        || vf.UnicastAddresses.Any(address => !synthetic.UnicastAddresses.Contains(address));

    /// <summary>Whether packets that arrive are forwarded to another interface.</summary>
    public static bool Forwards(Snapshot snapshot, Link synthetic) => snapshot.Sysctls.Any(sysctl =>
        sysctl.Link == synthetic.Index && sysctl is { Name: "forwarding", Tree: "ipv4/conf" or "ipv6/conf", Value: not "0" });

    private static bool HasOurs(Snapshot snapshot, Link link, Hook hook) =>
        snapshot.Classifiers.Any(it => it.Link == link.Index && it.Hook == hook && it.IsOurs);
}
