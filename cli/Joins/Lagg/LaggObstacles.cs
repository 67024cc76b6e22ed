using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using static HypervVfattach.Core.PolicyWords;

namespace HypervVfattach.Joins;

/// <summary>The obstacles to a lagg.</summary>
internal static class LaggObstacles
{
    private const string Lagg = "lagg";
    /// <summary>The failover protocol in <see cref="BondState.Mode"/>.</summary>
    public const byte Failover = 1;

    /// <summary>All reasons why a pair cannot be joined without loss, the most certain first.</summary>
    public static IEnumerable<Refuse> OfJoin(Pair pair, Link vf, Snapshot snapshot, Settings settings)
    {
        FreeBsdFacts facts = FreeBsdFacts.Of(snapshot);
        Link hn = pair.Synthetic;

        if (facts.RcConfOf(hn.Index)?.Fault is { } fault)
            yield return new Refuse($"the settings of {hn.Name} in rc.conf cannot be read ({fault})",
                $"correct it, then run hyperv-vfattach {vf.Name}");
        if (settings.TakeName)
            yield return new Refuse($"a lagg cannot take the name {hn.Name}: hn(4) and devd's rules depend on that name",
                $"set take_name = false {Under(hn, null)}");

        // A VLAN keeps its parent and a bridge its members: they would receive only the NIC's own frames.
        if (Uppers(hn, snapshot) is { Length: > 0 } uppers)
            yield return new Refuse($"the interfaces on top of {hn.Name} would lose their traffic: {uppers}; they cannot be moved to a "
                + "lagg", $"remove them before the join and create them on the lagg, or {OptOut(hn)}");
        if (facts.Bridged.FirstOrDefault(member => member.Link == hn.Index) is { } bridged)
            yield return new Refuse($"{hn.Name} is a member of {bridged.Bridge}, which would lose its traffic",
                $"remove it from the bridge before the join and add the lagg, or {OptOut(hn)}");
        if (facts.Carp.FirstOrDefault(carp => carp.Link == hn.Index) is { } carp)
            yield return new Refuse($"{hn.Name} has the address {carp.Local} of CARP group {carp.Vhid}, whose state would "
                + "not move with it", $"configure CARP on the lagg instead, or {OptOut(hn)}");
        if (facts.Fibs.FirstOrDefault(fib => fib.Link == hn.Index) is { } fib)
            yield return new Refuse($"{hn.Name} uses the routing table (FIB) {fib.Fib}, and only those of FIB 0 can be moved",
                $"put it into FIB 0, or {OptOut(hn)}");
        if (facts.StaticArps.FirstOrDefault(arp => arp.Link == hn.Index) is { } arp)
            yield return new Refuse($"{hn.Name} has a static ARP entry for {arp.Address}, which would not move with it",
                $"delete it (arp -d {arp.Address}) and add it to the lagg, or {OptOut(hn)}");
        if (snapshot.Owners.FirstOrDefault(owner => owner.Link == hn.Index) is { } owner)
            yield return new Refuse($"{hn.Name} is configured by {owner.Program} ({owner.Evidence}), which would not follow "
                + "its configuration to a lagg", $"let dhclient or rc.conf configure it, or {OptOut(hn)}");

        foreach (Refuse inUse in OfVf(pair, vf, snapshot))
            yield return inUse;

        if (LaggName(hn, settings) is not { } name)
            yield return settings.AggregateName is { } wanted
                ? new Refuse($"\"{wanted}\" cannot be the name of a lagg: FreeBSD allows only lagg and a number",
                    $"set aggregate_name to lagg and a number {Under(hn, null)}, or leave it out")
                : new Refuse($"{hn.Name} has no unit number, which gives its lagg the name",
                    $"set an aggregate_name such as \"lagg7\" {Under(hn, null)}");
        else if (snapshot.Find(name) is { } holder)
            yield return new Refuse($"the name {name} for the lagg of {hn.Name} is taken by {Describe(holder, snapshot)}",
                $"remove or rename that interface, or set another aggregate_name {Under(hn, null)}");
    }

    /// <summary>The lagg's name: the unit number of hn(4), as in upstream's script, independent of the interface's present name;
    /// null if there is none.</summary>
    public static string? LaggName(Link hn, Settings settings)
    {
        string? name = settings.AggregateName
            ?? (hn.Device?.Path is { } unit && unit.StartsWith("hn", StringComparison.Ordinal) ? Lagg + unit[2..] : null);
        // The cloner (if_clone.c) accepts a number without leading zeros; "lagg" alone would get any free number.
        return name is not null && name.StartsWith(Lagg, StringComparison.Ordinal) && name.Length <= InterfaceName.MaxBytes
            && name.Length > Lagg.Length && name[Lagg.Length..].All(char.IsAsciiDigit)
            && (name.Length == Lagg.Length + 1 || name[Lagg.Length] != '0')
            && int.TryParse(name[Lagg.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? name : null;
    }

    /// <summary>All signs that the VF is in use without its synthetic NIC.</summary>
    public static IEnumerable<Refuse> OfVf(Pair pair, Link vf, Snapshot snapshot)
    {
        FreeBsdFacts facts = FreeBsdFacts.Of(snapshot);
        if (facts.DhcpClients.FirstOrDefault(client => client.Link == vf.Index) is { } client)
            yield return new Refuse($"dhclient (process {client.ProcessId}) configures {vf.Name}: a program took the VF for an "
                + "ordinary NIC, perhaps ifconfig_DEFAULT in rc.conf", NoAuto(vf));
        // A link-local address proves nothing: the kernel adds one when it switches an interface on.
        Address[] own = [.. snapshot.Addresses.Where(
            address => address.Link == vf.Index && !(address.IsIPv6 && address.Local.IsIPv6LinkLocal))];
        if (own.Length > 0)
            yield return new Refuse($"{vf.Name} has addresses of its own "
                + $"({string.Join(", ", own.Select(address => $"{address.Local}/{address.PrefixLength}"))}): a program took "
                + "the VF for an ordinary NIC", NoAuto(vf));
        if (Uppers(vf, snapshot) is { Length: > 0 } uppers)
            yield return new Refuse($"the VF is used without its synthetic NIC: interfaces are on top of {vf.Name}: {uppers}",
                $"remove them, or {OptOut(pair.Synthetic)}");
        if (facts.Bridged.FirstOrDefault(member => member.Link == vf.Index) is { } bridged)
            yield return new Refuse($"{vf.Name} is a member of {bridged.Bridge}: the VF is used without its synthetic NIC",
                $"remove it from the bridge, or {OptOut(pair.Synthetic)}");
    }

    public static IEnumerable<Refuse> TooManyPorts(Link lagg, Snapshot snapshot)
    {
        int ports = snapshot.Links.Count(port => port.Master == lagg.Index);
        if (ports >= FreeBsdFacts.MaxLaggPorts)
            yield return new Refuse($"{lagg.Name} has {ports} ports, and a lagg takes no more than {FreeBsdFacts.MaxLaggPorts}",
                "remove the ports that are not the pair's");
    }

    private static string Uppers(Link link, Snapshot snapshot) => string.Join(", ", snapshot.Links
        .Where(upper => upper.Lower == link.Index && upper.Index != link.Index)
        .Select(upper => $"{upper.Name} ({upper.Kind})"));

    public static string Describe(Link link, Snapshot snapshot)
    {
        if (link.Kind != Lagg)
            return link.Kind is { } kind ? $"another interface ({kind})" : "another interface";
        string protocol = link.Bond?.Mode switch
        {
            0 => "roundrobin",
            Failover => "failover",
            2 => "loadbalance",
            3 => "broadcast",
            4 => "LACP",
            _ => "unknown",
        };
        string[] ports = [.. snapshot.Links.Where(port => port.Master == link.Index).Select(port => port.Name)];
        return $"another program's {protocol} lagg with {(ports.Length == 0 ? "no port" : string.Join(", ", ports))}";
    }

    private static string NoAuto(Link vf) =>
        $"set ifconfig_{vf.Name}=\"NOAUTO\" in rc.conf, stop what configures it (service dhclient stop {vf.Name}), remove "
        + $"its addresses, then run hyperv-vfattach {vf.Name}";
}
