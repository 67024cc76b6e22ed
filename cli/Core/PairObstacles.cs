using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using static HypervVfattach.Core.PolicyWords;

namespace HypervVfattach.Core;

/// <summary>What is in the way of any join of a pair on Linux.</summary>
internal static class PairObstacles
{
    /// <summary>The address that makes them a pair is the one that they must use: the VF's hardware and the host's switch know
    /// no other, and a bond has the address of its active port (fail_over_mac=active).</summary>
    public static Refuse? OfAddresses(Pair pair)
    {
        foreach (Link? link in (ReadOnlySpan<Link?>)[pair.Synthetic, pair.Vf])
        {
            if (link is not null && link.Address != pair.Mac)
                return new Refuse($"the address of {link.Name} was changed to {link.Address}; its own is {pair.Mac}, and with two "
                    + "addresses the pair would change its address with each change of the path",
                    $"remove what changes it (MACAddress= of a .link or .network file, cloned-mac-address of NetworkManager, "
                    + $"hwaddress of ifupdown, a script), then restart the machine; or {OptOut(pair.Synthetic)}");
        }
        return null;
    }

    /// <summary>All that shows that the VF is used without its synthetic NIC, so that a join must not take it.</summary>
    public static IEnumerable<Refuse> OfVf(Pair pair, Link vf, Snapshot snapshot)
    {
        Link synthetic = pair.Synthetic;
        if (JoinOf(pair, snapshot) is null && Configured(pair, vf, snapshot) is { } configured)
            yield return new Refuse($"{vf.Name} is the NIC that is configured ({configured}), "
                + (IsConfigured(synthetic, snapshot) ? $"and so is {synthetic.Name}" : $"and {synthetic.Name} has nothing")
                + ": the VF keeps what it has, and the pair is not joined",
                $"{AtStart($"have {synthetic.Name} configured in the place of {vf.Name}")}; or {OptOut(synthetic)}");

        Owner[] owners = [.. snapshot.Owners.Where(owner => owner.Link == vf.Index)];
        bool isUninvited = owners.Length > 0 && owners.All(owner => owner.IsUninvited);
        // A link-local address shows no intention: some kernels give one even to a transparent VF.
        Address[] own = [.. snapshot.Addresses.Where(address => address.Link == vf.Index && !IsLinkLocal(address) && !isUninvited)];
        if (own.Length > 0)
            yield return new Refuse($"{vf.Name} has addresses of its own "
                + $"({string.Join(", ", own.Select(address => $"{address.Local}/{address.PrefixLength}"))}): a program took "
                + "the VF for an ordinary NIC",
                AtStart($"have the program that gave them leave {vf.Name} unmanaged"));
        if (Uppers(vf, snapshot) is { Length: > 0 } uppers)
            yield return new Refuse($"the VF is used without its synthetic NIC: interfaces are on top of {vf.Name}: {Kinds(uppers)}",
                $"{OptOut(pair.Synthetic)}, or {AtStart("have none of them made")}");
        if (owners.Length > 0 && !isUninvited)
            yield return new Refuse($"{vf.Name} is configured by {string.Join("; ", owners.Select(owner => owner.Description))}, which would "
                + "take it for an ordinary NIC", AtStart($"have that program leave {vf.Name} unmanaged"));
    }

    /// <summary>What shows that the VF is the NIC that the administrator configured; null where nothing does.</summary>
    /// <remarks>A file that names the VF and not its synthetic is his will, whatever the synthetic has. One that fits it by a pattern
    /// (Name=en*) and addresses that are there are so only where the synthetic has nothing, for then the VF may be the only way into
    /// the machine; otherwise something has taken the VF for an ordinary NIC. A file that fits both, by the MAC address, or as one for
    /// all NICs, means the synthetic as well: with the VF out of its way it gives that what the VF would get.</remarks>
    public static string? Configured(Pair pair, Link vf, Snapshot snapshot)
    {
        bool synthetic = IsConfigured(pair.Synthetic, snapshot);
        Claim[] claims = [.. snapshot.Claims.Where(claim => claim.Link == vf.Index)];
        if (claims.FirstOrDefault(claim => !claim.Fits.Contains(pair.Synthetic.Index) && (claim.IsExact || !synthetic)) is { } own)
            return own.Description;
        if (synthetic)
            return null;
        Address[] addresses = [.. snapshot.Addresses.Where(address => address.Link == vf.Index && !IsLinkLocal(address))];
        return addresses.Length == 0 ? null : string.Join(", ", addresses.Select(address => $"{address.Local}/{address.PrefixLength}"));
    }

    // At boot it may have nothing yet but a file that is meant for it. A bridge's port and a VLAN's parent have no address.
    private static bool IsConfigured(Link link, Snapshot snapshot) => link.Master != 0 || Uppers(link, snapshot).Length > 0
        || snapshot.Claims.Any(claim => claim.Link == link.Index)
        || snapshot.Owners.Any(owner => owner.Link == link.Index && !owner.IsUninvited)
        || snapshot.Addresses.Any(address => address.Link == link.Index && !IsLinkLocal(address));

    public static Link[] Uppers(Link link, Snapshot snapshot) => [.. snapshot.Links.Where(upper => upper.IsOn(link.Index))];

    public static bool IsLinkLocal(Address address) => address.IsIPv6 && address.Local.IsIPv6LinkLocal;

    public static Join? JoinOf(Pair pair, Snapshot snapshot) =>
        snapshot.Joins.FirstOrDefault(pair.IsOf);
}
