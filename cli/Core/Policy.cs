using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Core;

/// <summary>What made us look: something happened to an interface.</summary>
/// <param name="Link">Index of the interface: a VF, or a synthetic whose driver came after its VF.</param>
/// <param name="DelayOver">Whether the kernel and the network managers had their time to act.</param>
internal readonly record struct Event(int Link, bool DelayOver);

/// <summary>What is done about an event: the decision table for Linux, a case a rule, safest first
/// (<see cref="LaggPolicy"/> has FreeBSD's).</summary>
/// <remarks>A rule further down may rely on those above it: what reaches the plan has been turned away by none.</remarks>
internal static class Policy
{
    private const string Netvsc = "hv_netvsc";

    /// <summary>IFAPROT_KERNEL_RA, linux/if_addr.h (Linux 5.18).</summary>
    private const byte AddedByRouterAdvertisement = 2;

    /// <summary>The first kernel whose netvsc joins a VF by itself (Linux 0c195567a8f6).</summary>
    private static readonly Version TransparentSince = new(4, 14);

    /// <summary>What is to be done about one interface.</summary>
    public static Decision Decide(Event e, Snapshot snapshot, Settings settings)
    {
        if (snapshot.FreeBsd is not null)
            return LaggPolicy.Decide(e, snapshot, settings);

        Link? link = snapshot.Find(e.Link);
        if (link is null)
            return new NotOurs($"interface {e.Link} is gone");
        if (link.Type != Link.Ethernet)
            return new NotOurs($"{link.Name} is no Ethernet NIC (hardware type {link.Type})");
        if (link.Kind is not null || link.Device is null)
            return new NotOurs($"{link.Name} is a virtual interface ({link.Kind ?? "no device behind it"})");

        Pair? pair = Pairing.Find(snapshot, settings.SyntheticDrivers).FirstOrDefault(pair => pair.Has(link.Index));
        if (pair is not null)
            return DecideFor(pair, e, snapshot, settings);
        if (link.Device.SwitchPort is { } port)
            return new NotOurs($"{link.Name} is a port of a switch in this machine ({port}) and no VF");
        if (!link.PairAddress.IsEmpty && snapshot.DpdkSynthetics.Contains(link.PairAddress))
            return new LeaveAlone($"the synthetic NIC of {link.Name} is bound to a user-space driver (DPDK), "
                + "which joins the pair itself");
        return new NotOurs($"{link.Name} has no synthetic NIC with its address {link.PairAddress} here");
    }

    /// <summary>What is to be done about a pair, as the event of its VF would have it.</summary>
    public static Decision Decide(Pair pair, bool delayOver, Snapshot snapshot, Settings settings) =>
        DecideFor(pair, new Event(pair.Vf?.Index ?? pair.Synthetic.Index, delayOver), snapshot, settings);

    /// <summary>What forbids to take a bond away now: there is nobody to whom it could give what it has, or whoever renews that would
    /// not follow.</summary>
    /// <param name="snapshot">Holds everything of the bond.</param>
    /// <param name="join">The join.</param>
    /// <param name="plan">How it would be taken away; null when somebody took it apart.</param>
    public static Refuse? DetachObstacle(Snapshot snapshot, Join join, Plan? plan)
    {
        if (snapshot.FreeBsd is not null || join.Kind != JoinKind.Bond || snapshot.Find(join.Aggregate) is not { Kind: "bond" } bond)
            return null;
        if (plan is null)
            return snapshot.Find(join.JoinedWith) is not null ? null
                : new Refuse($"the interface that was joined as {join.SyntheticName} has gone, and only {bond.Name} has what it had",
                    "run hyperv-vfattach scan when it is there again, and then detach");
        if (Uppers(bond, snapshot) is { Length: > 0 } uppers)
            return new Refuse($"on {bond.Name} stand {Kinds(uppers)}, which would lose their traffic: they cannot be moved to "
                + join.SyntheticName, AtStart($"set join = \"none\" {Under(bond, join)} and have none of them made"));
        if (Owners.Of(snapshot, bond) is { IsWaiting: true } owner && snapshot.Addresses.FirstOrDefault(address => address.Link == bond.Index && !address.IsIPv6) is { } kept)
            return new Refuse($"{owner.Name} waits for the DHCP server's answer about {kept.Local}, and would take the address away from "
                + $"{join.SyntheticName} if none came within a minute (ipv4.dhcp-timeout)",
                "try again when the server answers, or set join = \"none\" and restart the machine");
        if (snapshot.Owners.FirstOrDefault(owner => owner.Link == bond.Index)?.State is NetworkdLink { IsAggregate: true, Text: "" } gone)
            return new Refuse($"{bond.Name} is configured from a copy of {gone.File}, which is gone, and systemd-networkd would not configure "
                + $"{join.SyntheticName}", "put the file back, or set join = \"none\" and restart the machine");
        if (LeaseEvidence(bond, snapshot).ToArray() is not { Length: > 0 } evidence)
            return null;
        return new Refuse($"the configuration of {bond.Name} is managed by a program that would not follow it back to "
            + $"{join.SyntheticName} now: {string.Join("; ", evidence)}",
            "try again when that program runs and is done, or set join = \"none\" and restart the machine");
    }

    /// <summary>Plans how a join is taken away again.</summary>
    /// <returns>Null when somebody took it apart, so that only the journal knows what the synthetic had.</returns>
    public static Plan? Detach(Snapshot snapshot, Join join)
    {
        if (snapshot.Find(join.Synthetic) is not { } synthetic)
            return null;
        if (join.Kind == JoinKind.Redirect)
            return RedirectJoin.Detach(snapshot, synthetic, snapshot.Find(join.Vf), join);
        if (snapshot.Find(join.Aggregate) is not { } aggregate || synthetic.Master != aggregate.Index)
            return null;
        return snapshot.FreeBsd is null
            ? BondJoin.Detach(snapshot, synthetic, aggregate, join)
            : LaggJoin.Detach(snapshot, synthetic, aggregate, join);
    }

    /// <summary>The udev properties of an interface that keep network managers away from a VF and tell scripts what
    /// it is; none for anything else.</summary>
    /// <remarks>Wherever the kernel joins a pair, its VF is hands-off, whatever our own settings say: opting out of
    /// our joins does not opt out of the kernel's. A VF that the administrator keeps for himself (join = "none") or
    /// that is in another program's bond must stay visible to the manager that keeps it there, and so must one that the administrator has configured in
    /// the place of its synthetic: else the machine would have no network.</remarks>
    public static ImmutableArray<(string Key, string Value)> UdevProperties(
        Event e, Snapshot snapshot, Settings settings)
    {
        if (Pairing.Find(snapshot, settings.SyntheticDrivers).FirstOrDefault(pair => pair.Has(e.Link)) is not { } pair
            || pair.IsAmbiguous
            || pair.Vf?.Index != e.Link && !pair.Spares.Any(spare => spare.Index == e.Link))
            return [];

        Link vf = snapshot.Find(e.Link)!;
        Join? join = JoinOf(pair, snapshot);
        bool keptByAdministrator = settings.For(pair, join, snapshot).Join == JoinKind.None && join is null && !KernelJoins(pair, snapshot);
        bool configured = join is null && !KernelJoins(pair, snapshot) && Configured(pair, vf, snapshot) is not null;
        bool theirs = vf.Master != 0 && vf.Master != join?.Aggregate && !Pairing.IsKernelPort(vf, pair.Synthetic)
            || vf.Master == 0 && !KernelJoins(pair, snapshot) && HeldBySomebody(pair, join, snapshot) is not null;
        if (keptByAdministrator || configured || theirs)
            return [];
        return
        [
            ("HYPERV_VF", "1"),
            ("HYPERV_VF_SYNTHETIC", pair.Synthetic.Name),
            ("NM_UNMANAGED", "1"), // NetworkManager
            ("ID_NET_MANAGED_BY", "unmanaged"), // systemd-networkd 255, NetworkManager 1.46
            ("AZURE_UNMANAGED_SRIOV", "1"), // 01-azure-unmanaged-sriov.network of azure-vm-utils
        ];
    }

    private static Decision DecideFor(Pair pair, Event e, Snapshot snapshot, Settings settings) =>
        snapshot.FreeBsd is null
            ? Decide(pair, e, snapshot, settings)
            : LaggPolicy.Decide(pair, e, snapshot, settings);

    private static Decision Decide(Pair pair, Event e, Snapshot snapshot, Settings settings)
    {
        Link synthetic = pair.Synthetic;
        Join? join = JoinOf(pair, snapshot);
        settings = settings.For(pair, join, snapshot);

        if (pair.IsAmbiguous)
            return new LeaveAlone($"several synthetic NICs have the address {pair.Mac} "
                + $"({List([.. pair.Rivals.Add(synthetic).OrderBy(link => link.Index)])}), so that it cannot be told which one a VF belongs to");
        // A VF that returns to a pair that is joined already would be a second NIC of the same address otherwise.
        if (settings.Join == JoinKind.None && join is null)
            return new LeaveAlone($"{synthetic.Name} is opted out (join = \"none\")");
        if (pair.Spares.FirstOrDefault(spare => spare.Index == e.Link) is { } spare)
            return new LeaveAlone($"{spare.Name} is a further VF of {synthetic.Name}, which has {pair.Vf!.Name} already");

        bool stands = join is not null && Stands(join, synthetic, snapshot);
        if (settings.Join == JoinKind.Redirect && join is null && e.Link == synthetic.Index && pair.Standby is null
            && synthetic.Master == 0 && (!KernelJoins(pair, snapshot) || settings.Force)
            && RedirectPolicy.Arm(pair, snapshot) is { } arm)
            return arm;
        if (pair.Vf is not { } vf)
            return join is null ? new NotOurs($"{synthetic.Name} has no VF now")
                : join.Kind == JoinKind.Redirect ? new LeaveAlone($"{synthetic.Name} is joined; its VF is away now")
                : stands ? new LeaveAlone($"{synthetic.Name} is joined in {NameOf(join.Aggregate, snapshot)}; "
                    + "its VF is away now")
                : Resume(join, pair, snapshot);

        if (Pairing.IsKernelPort(vf, synthetic))
            return new LeaveAlone($"the kernel has joined {vf.Name} to {synthetic.Name} "
                + (pair.Standby is null ? "(transparent VF)" : "(net_failover)"));
        if (vf.Master != 0 && vf.Master != join?.Aggregate)
            return new LeaveAlone($"{vf.Name} is already a port of {Describe(vf.Master, snapshot)}, "
                + "which another program made: it stays there");
        if (pair.Standby is not null)
            return new LeaveAlone($"the kernel joins {vf.Name} to {synthetic.Name} itself (net_failover)");
        if (vf.Master != 0)
            return stands
                ? new LeaveAlone($"{vf.Name} and {synthetic.Name} are already joined in {NameOf(vf.Master, snapshot)}")
                : Resume(join!, pair, snapshot);

        // The VF is free. Bonding it before netvsc has it makes netvsc fail for good ("can not register netvsc VF
        // receive handler", drivers/net/hyperv/netvsc_drv.c), so netvsc always goes first, old kernels included: RHEL 7 and
        // SLES 12 have transparent VFs in theirs.
        bool netvsc = synthetic.Device?.Driver == Netvsc;
        if (netvsc && !e.DelayOver)
            return new AwaitKernel($"the kernel is about to join {vf.Name} to {synthetic.Name}");

        if (join?.Kind == JoinKind.Redirect)
            return RedirectPolicy.Complete(pair, vf, snapshot, join, VfObstacles(pair, vf, snapshot));
        if (join is not null && !stands)
            return Resume(join, pair, snapshot);
        if (join is not null)
            return (AddressObstacle(pair) ?? VfObstacles(pair, vf, snapshot).FirstOrDefault()) is { } inUse
                ? inUse
                : new Do(BondJoin.AddPort(snapshot, synthetic, vf, snapshot.Find(join.Aggregate)!, join),
                    $"{vf.Name} is back: putting it into {NameOf(join.Aggregate, snapshot)} beside {synthetic.Name}");

        if (HeldBySomebody(pair, join, snapshot) is { } holder)
            return new LeaveAlone($"{synthetic.Name} is a port of {Describe(holder.Index, snapshot)}, which another "
                + $"program made: that program decides about {vf.Name}");
        if (netvsc && KernelJoins(pair, snapshot) && !settings.Force)
            return new Refuse($"the kernel has not joined {vf.Name} to {synthetic.Name} within the delay, though its "
                + "netvsc driver can; nothing was changed, and traffic stays on the synthetic NIC",
                $"look in dmesg for \"{synthetic.Name}: VF registering\" and \"can not register netvsc VF receive "
                + $"handler\", or set force = true {Under(synthetic, join)} to have the pair joined in a bond");

        if (settings.Join == JoinKind.Redirect)
            return RedirectPolicy.Begin(pair, vf, snapshot, VfObstacles(pair, vf, snapshot));

        // A NIC that is off has nothing to lose, but it is off because somebody wants it so or, at boot, because its
        // owner has not come to it yet: what he then gives to it would land on a bond's port.
        if (!synthetic.IsUp)
            return new LeaveAlone($"{synthetic.Name} is switched off: its pair is joined at the next event or scan after "
                + "it was switched on");

        Owners owners = Owners.Of(snapshot, synthetic);
        settings = settings with { TakeName = settings.TakeName || owners.NeedsName };
        return Obstacles(pair, vf, snapshot, settings).FirstOrDefault() is { } obstacle
            ? obstacle
            : new Do(WithUnread(BondJoin.Join(snapshot, synthetic, vf, settings), snapshot),
                $"joining {synthetic.Name} and {vf.Name} in the new bond "
                + settings.AggregateNameFor(synthetic.Name) + (settings.TakeName ? $", which becomes {synthetic.Name}" : "")
                + (owners.Any ? $"; the owner goes along: {owners.Description}" : ""));
    }

    private static Plan WithUnread(Plan plan, Snapshot snapshot) => plan with
    {
        Notes = [.. plan.Notes, .. snapshot.References.Unread.Select(unread =>
            $"{unread}: whether something there goes by {plan.SyntheticName}, and would not follow to the bond, is not known")],
    };

    /// <summary>The address that makes them a pair is the one that they must use: the VF's hardware and the host's switch know
    /// no other, and a bond has the address of its active port (fail_over_mac=active).</summary>
    public static Refuse? AddressObstacle(Pair pair)
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

    /// <summary>All that forbids to join a pair in a bond without loss, the most certain first.</summary>
    public static IEnumerable<Refuse> Obstacles(Pair pair, Link vf, Snapshot snapshot, Settings settings)
    {
        Link synthetic = pair.Synthetic;
        Owners owners = Owners.Of(snapshot, synthetic);
        if (AddressObstacle(pair) is { } changed)
            yield return changed;
        if (synthetic.Master != 0)
            yield return new Refuse($"{synthetic.Name} is a port of {Describe(synthetic.Master, snapshot)}, which it would "
                + "have to leave", Ways(snapshot, synthetic, AtStart("have it made no port")));

        // What an interface stands on cannot be changed, and bonding takes a port with VLANs on it without a word, after
        // which they see only the synthetic's frames. Tunnels bound to it lose their way out likewise.
        if (Uppers(synthetic, snapshot) is { Length: > 0 } uppers)
            yield return new Refuse($"on {synthetic.Name} stand {Kinds(uppers)}, which would lose their traffic: "
                + "they cannot be moved to a bond", Ways(snapshot, synthetic, AtStart("have them made on the bond")));

        if (AddressesByInterface(synthetic, snapshot) is { } way)
            yield return new Refuse($"{way}: a bond would get other addresses, and those of {synthetic.Name} would run out",
                Ways(snapshot, synthetic, OptOut(synthetic)));

        if (synthetic.MulticastAddresses is { IsEmpty: false } groups)
            yield return new Refuse($"{synthetic.Name} was given multicast addresses (ip maddr: {string.Join(", ", groups)}), which "
                + "would stay with it, so that what is sent to them is lost while the VF carries the traffic",
                Ways(snapshot, synthetic, "remove them"));

        if (LeaseEvidence(synthetic, snapshot).ToArray() is { Length: > 0 } evidence)
            yield return new Refuse($"the configuration of {synthetic.Name} is managed by a program that would not follow "
                + $"it to a bond: {string.Join("; ", evidence)}",
                Ways(snapshot, synthetic, $"configure {synthetic.Name} statically"));

        if (snapshot.Owners.Where(owner => owner.Link == synthetic.Index).Select(owner => owner.State).OfType<NetworkdLink>()
            .FirstOrDefault()?.Earlier is { } earlier)
            yield return new Refuse($"{earlier} sorts before the files by which systemd-networkd would be told of the bond, so that it "
                + "would not read them", Ways(snapshot, synthetic, "give it a name that begins with a letter or a digit"));

        // The setting decides nothing where the owner needs the name.
        string otherName = owners.NeedsName
            ? Ways(snapshot, synthetic, AtStart($"have {synthetic.Name} given another name, of at most {InterfaceName.MaxBytes - 1} bytes, for "
                + $"{owners.Name} goes along only to a bond that takes the name"))
            : $"set take_name = false {Under(synthetic, null)}";
        if (settings.TakeName && !owners.ToleratesName)
            yield return new Refuse($"{owners.Name} cannot go along to a bond that takes the name of {synthetic.Name}", otherName);

        string bond = settings.AggregateNameFor(synthetic.Name);
        foreach (Refuse reference in ReferenceObstacles(synthetic, bond, snapshot, settings))
            yield return reference;

        foreach (Refuse inUse in VfObstacles(pair, vf, snapshot))
            yield return inUse;

        if (NameObstacle(bond, $"for the bond of {synthetic.Name}", snapshot) is { } badName)
            yield return badName with { Advice = $"{badName.Advice}set another aggregate_name {Under(synthetic, null)}" };
        string behind = Settings.NameBehind(synthetic.Name);
        if (settings.TakeName
            && NameObstacle(behind, $"that {synthetic.Name} gets behind its bond", snapshot) is { } badOther)
            yield return badOther with { Advice = badOther.Advice + otherName };
    }

    /// <summary>Firewall rules and sockets that would not know the traffic any more once it comes through the bond: a rule that lets
    /// a login through, and a policy that drops the rest, would cut that login.</summary>
    /// <remarks>What goes by the device first: the bond's name is no help against that.</remarks>
    private static IEnumerable<Refuse> ReferenceObstacles(Link synthetic, string bond, Snapshot snapshot, Settings settings)
    {
        string name = synthetic.Name;
        if (Places(ReferenceKind.RuleByIndex) is { } indexed)
            yield return new Refuse($"firewall rules match {name} by its index, which no bond can take over ({indexed})",
                Ways(snapshot, synthetic, "have the rules match the name (iifname and oifname in the place of iif and oif)"));
        if (Places(ReferenceKind.Hook) is { } bound)
            yield return new Refuse($"the firewall is bound to {name} and would not see what comes through a bond ({bound})",
                Ways(snapshot, synthetic, OptOut(synthetic)));
        if (Places(ReferenceKind.Socket) is { } sockets)
            yield return new Refuse($"a program listens on {name} only and would hear nothing through a bond ({sockets})",
                Ways(snapshot, synthetic, "have that program listen on all interfaces"));
        if (!settings.TakeName && Places(ReferenceKind.RuleByName) is { } named)
            yield return new Refuse($"firewall rules match {name} by its name and would not match {bond} ({named})",
                (Owners.Of(snapshot, synthetic).ToleratesName
                    ? $"set take_name = true {Under(synthetic, null)}, which gives the bond the name {name}; or " : "")
                + Ways(snapshot, synthetic, OptOut(synthetic)));

        string? Places(ReferenceKind kind)
        {
            string[] places = [.. snapshot.References.Found.Where(found => found.Link == synthetic.Index && found.Kind == kind)
                .Select(found => found.Place).Distinct()];
            return places.Length switch
            {
                0 => null,
                1 => places[0],
                2 => $"{places[0]}; and another one",
                _ => $"{places[0]}; and {places.Length - 1} others",
            };
        }
    }

    /// <summary>All that shows that somebody uses the VF by itself, so that a bond must not take it.</summary>
    private static IEnumerable<Refuse> VfObstacles(Pair pair, Link vf, Snapshot snapshot)
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
            yield return new Refuse($"on {vf.Name} stand {Kinds(uppers)}: the VF is used by itself",
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
    private static string? Configured(Pair pair, Link vf, Snapshot snapshot)
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

    /// <summary>What shows that an interface's configuration is leased or somebody's, who renews or restores it. An
    /// address's lifetime alone proves nothing: an Azure lease is valid forever.</summary>
    private static IEnumerable<string> LeaseEvidence(Link link, Snapshot snapshot)
    {
        Owners owners = Owners.Of(snapshot, link);
        if (owners is { GoAlong: true, Renews: true })
            yield break;
        foreach (Owner owner in snapshot.Owners.Where(owner => owner.Link == link.Index && !owners.GoAlong))
            yield return owner.State is LeaseClient client && !DhcpClientHandOver.IsSafe(client, snapshot, link)
                ? $"{owner.Description}, whose script would flush the IPv6 addresses that have no end" : owner.Description;
        bool heard = Advertised.IsHeard(snapshot, link);
        foreach (Address address in snapshot.Addresses.Where(address =>
            address.Link == link.Index && !IsLinkLocal(address) && !TemporaryAddresses.Is(address) && !(heard && Advertised.Is(address))))
        {
            if (address.ValidLifetime != Address.Forever)
                yield return $"the address {address.Local}/{address.PrefixLength} ends in {address.ValidLifetime} s";
            else if (address.Protocol == AddedByRouterAdvertisement)
                yield return $"the address {address.Local}/{address.PrefixLength} came by router advertisement";
        }

        HashSet<uint> nextHops = NextHop.Ids(snapshot.NextHops.Where(hop => hop.Link == link.Index));
        nextHops.UnionWith(NextHop.Ids(snapshot.NextHops.Where(group => group.HasOneOf(nextHops))));
        foreach (Route route in snapshot.Routes.Where(route =>
            route.Protocol is RouteProtocol.Dhcp or RouteProtocol.RouterAdvertisement && !(heard && Advertised.Is(route))
            && (route.Uses(link.Index) || route.NextHopId != 0 && nextHops.Contains(route.NextHopId))))
        {
            yield return $"the route to {(route.DestinationLength == 0 ? "default" : $"{route.Destination}/{route.DestinationLength}")} "
                + (route.Protocol == RouteProtocol.Dhcp ? "came by DHCP" : "came by router advertisement");
        }
    }

    /// <summary>An owner that manages the ports, too, takes the synthetic out when a person asks for its own profile, and
    /// knows nothing of what that means to the pair. The host may have taken the NIC away and brought it back.</summary>
    private static Decision Resume(Join join, Pair pair, Snapshot snapshot)
    {
        Link synthetic = pair.Synthetic;
        Link? bond = snapshot.Find(join.Aggregate) is { Kind: "bond" } ours ? ours : null;
        Owners? holder = bond is not null && Owners.Of(snapshot, bond) is { GoAlong: true, HoldsPorts: true } it ? it : null;
        if (bond is not null && synthetic.Index != join.JoinedWith && snapshot.Find(join.JoinedWith) is null)
            return synthetic.Master == bond.Index || holder is null && synthetic.Master == 0 && !IsUsed(synthetic, snapshot)
                ? new Do(BondJoin.TakeBack(synthetic, bond, join),
                    $"{synthetic.Name} is back: putting it into {bond.Name} again, which has no other way out without a VF")
                : new Refuse($"{synthetic.Name} is another interface than the one that was joined, whose configuration {bond.Name} has, "
                    + "and is in use already", AtStart("have it left unconfigured"));
        if (synthetic.Index != join.Synthetic || synthetic.Master != 0)
            return TakenApart(join, pair);
        if (holder is not null)
            return new Do(BondJoin.TakeAgain(snapshot, synthetic, bond!, join),
                $"{holder.Name} has taken {synthetic.Name} out of {bond!.Name}: it is made a port again");
        return Owners.Of(snapshot, synthetic) is { GoAlong: true, HoldsPorts: true } owner
            ? new Do(BondJoin.ClearAway(snapshot, pair.Vf, join), $"{owner.Name} configures {synthetic.Name} by itself again: what "
                + $"is left of {join.AggregateName} is removed, to be made anew")
            : TakenApart(join, pair);
    }

    /// <summary>What makes an interface's IPv6 addresses depend on the interface itself; null where nothing does.</summary>
    /// <remarks>The kernel hashes the permanent address together with the secret (ipv6_generate_stable_address,
    /// net/ipv6/addrconf.c), and a bond has none; networkd hashes the interface's name (src/network/networkd-address-generation.c), and
    /// so does NetworkManager (nm_utils_ipv6_addr_set_stable_privacy), the copy of whose profile can keep one identifier.
    /// A secret that networkd itself has set it sets on the bond as well, and takes the advertisements itself.</remarks>
    private static string? AddressesByInterface(Link link, Snapshot snapshot)
    {
        OwnerState?[] states = [.. snapshot.Owners.Where(owner => owner.Link == link.Index).Select(owner => owner.State)];
        if (states.Any(state => state is NetworkManagerState { AddressesByName: true })
            && NetworkManagerHandOver.Identifiers(snapshot, link).Count() > 1)
            return $"NetworkManager makes the IPv6 addresses of {link.Name} from its name, with another "
                + "identifier for each prefix (ipv6.addr-gen-mode)";
        NetworkdLink? networkd = states.OfType<NetworkdLink>().FirstOrDefault();
        if (networkd?.Text.Contains("prefixstable", StringComparison.OrdinalIgnoreCase) == true)
            return $"systemd-networkd makes the IPv6 addresses of {link.Name} from its name (Token=prefixstable in {networkd.File})";
        if (networkd?.Text.Contains("IPv6StableSecretAddress", StringComparison.OrdinalIgnoreCase) == true)
            return null;
        return SysctlCopy.AddressGenerationMode(snapshot, link) is SysctlCopy.StablePrivacy or SysctlCopy.Random
            ? $"the kernel makes the IPv6 addresses of {link.Name} from a secret (net.ipv6.conf: stable_secret, addr_gen_mode) and the NIC"
            : null;
    }

    private static bool IsUsed(Link link, Snapshot snapshot) => Uppers(link, snapshot).Length > 0 || Owners.Of(snapshot, link).Any
        || snapshot.Addresses.Any(address => address.Link == link.Index && !IsLinkLocal(address));

    /// <summary>Our join was taken apart by hand: the synthetic lost its configuration with it, or got another since.
    /// To join again would be against whoever did it, and to forget would throw away what was recorded; detach settles
    /// both.</summary>
    private static Refuse TakenApart(Join join, Pair pair) =>
        new($"the bond that joined {pair.Synthetic.Name} is gone or no longer holds it: another program took the join apart, and "
            + "nothing is changed",
            $"run hyperv-vfattach detach {pair.Synthetic.Name} to put the recorded configuration of {join.SyntheticName} "
            + "back and forget the join; then it can be joined again");

    private static bool Stands(Join join, Link synthetic, Snapshot snapshot) =>
        join.Synthetic == synthetic.Index && synthetic.Master == join.Aggregate
        && snapshot.Find(join.Aggregate) is { Kind: "bond" };

    /// <summary>The bond or team, not ours, that holds the synthetic: its maker had the same idea as we.</summary>
    private static Link? HeldBySomebody(Pair pair, Join? join, Snapshot snapshot) =>
        pair.Synthetic.Master != join?.Aggregate && snapshot.Find(pair.Synthetic.Master) is { Kind: "bond" or "team" } holder
            ? holder : null;

    // IFF_SLAVE without a master is netvsc's mark on a VF it has seen (Linux c807d6cd089d), back-ported or not. An
    // unknown kernel counts as a new one: to leave a pair alone is always safe.
    private static bool KernelJoins(Pair pair, Snapshot snapshot) =>
        pair.Standby is not null
        || pair.Vf is { } vf && Pairing.IsKernelPort(vf, pair.Synthetic)
        || pair.Synthetic.Device?.Driver == Netvsc
            && (snapshot.Kernel >= TransparentSince || snapshot.Kernel.Major == 0
                || pair.Vf is { Master: 0 } free && free.Flags.HasFlag(LinkFlags.Slave));

    private static Join? JoinOf(Pair pair, Snapshot snapshot) =>
        snapshot.Joins.FirstOrDefault(pair.IsOf);

    private static Link[] Uppers(Link link, Snapshot snapshot) => [.. snapshot.Links.Where(upper => upper.IsOn(link.Index))];

    private static bool IsLinkLocal(Address address) => address.IsIPv6 && address.Local.IsIPv6LinkLocal;

    // With the beginning of an advice, to which the setting at fault is added.
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

    private static string NameOf(int link, Snapshot snapshot) => snapshot.Find(link)?.Name ?? $"interface {link}";

    private static string Kind(Link link) => link.Kind ?? (link.Device?.Driver is { } driver ? $"a {driver} NIC" : "no kind");

    private static string Kinds(IEnumerable<Link> links) =>
        string.Join(", ", links.Select(link => $"{link.Name} ({Kind(link)})"));

    private static string List(IEnumerable<Link> links) => string.Join(", ", links.Select(link => link.Name));

    private static string Describe(int master, Snapshot snapshot) => snapshot.Find(master) is { } link
        ? $"the {Described(link)} {link.Name}"
        : $"interface {master}, which is not visible here";

    private static string Described(Link master) => master.Kind switch
    {
        null => "interface",
        "openvswitch" => "Open vSwitch",
        { } kind => kind,
    };

    private static string Describe(Owner owner) => $"{owner.Program} ({owner.Evidence})";

    /// <summary>The ways out of an obstacle to the bond, the surest first.</summary>
    private static string Ways(Snapshot snapshot, Link synthetic, string other) => RedirectPolicy.IsOffered(snapshot)
        ? $"set join = \"redirect\" {Under(synthetic, null)}, which moves nothing, or {other}" : other;

    // The reader may be connected through what has to go.
    private static string AtStart(string what) => $"{what} from the next start of the machine on, and restart it";

    private static string OptOut(Link synthetic) => $"set join = \"none\" {Under(synthetic, null)} to leave the pair alone";

    private static string Under(Link synthetic, Join? join)
    {
        string name = join?.SyntheticName ?? synthetic.Name;
        bool bare = name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'); // TOML 1.0, "Keys"
        return $"under [interface.{(bare ? name : $"\"{name}\"")}] in the configuration file";
    }
}
