using System.Collections.Immutable;
using System.Globalization;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Core;

/// <summary>What is done about an event on FreeBSD: the decision table, a case a rule, safest first. The
/// rules are upstream's (hyperv_vfattach, hyperv_vfup) where it has one.</summary>
/// <remarks>Nobody joins a pair here after a while, as netvsc does on Linux, so the delay decides nothing.</remarks>
internal static class LaggPolicy
{
    /// <summary>LAGG_MAX_PORTS, net/if_lagg.h.</summary>
    public const int MaxPorts = 32;

    private const string Lagg = "lagg";
    private const byte Failover = 1; // BondState.Mode

    /// <summary>What is to be done about one interface.</summary>
    public static Decision Decide(Event e, Snapshot snapshot, Settings settings)
    {
        Link? link = snapshot.Find(e.Link);
        if (link is null)
            return new NotOurs($"interface {e.Link} is gone");
        if (link.Kind is { } kind)
            return new NotOurs($"{link.Name} is a virtual interface ({kind})");
        return Pairing.Find(snapshot, settings.SyntheticDrivers).FirstOrDefault(pair => pair.Has(link.Index)) is { } pair
            ? Decide(pair, e, snapshot, settings)
            : new NotOurs($"{link.Name} is neither an hn(4) NIC nor the VF of one");
    }

    /// <summary>What is to be done about a pair.</summary>
    public static Decision Decide(Pair pair, Event e, Snapshot snapshot, Settings settings)
    {
        FreeBsdFacts facts = snapshot.FreeBsd!;
        Link hn = pair.Synthetic;
        Join? join = snapshot.Joins.FirstOrDefault(pair.IsOf);
        settings = settings.For(pair, join, snapshot);

        if (facts.VfTransparent is { } transparent and not 0)
            return pair.Vf is null
                ? new NotOurs($"{hn.Name} has no VF now")
                : new LeaveAlone($"the kernel joins {pair.Vf.Name} to {hn.Name} itself (hw.hn.vf_transparent={transparent})");
        if (settings.Join == JoinKind.None && join is null)
            return new LeaveAlone($"{hn.Name} is opted out (join = \"none\")");

        Link? lagg = join is null ? null : snapshot.Find(join.Aggregate) is { Kind: Lagg, Bond.Mode: Failover } ours ? ours : null;
        bool stands = lagg is not null && hn.Master == lagg.Index;

        // The host took the NIC away and brought it back (weakness 11 of the scripts). What the system has configured it
        // with meanwhile is what the lagg has; who took it out for another use gave it something else.
        if (lagg is not null && hn.Master == 0 && HasOnlyWhatLaggHas(hn, lagg, snapshot))
            return new Do(LaggJoin.TakeBack(snapshot, hn, join!),
                $"{hn.Name} is back: taking it into {lagg.Name} again, which has no other way out without a VF");
        if (stands && !hn.IsUp)
            return new Do(LaggJoin.SwitchOn(hn, join!),
                $"{hn.Name} is switched off: {lagg!.Name} has no other way out without a VF, so it is switched on");
        if (pair.Vf is not { } vf)
            return join is null ? new NotOurs($"{hn.Name} has no VF now")
                : stands ? new LeaveAlone($"{hn.Name} is joined in {lagg!.Name}; its VF is away now")
                : TakenApart(join, hn);

        // Upstream's attach action on a kernel of before it. Its VF_UP action asks dev.hn.N.vf instead.
        if (facts.VfList is null && e.Link == vf.Index)
            return new LeaveAlone($"this kernel does not list VFs (hw.hn.vflist): {vf.Name} is joined when a program switches it on");
        if (vf.Master != 0 && vf.Master != join?.Aggregate)
            return new LeaveAlone($"{vf.Name} is already a port of {Name(vf.Master, snapshot)}, which another program made: "
                + "it stays there");
        if (hn.Master != 0 && hn.Master != join?.Aggregate)
            return TheirLagg(hn, vf, snapshot);
        if (join is not null && !stands)
            return TakenApart(join, hn);
        if (stands && vf.Master == lagg!.Index)
            return vf.IsUp
                ? new LeaveAlone($"{vf.Name} and {hn.Name} are already joined in {lagg.Name}")
                : new Do(LaggJoin.SwitchOn(vf, join!), $"{vf.Name} is a port of {lagg.Name} and switched off: switching it on");

        if (stands)
            return VfObstacles(pair, vf, snapshot).Concat(TooManyPorts(lagg!, snapshot)).FirstOrDefault() is { } inUse
                ? inUse
                : new Do(LaggJoin.AddPort(snapshot, vf, join!),
                    $"{vf.Name} is back: putting it into {lagg!.Name} beside {hn.Name}");

        // The system has nothing for it to do, and who wants it off wants no lagg of it either.
        if (!hn.IsUp && facts.RcConfOf(hn.Index) is { Fault: null, Configures: false })
            return new LeaveAlone($"{hn.Name} is switched off and rc.conf says nothing of it: its pair is joined at the next "
                + "event or scan after it was switched on");

        return Obstacles(pair, vf, snapshot, settings).FirstOrDefault() is { } obstacle
            ? obstacle
            : new Do(LaggJoin.Join(snapshot, hn, vf, LaggName(hn, settings)!),
                $"joining {hn.Name} and {vf.Name} in the new failover lagg {LaggName(hn, settings)}");
    }

    /// <summary>All that forbids to join a pair without loss, the most certain first.</summary>
    public static IEnumerable<Refuse> Obstacles(Pair pair, Link vf, Snapshot snapshot, Settings settings)
    {
        FreeBsdFacts facts = snapshot.FreeBsd!;
        Link hn = pair.Synthetic;

        if (facts.RcConfOf(hn.Index)?.Fault is { } fault)
            yield return new Refuse($"what rc.conf says of {hn.Name} cannot be read ({fault})",
                $"correct it, then run hyperv-vfattach {vf.Name}");
        if (settings.TakeName)
            yield return new Refuse($"a lagg cannot take the name {hn.Name} over: hn(4) and devd's rules go by names",
                $"set take_name = false {Under(hn)}");

        // A VLAN keeps its parent, a bridge its members: they would see only what the NIC itself receives.
        if (Uppers(hn, snapshot) is { Length: > 0 } uppers)
            yield return new Refuse($"on {hn.Name} stand {uppers}, which would lose their traffic: they cannot be moved to a "
                + "lagg", $"remove them before and make them anew on the lagg, or {OptOut(hn)}");
        if (facts.Bridged.FirstOrDefault(member => member.Link == hn.Index) is { } bridged)
            yield return new Refuse($"{hn.Name} is a member of {bridged.Bridge}, which would lose its traffic",
                $"take it out before and put the lagg in, or {OptOut(hn)}");
        if (facts.Carp.FirstOrDefault(carp => carp.Link == hn.Index) is { } carp)
            yield return new Refuse($"{hn.Name} has the address {carp.Local} of CARP group {carp.Vhid}, whose state would "
                + "not move with it", $"configure CARP on the lagg instead, or {OptOut(hn)}");
        if (facts.Fibs.FirstOrDefault(fib => fib.Link == hn.Index) is { } fib)
            yield return new Refuse($"{hn.Name} uses the routing table (FIB) {fib.Fib}, and only those of FIB 0 can be moved",
                $"put it into FIB 0, or {OptOut(hn)}");
        if (facts.StaticArps.FirstOrDefault(arp => arp.Link == hn.Index) is { } arp)
            yield return new Refuse($"{hn.Name} has a static ARP entry for {arp.Address}, which would not move with it",
                $"delete it (arp -d {arp.Address}) and make it anew on the lagg, or {OptOut(hn)}");
        if (snapshot.Owners.FirstOrDefault(owner => owner.Link == hn.Index) is { } owner)
            yield return new Refuse($"{hn.Name} is configured by {owner.Program} ({owner.Evidence}), which would not follow "
                + "its configuration to a lagg", $"let dhclient or rc.conf configure it, or {OptOut(hn)}");

        foreach (Refuse inUse in VfObstacles(pair, vf, snapshot))
            yield return inUse;

        if (LaggName(hn, settings) is not { } name)
            yield return settings.AggregateName is { } wanted
                ? new Refuse($"\"{wanted}\" cannot be the name of a lagg: FreeBSD knows them by their number",
                    $"set aggregate_name to lagg and a number {Under(hn)}, or leave it out")
                : new Refuse($"{hn.Name} has no unit number, by which its lagg is called",
                    $"set an aggregate_name such as \"lagg7\" {Under(hn)}");
        else if (snapshot.Find(name) is { } holder)
            yield return new Refuse($"the name {name} for the lagg of {hn.Name} is taken by {Describe(holder, snapshot)}",
                $"remove or rename that interface, or set another aggregate_name {Under(hn)}");
    }

    /// <summary>The lagg's name: the number of the hn(4) unit, as upstream's, whatever the interface is called now; null
    /// where there is none.</summary>
    public static string? LaggName(Link hn, Settings settings)
    {
        string? name = settings.AggregateName
            ?? (hn.Device?.Path is { } unit && unit.StartsWith("hn", StringComparison.Ordinal) ? Lagg + unit[2..] : null);
        // The cloner (if_clone.c) takes a number without leading zeros, and "lagg" alone for any that is free.
        return name is not null && name.StartsWith(Lagg, StringComparison.Ordinal) && name.Length <= InterfaceName.MaxBytes
            && name.Length > Lagg.Length && name[Lagg.Length..].All(char.IsAsciiDigit)
            && (name.Length == Lagg.Length + 1 || name[Lagg.Length] != '0')
            && int.TryParse(name[Lagg.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? name : null;
    }

    /// <summary>All that shows that somebody uses the VF by itself.</summary>
    private static IEnumerable<Refuse> VfObstacles(Pair pair, Link vf, Snapshot snapshot)
    {
        FreeBsdFacts facts = snapshot.FreeBsd!;
        if (facts.DhcpClients.FirstOrDefault(client => client.Link == vf.Index) is { } client)
            yield return new Refuse($"dhclient (process {client.ProcessId}) configures {vf.Name}: a program took the VF for an "
                + "ordinary NIC, perhaps ifconfig_DEFAULT in rc.conf", NoAuto(vf));
        // A link-local address is nobody's will: the kernel gives one when it switches an interface on.
        Address[] own = [.. snapshot.Addresses.Where(
            address => address.Link == vf.Index && !(address.IsIPv6 && address.Local.IsIPv6LinkLocal))];
        if (own.Length > 0)
            yield return new Refuse($"{vf.Name} has addresses of its own "
                + $"({string.Join(", ", own.Select(address => $"{address.Local}/{address.PrefixLength}"))}): a program took "
                + "the VF for an ordinary NIC", NoAuto(vf));
        if (Uppers(vf, snapshot) is { Length: > 0 } uppers)
            yield return new Refuse($"on {vf.Name} stand {uppers}: the VF is used by itself",
                $"remove them, or {OptOut(pair.Synthetic)}");
        if (facts.Bridged.FirstOrDefault(member => member.Link == vf.Index) is { } bridged)
            yield return new Refuse($"{vf.Name} is a member of {bridged.Bridge}: the VF is used by itself",
                $"take it out, or {OptOut(pair.Synthetic)}");
    }

    private static IEnumerable<Refuse> TooManyPorts(Link lagg, Snapshot snapshot)
    {
        int ports = snapshot.Links.Count(port => port.Master == lagg.Index);
        if (ports >= MaxPorts)
            yield return new Refuse($"{lagg.Name} has {ports} ports, and a lagg takes no more than {MaxPorts}",
                "take those out that are not the pair's");
    }

    // A failover lagg with this very name may be the one of upstream's script. To take it over would need to know what
    // the NIC had before, and that nobody wrote down.
    private static Refuse TheirLagg(Link hn, Link vf, Snapshot snapshot) => new(
        $"{hn.Name} is a port of {Name(hn.Master, snapshot)}, which hyperv-vfattach did not make"
            + (snapshot.Find(hn.Master) is { } lagg ? $" ({Describe(lagg, snapshot)})" : "")
            + $": the program that made it decides about {vf.Name}",
        $"add {vf.Name} there by hand, or destroy it and configure {hn.Name}, then run hyperv-vfattach {vf.Name}");

    private static bool HasOnlyWhatLaggHas(Link hn, Link lagg, Snapshot snapshot) => snapshot.Addresses
        .Where(address => address.Link == hn.Index && !address.Local.IsIPv6LinkLocal)
        .All(address => snapshot.Addresses.Any(other => other.Link == lagg.Index && other.Local.Equals(address.Local)));

    private static Refuse TakenApart(Join join, Link hn) => new(
        $"the lagg that joined {hn.Name} is gone or no longer holds it: another program took the join apart, and nothing is changed",
        $"run hyperv-vfattach detach {hn.Name} to put the recorded configuration of {join.SyntheticName} back and forget "
            + "the join; then it can be joined again");

    private static string Uppers(Link link, Snapshot snapshot) => string.Join(", ", snapshot.Links
        .Where(upper => upper.Lower == link.Index && upper.Index != link.Index)
        .Select(upper => $"{upper.Name} ({upper.Kind})"));

    private static string Describe(Link link, Snapshot snapshot)
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

    private static string Name(int link, Snapshot snapshot) => snapshot.Find(link)?.Name ?? $"interface {link}";

    private static string NoAuto(Link vf) =>
        $"set ifconfig_{vf.Name}=\"NOAUTO\" in rc.conf, stop what configures it (service dhclient stop {vf.Name}), remove "
        + $"its addresses, then run hyperv-vfattach {vf.Name}";

    private static string OptOut(Link hn) => $"set join = \"none\" {Under(hn)} to leave the pair alone";

    private static string Under(Link hn) => $"under [interface.{hn.Name}] in the configuration file";
}
