using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.HandOver;
using static HypervVfattach.Core.PolicyWords;

namespace HypervVfattach.Core;

/// <summary>What prevents every kind of join of a pair on Linux.</summary>
internal static class PairObstacles
{
    /// <summary>Refuses a NIC whose address differs from the pair's: the VF's hardware and the host's switch know only that one,
    /// and a bond has the address of its active port (fail_over_mac=active).</summary>
    public static Refuse? OfAddresses(Pair pair)
    {
        foreach (Link? link in (ReadOnlySpan<Link?>)[pair.Synthetic, pair.Vf])
        {
            if (link is not null && link.Address != pair.Mac)
                return new Refuse($"the address of {link.Name} was changed to {link.Address}; its own is {pair.Mac}, and with two "
                    + "addresses the pair would change its address with each change of the active path",
                    $"remove what changes it (MACAddress= of a .link or .network file, cloned-mac-address of NetworkManager, "
                    + $"hwaddress of ifupdown, a script), then restart the machine; or {OptOut(pair.Synthetic)}");
        }
        return null;
    }

    /// <summary>All signs that the VF is in use without its synthetic NIC, so that a join must not take it.</summary>
    public static IEnumerable<Refuse> OfVf(Pair pair, Link vf, Snapshot snapshot)
    {
        Link synthetic = pair.Synthetic;
        if (JoinOf(pair, snapshot) is null && Configured(pair, vf, snapshot) is { } configured)
            yield return new Refuse($"{vf.Name} is the NIC that is configured ({configured}), "
                + (IsConfigured(synthetic, snapshot) ? $"and so is {synthetic.Name}" : $"and {synthetic.Name} has no configuration")
                + ": the VF keeps its configuration, and the pair is not joined",
                $"{AtStart($"configure {synthetic.Name} instead of {vf.Name}")}; or {OptOut(synthetic)}");

        Owner[] owners = [.. snapshot.Owners.Where(owner => owner.Link == vf.Index)];
        bool isUninvited = InterfaceOwners.IsUninvited(snapshot, vf);
        // A link-local address proves nothing: some kernels add one even to a transparent VF.
        Address[] own = [.. snapshot.Addresses.Where(address => address.Link == vf.Index && !IsLinkLocal(address) && !isUninvited)];
        if (own.Length > 0)
            yield return new Refuse($"{vf.Name} has addresses of its own "
                + $"({string.Join(", ", own.Select(address => $"{address.Local}/{address.PrefixLength}"))}): a program took "
                + "the VF for an ordinary NIC",
                AtStart($"have the program that added them leave {vf.Name} unmanaged"));
        if (Uppers(vf, snapshot) is { Length: > 0 } uppers)
            yield return new Refuse($"the VF is used without its synthetic NIC: interfaces are on top of {vf.Name}: {Kinds(uppers)}",
                $"{OptOut(pair.Synthetic)}, or {AtStart("have none of them created")}");
        if (owners.Length > 0 && !isUninvited)
            yield return new Refuse($"{vf.Name} is configured by {string.Join("; ", owners.Select(owner => owner.Description))}, which would "
                + "take it for an ordinary NIC", AtStart($"have that program leave {vf.Name} unmanaged"));
    }

    /// <summary>The evidence that the administrator configured the VF itself; null if there is none.</summary>
    /// <remarks>A file that names the VF and not the synthetic NIC is the administrator's intention, whatever the synthetic NIC
    /// has. A file that matches the VF by a pattern (Name=en*), or addresses on the VF, count only while the synthetic NIC has no
    /// configuration: then the VF may be the only way into the machine. Otherwise some program took the VF for an ordinary NIC. A
    /// file that matches both NICs (by the MAC address, or because it is for all NICs) does not count: once the VF is out of the
    /// way, the synthetic NIC gets its settings.</remarks>
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

    // At boot there may be only a file that matches the NIC. A bridge's port and a VLAN's parent have no address.
    private static bool IsConfigured(Link link, Snapshot snapshot) => link.Master != 0 || Uppers(link, snapshot).Length > 0
        || snapshot.Claims.Any(claim => claim.Link == link.Index)
        || snapshot.Owners.Any(owner => owner.Link == link.Index && !owner.IsUninvited)
        || snapshot.Addresses.Any(address => address.Link == link.Index && !IsLinkLocal(address));

    public static Link[] Uppers(Link link, Snapshot snapshot) => [.. snapshot.Links.Where(upper => upper.IsOn(link.Index))];

    public static bool IsLinkLocal(Address address) => address.IsIPv6 && address.Local.IsIPv6LinkLocal;

    public static Join? JoinOf(Pair pair, Snapshot snapshot) =>
        snapshot.Joins.FirstOrDefault(pair.IsOf);
}
