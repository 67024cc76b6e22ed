using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.HandOver;
using static HypervVfattach.Core.PairObstacles;
using static HypervVfattach.Core.PolicyWords;

namespace HypervVfattach.Joins;

/// <summary>The obstacles to a bond, and to its detach.</summary>
internal static class BondObstacles
{
    /// <summary>IFAPROT_KERNEL_RA and IFAPROT_KERNEL_LL, linux/if_addr.h (Linux 5.18); higher numbers belong to programs.</summary>
    private const byte AddedByRouterAdvertisement = 2, LastOfKernel = 3;

    /// <summary>All reasons why a pair cannot be joined in a bond without loss, the most certain first.</summary>
    public static IEnumerable<Refuse> OfJoin(Pair pair, Link vf, Snapshot snapshot, Settings settings)
    {
        Link synthetic = pair.Synthetic;
        InterfaceOwners owners = InterfaceOwners.Of(snapshot, synthetic);
        if (PairObstacles.OfAddresses(pair) is { } changed)
            yield return changed;
        if (synthetic.Master != 0)
            yield return new Refuse($"{synthetic.Name} is a port of {Describe(synthetic.Master, snapshot)}, which it would "
                + "have to leave", Ways(snapshot, synthetic, AtStart("leave it without a master")));

        // The lower interface of a VLAN or macvlan cannot be changed. Bonding silently accepts a port that has VLANs, which then
        // receive only the synthetic NIC's frames. A tunnel that is bound to the NIC can no longer send.
        if (Uppers(synthetic, snapshot) is { Length: > 0 } uppers)
            yield return new Refuse($"the interfaces on top of {synthetic.Name} would lose their traffic: {Kinds(uppers)}; "
                + "they cannot be moved to a bond", Ways(snapshot, synthetic, AtStart("create them on the bond"))) { IsByUse = true };

        if (AddressesByInterface(synthetic, snapshot) is { } way)
            yield return new Refuse($"{way}: a bond would get other addresses, and those of {synthetic.Name} would expire",
                Ways(snapshot, synthetic, OptOut(synthetic)));

        if (synthetic.MulticastAddresses is { IsEmpty: false } groups)
            yield return new Refuse($"{synthetic.Name} was given multicast addresses (ip maddr: {string.Join(", ", groups)}), which "
                + "would stay on it, so that packets to them are lost while the VF carries the traffic",
                Ways(snapshot, synthetic, "remove them"));

        if (LeaseEvidence(synthetic, snapshot).ToArray() is { Length: > 0 } evidence)
            yield return new Refuse($"{synthetic.Name} is configured by a program that cannot be "
                + $"moved to a bond: {string.Join("; ", evidence)}",
                Ways(snapshot, synthetic, $"configure {synthetic.Name} statically"));

        if (OfDaemons(synthetic, snapshot).FirstOrDefault() is { } made)
            yield return new Refuse($"{made}, which works on {synthetic.Name} and would not follow to a bond",
                Ways(snapshot, synthetic, AtStart("create the bond yourself and configure that program for it"))) { IsByUse = true };

        // systemd-resolved keeps name servers by interface, and asks none of an interface without an address.
        if (synthetic.HasNameServers && !owners.HoldsPorts && owners is not { GoAlong: true, Renews: true })
            yield return new Refuse($"systemd-resolved was given name servers for {synthetic.Name} alone (resolvectl dns), and would not ask them "
                + "through a bond", Ways(snapshot, synthetic, "put them into /etc/systemd/resolved.conf (DNS=)")) { IsByUse = true };

        if (owners.JoinObstacle is var (reason, advice))
            yield return new Refuse(reason, Ways(snapshot, synthetic, advice));

        // The take_name setting has no effect if the owner needs the name.
        string otherName = owners.NeedsName
            ? Ways(snapshot, synthetic, AtStart($"rename {synthetic.Name} (at most {InterfaceName.MaxBytes - 1} bytes, because "
                + $"{owners.Name} can be handed over only to a bond that takes the name)"))
            : $"set take_name = false {Under(synthetic, null)}";
        if (settings.TakeName && !owners.ToleratesName)
            yield return new Refuse($"{owners.Name} cannot be handed over to a bond that takes the name of {synthetic.Name}", otherName);

        string bond = settings.AggregateNameFor(synthetic.Name);
        if (!settings.TakeName && owners.RuleByName(synthetic.Name) is { } file)
            yield return new Refuse($"{file} has a rule for {synthetic.Name} by its name, which would not match {bond}",
                $"set take_name = true {Under(synthetic, null)}, which gives the bond the name {synthetic.Name}; or "
                + Ways(snapshot, synthetic, OptOut(synthetic)));
        foreach (Refuse reference in ReferenceObstacles(synthetic, bond, snapshot, settings, owners))
            yield return reference with { IsByUse = true };

        foreach (Refuse inUse in PairObstacles.OfVf(pair, vf, snapshot))
            yield return inUse;

        if (NameObstacle(bond, $"for the bond of {synthetic.Name}", snapshot) is { } badName)
            yield return badName with { Advice = $"{badName.Advice}set another aggregate_name {Under(synthetic, null)}" };
        string behind = Settings.NameBehind(synthetic.Name);
        if (settings.TakeName
            && NameObstacle(behind, $"that {synthetic.Name} gets behind its bond", snapshot) is { } badOther)
            yield return badOther with { Advice = badOther.Advice + otherName };
    }

    /// <summary>Why the bond cannot be detached now: the synthetic NIC is gone, or the program that renews the lease cannot be
    /// handed over to it.</summary>
    /// <param name="snapshot">Has everything of the bond.</param>
    /// <param name="join">The join.</param>
    /// <param name="plan">The plan of the detach; null if another program took the join apart.</param>
    public static Refuse? OfDetach(Snapshot snapshot, Join join, Plan? plan)
    {
        if (snapshot.Find(join.Aggregate) is not { Kind: "bond" } bond)
            return null;
        if (plan is null)
            return snapshot.Find(join.JoinedWith) is not null ? null
                : new Refuse($"the interface that was joined as {join.SyntheticName} is gone, and only {bond.Name} has its configuration",
                    "run hyperv-vfattach scan when it is there again, and then detach");
        if (Uppers(bond, snapshot) is { Length: > 0 } uppers)
            return new Refuse($"the interfaces on top of {bond.Name} would lose their traffic: {Kinds(uppers)}; they cannot be moved to "
                + join.SyntheticName, AtStart($"set join = \"none\" {Under(bond, join)} and have none of them created"));
        InterfaceOwners owners = InterfaceOwners.Of(snapshot, bond);
        if (owners.IsWaiting && snapshot.Addresses.FirstOrDefault(address => address.Link == bond.Index && !address.IsIPv6) is { } kept)
            return new Refuse($"{owners.Name} waits for the DHCP server's answer about {kept.Local}, and would take the address away from "
                + $"{join.SyntheticName} if none came within a minute (ipv4.dhcp-timeout)",
                "try again when the server answers, or set join = \"none\" and restart the machine");
        if (owners.DetachObstacle(bond.Name, join.SyntheticName) is var (reason, advice))
            return new Refuse(reason, $"{advice}, or set join = \"none\" and restart the machine");
        if (LeaseEvidence(bond, snapshot).ToArray() is not { Length: > 0 } evidence)
            return null;
        return new Refuse($"{bond.Name} is configured by a program that cannot be moved back to "
            + $"{join.SyntheticName} now: {string.Join("; ", evidence)}",
            "try again when that program runs and is done, or set join = \"none\" and restart the machine");
    }

    /// <summary>Firewall rules and sockets that would not match the traffic of the bond. With a rule that permits a login, and a
    /// policy that drops the rest, the login would break.</summary>
    /// <remarks>References to the device come first: the bond cannot take them over with the name.</remarks>
    private static IEnumerable<Refuse> ReferenceObstacles(
        Link synthetic, string bond, Snapshot snapshot, Settings settings, InterfaceOwners owners)
    {
        string name = synthetic.Name;
        // While the names change places, the device unit of the name is gone for a moment.
        string[] kept = [.. owners.Announce(bond).OfType<KeepUnit>().Select(keep => keep.Unit)];
        if (settings.TakeName && Places(ReferenceKind.Unit, kept) is { } units)
            yield return new Refuse($"systemd would stop units that are bound to the device {name} (BindsTo=) when the bond takes that name "
                + $"({units})", Ways(snapshot, synthetic, "remove BindsTo= from these units"));
        if (Places(ReferenceKind.RuleByIndex) is { } indexed)
            yield return new Refuse($"firewall rules match {name} by its index, which no bond can take over ({indexed})",
                Ways(snapshot, synthetic, "change the rules to match the name (iifname and oifname instead of iif and oif)"));
        if (Places(ReferenceKind.Hook) is { } bound)
            yield return new Refuse($"the firewall is bound to {name} and would not see packets that arrive through a bond ({bound})",
                Ways(snapshot, synthetic, OptOut(synthetic)));
        if (Places(ReferenceKind.Socket) is { } sockets)
            yield return new Refuse($"a program listens on {name} only and would receive nothing through a bond ({sockets})",
                Ways(snapshot, synthetic, "have that program listen on all interfaces"));
        if (!settings.TakeName && Places(ReferenceKind.RuleByName) is { } named)
            yield return new Refuse($"firewall rules match {name} by its name and would not match {bond} ({named})",
                (InterfaceOwners.Of(snapshot, synthetic).ToleratesName
                    ? $"set take_name = true {Under(synthetic, null)}, which gives the bond the name {name}; or " : "")
                + Ways(snapshot, synthetic, OptOut(synthetic)));

        string? Places(ReferenceKind kind, params string[] except)
        {
            string[] places = [.. snapshot.References.Found.Where(found => found.Link == synthetic.Index && found.Kind == kind)
                .Select(found => found.Place).Distinct().Except(except)];
            return places.Length switch
            {
                0 => null,
                1 => places[0],
                2 => $"{places[0]}; and another one",
                _ => $"{places[0]}; and {places.Length - 1} others",
            };
        }
    }

    /// <summary>The addresses and routes that a routing or failover daemon has added, which it also removes by itself.</summary>
    private static IEnumerable<string> OfDaemons(Link link, Snapshot snapshot)
    {
        foreach (Address address in snapshot.Addresses)
        {
            if (address.Link == link.Index && address.Protocol > LastOfKernel)
                yield return $"the address {address.Local}/{address.PrefixLength} was added by "
                    + (RouteProtocol.Daemon(address.Protocol) ?? $"a program of the protocol {address.Protocol}");
        }
        foreach (Route route in RoutesOf(link, snapshot))
        {
            if (RouteProtocol.Daemon(route.Protocol) is { } daemon)
                yield return $"the route to {Destination(route)} was added by {daemon}";
        }
    }

    /// <summary>The routes through an interface, also by next-hop objects, as FRR adds them.</summary>
    private static IEnumerable<Route> RoutesOf(Link link, Snapshot snapshot)
    {
        HashSet<uint> nextHops = NextHop.Ids(snapshot.NextHops.Where(hop => hop.Link == link.Index));
        nextHops.UnionWith(NextHop.Ids(snapshot.NextHops.Where(group => group.HasOneOf(nextHops))));
        return snapshot.Routes.Where(route => route.Uses(link.Index) || route.NextHopId != 0 && nextHops.Contains(route.NextHopId));
    }

    private static string Destination(Route route) =>
        route.DestinationLength == 0 ? "default" : $"{route.Destination}/{route.DestinationLength}";

    /// <summary>The evidence that an interface's configuration is leased, or is renewed or restored by a program. The lifetime of
    /// an address alone proves nothing: an Azure lease is valid forever.</summary>
    private static IEnumerable<string> LeaseEvidence(Link link, Snapshot snapshot)
    {
        InterfaceOwners owners = InterfaceOwners.Of(snapshot, link);
        if (owners is { GoAlong: true, Renews: true })
            yield break;
        foreach (Owner owner in snapshot.Owners.Where(owner => owner.Link == link.Index && !owners.GoAlong))
            yield return (owner.State as IHandOverState)?.Fault(snapshot, link) is { } fault ? $"{owner.Description}: {fault}" : owner.Description;
        bool heard = Advertised.IsHeard(snapshot, link);
        foreach (Address address in snapshot.Addresses.Where(address =>
            address.Link == link.Index && !IsLinkLocal(address) && !TemporaryAddresses.Is(address) && !(heard && Advertised.Is(address))))
        {
            if (address.ValidLifetime != Address.Forever)
                yield return $"the address {address.Local}/{address.PrefixLength} ends in {address.ValidLifetime} s";
            else if (address.Protocol == AddedByRouterAdvertisement)
                yield return $"the address {address.Local}/{address.PrefixLength} came by router advertisement";
        }

        foreach (Route route in RoutesOf(link, snapshot).Where(route =>
            route.Protocol is RouteProtocol.Dhcp or RouteProtocol.RouterAdvertisement && !(heard && Advertised.Is(route))))
        {
            yield return $"the route to {Destination(route)} "
                + (route.Protocol == RouteProtocol.Dhcp ? "came by DHCP" : "came by router advertisement");
        }
    }

    /// <summary>Why an interface's IPv6 addresses depend on the interface itself; null if they do not.</summary>
    /// <remarks>The kernel hashes the permanent address together with the secret (ipv6_generate_stable_address, net/ipv6/addrconf.c), and a
    /// bond has no permanent address. An owner that sets the secret sets it on the bond as well and processes the advertisements
    /// itself.</remarks>
    private static string? AddressesByInterface(Link link, Snapshot snapshot)
    {
        InterfaceOwners owners = InterfaceOwners.Of(snapshot, link);
        if (owners.AddressesByName is { } reason)
            return reason;
        return !owners.BringsSecret && SysctlCopy.AddressGenerationMode(snapshot, link) is SysctlCopy.StablePrivacy or SysctlCopy.Random
            ? $"the kernel makes the IPv6 addresses of {link.Name} from a secret (net.ipv6.conf: stable_secret, addr_gen_mode) and the NIC"
            : null;
    }

    // The advice is only a beginning, to which the caller adds the setting to change.
    private static Refuse? NameObstacle(string name, string purpose, Snapshot snapshot)
    {
        if (NameFault(name) is { } fault)
            return new Refuse($"the name \"{name}\" {purpose} {fault}", "");
        if (snapshot.Find(name) is { } holder)
            return new Refuse($"the name {name} {purpose} is taken " + (holder.Name == name
                    ? $"by another interface ({Kind(holder)})" : $"by {holder.Name} as an alternative name"),
                "");
        return null;
    }

    private static string? NameFault(string name) => InterfaceName.Fault(name)
        ?? (name.Contains('%') ? "contains '%', which the kernel takes for a pattern (dev_alloc_name)"
            : name is "bond0" ? "is the one that the bonding module gives to a bond of its own when it is loaded"
            : name is "all" or "default" or "bonding_masters" ? "is reserved by the kernel"
            : null);

    /// <summary>The ways around an obstacle to a bond, the most certain first.</summary>
    private static string Ways(Snapshot snapshot, Link synthetic, string other) => RedirectJoin.IsOffered(snapshot)
        ? $"set join = \"redirect\" {Under(synthetic, null)}, which moves nothing, or {other}" : other;
}
