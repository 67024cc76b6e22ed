using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Joins;

/// <summary>Plans the bond join: an active-backup bond takes over the synthetic NIC's configuration, and the VF becomes its
/// preferred port.</summary>
/// <remarks>With this order no send failed with the real driver: the bond is complete before the single batch that takes the
/// synthetic NIC down, and the VF comes last, because switching it on can switch the host's data path (netvsc before
/// 4.14).</remarks>
internal static class BondPlans
{
    /// <summary>Plans a new bond.</summary>
    /// <param name="snapshot">Has everything of the synthetic NIC.</param>
    /// <param name="synthetic">The pair's synthetic NIC; up, not a port.</param>
    /// <param name="vf">The pair's VF, not a port.</param>
    /// <param name="settings">The settings of this pair.</param>
    public static Plan Join(Snapshot snapshot, Link synthetic, Link vf, Settings settings)
    {
        string name = settings.AggregateNameFor(synthetic.Name);
        string lasting = settings.TakeName ? synthetic.Name : name;
        InterfaceOwners owners = InterfaceOwners.Of(snapshot, synthetic);
        Configuration here = For(owners, Advertised.Moving(snapshot, synthetic, Configuration.Of(snapshot, synthetic)));
        Configuration there = here.On(synthetic, Link.OfAggregate, lasting);
        return new Plan
        {
            Goal = Goal.Join,
            Mac = synthetic.PairAddress,
            Synthetic = synthetic.Index,
            SyntheticName = synthetic.Name,
            Vf = vf.Index,
            VfName = vf.Name,
            AggregateName = name,
            Notes = [.. Notes(snapshot, synthetic), .. Move.NotesOf(vf), .. Move.NotesOfOffloads(synthetic, vf)],
            Steps =
            [
                .. InterfaceOwners.ReleaseUninvited(snapshot, vf),
                .. Announce(owners, lasting),
                .. settings.TakeName && !owners.HoldsPorts ? Exclude(Settings.NameBehind(synthetic.Name)) : [],
                Create(name, synthetic, settings),
                .. Adopt(owners),
                settings.TakeName ? Prepare(snapshot, synthetic) : Stage(snapshot, synthetic, there, owners.Any),
                WithOwners(owners, synthetic.Index, synthetic.Name, Link.OfAggregate,
                    Advertised.WithoutCopies(snapshot, synthetic, here), settings.TakeName
                    ? CutOverWithName(snapshot, synthetic, name, here, there)
                    : CutOver(snapshot, synthetic, here, there)) with
                {
                    Expect =
                    [
                        .. synthetic.Carrier
                            ? [new CarriedBy(Link.OfAggregate, synthetic.Index)]
                            : ImmutableArray<Expectation>.Empty,
                        new Holds(there),
                        // Other hosts deliver to the VF, so that nothing answers before it is a port.
                        .. synthetic.Device is { IsHyperVSynthetic: true }
                            ? [new Answers(Link.OfAggregate, there.AnsweringGateways())]
                            : ImmutableArray<Expectation>.Empty,
                    ],
                },
                Finish(snapshot, synthetic, there),
                .. Take(owners, Link.OfAggregate, lasting),
                AddVf(synthetic, vf, Link.OfAggregate, there),
                .. Advertised.Settle(snapshot, synthetic, there, optional: true),
                .. Settle(owners, Link.OfAggregate, there, optional: true),
            ],
        };
    }

    /// <summary>Plans the addition of a VF that came back to the existing bond.</summary>
    /// <param name="snapshot">Has everything of the bond.</param>
    /// <param name="synthetic">The pair's synthetic NIC, a port of the bond.</param>
    /// <param name="vf">The VF, not a port.</param>
    /// <param name="bond">The bond.</param>
    /// <param name="join">The recorded join.</param>
    public static Plan AddPort(Snapshot snapshot, Link synthetic, Link vf, Link bond, Join join) =>
        Plan.About(join, Goal.AddPort) with
    {
        Vf = vf.Index,
        VfName = vf.Name,
        Notes = Move.NotesOf(vf),
        Steps = [.. InterfaceOwners.ReleaseUninvited(snapshot, vf), AddVf(synthetic, vf, bond.Index, WithForgotten(Configuration.Of(snapshot, bond), join))],
    };

    // The bond has lost either all of its static neighbours or none. If it still has some, a missing one was removed by a person.
    private static Configuration WithForgotten(Configuration configuration, Join join)
    {
        if (configuration.Neighbours.Any(neighbour => neighbour.State.HasFlag(NeighbourState.Permanent)))
            return configuration;
        // What answers with another address has changed since.
        ImmutableArray<Neighbour> forgotten = join.Neighbours.RemoveAll(neighbour => configuration.Learned.Any(
            learned => learned.Destination.Equals(neighbour.Destination) && learned.Address != neighbour.Address));
        return configuration with
        {
            Neighbours = [.. configuration.Neighbours, .. forgotten],
            Learned = configuration.Learned.RemoveAll(learned => forgotten.Any(neighbour => neighbour.Destination.Equals(learned.Destination))),
        };
    }

    /// <summary>Plans to make a synthetic NIC, which the host removed and added again or another program took, a port of the bond again. The
    /// bond has kept the configuration.</summary>
    public static Plan TakeBack(Snapshot snapshot, Link synthetic, Link bond, Join join) => Plan.About(join, Goal.AddPort) with
    {
        Synthetic = synthetic.Index,
        Vf = synthetic.Index,
        VfName = synthetic.Name,
        Steps =
        [
            .. InterfaceOwners.ReleaseUninvited(snapshot, synthetic),
            synthetic.Master == bond.Index
                ? new Step($"take {synthetic.Name} back", [new SetUp(synthetic.Index, true)], [])
                : new Step($"take {synthetic.Name} back", [new SetMaster(synthetic.Index, bond.Index, Down: true)],
                    [new SetMaster(synthetic.Index, 0), new SetUp(synthetic.Index, synthetic.IsUp)]),
        ],
    };

    /// <summary>Plans to have the owner of the bond make the synthetic NIC its port again.</summary>
    public static Plan TakeAgain(Snapshot snapshot, Link synthetic, Link bond, Join join)
    {
        // It may have come back with another index.
        Snapshot now = snapshot with
        {
            Joins = [.. snapshot.Joins.Select(it => it.Mac == join.Mac ? it with { Synthetic = synthetic.Index } : it)],
        };
        return Plan.About(join, Goal.AddPort) with
        {
            Synthetic = synthetic.Index,
            Vf = synthetic.Index,
            VfName = synthetic.Name,
            // No undo: it would make the owner release both interfaces, and then no program would manage them.
            Steps = [.. Take(InterfaceOwners.Of(now, bond), bond.Index, bond.Name).Select(step => step with { Undo = [] })],
        };
    }

    /// <summary>Plans the removal of an unused bond, whose owner configures the synthetic NIC again. The VF is switched off, or the
    /// kernel would give addresses to it.</summary>
    public static Plan ClearAway(Snapshot snapshot, Link? vf, Join join)
    {
        Link? bond = snapshot.Find(join.Aggregate) is { Kind: "bond" } found ? found : null;
        var changes = ImmutableArray.CreateBuilder<Change>();
        if (vf is not null && vf.Master == bond?.Index)
            changes.Add(new SetMaster(vf.Index, 0));
        if (vf is not null)
            changes.Add(new SetUp(vf.Index, false));
        if (bond is not null)
            changes.Add(new DeleteLink(bond.Index));
        return Plan.About(join, Goal.Detach) with { Steps = [new Step("remove the bond", changes.ToImmutable(), [])] };
    }

    /// <summary>Plans the move of the bond's present configuration, including changes since the join, to the synthetic NIC.</summary>
    /// <param name="snapshot">Has everything of synthetic NIC and bond.</param>
    /// <param name="synthetic">The pair's synthetic NIC, a port of the bond.</param>
    /// <param name="bond">The bond.</param>
    /// <param name="join">The recorded join.</param>
    public static Plan Detach(Snapshot snapshot, Link synthetic, Link bond, Join join)
    {
        bool hasName = bond.Name == join.SyntheticName;
        string lasting = hasName ? bond.Name : synthetic.Name;
        InterfaceOwners owners = InterfaceOwners.Of(snapshot, bond);
        Configuration here = For(owners, Advertised.Moving(snapshot, bond, Configuration.Of(snapshot, bond)));
        Configuration there = WithForgotten(here, join).On(bond, synthetic.Index, lasting);
        ImmutableArray<Link> vfs =
            [.. snapshot.Links.Where(link => link.Master == bond.Index && link.Index != synthetic.Index)];
        return Plan.About(join, Goal.Detach) with
        {
            Vf = vfs.FirstOrDefault()?.Index ?? 0,
            VfName = vfs.FirstOrDefault()?.Name,
            Steps =
            [
                .. vfs.Select(vf => ReleaseVf(vf, synthetic, bond, here)),
                WithOwners(owners, bond.Index, bond.Name, synthetic.Index, Advertised.WithoutCopies(snapshot, bond, here),
                    CutBack(snapshot, synthetic, bond, hasName ? join : null, here, there)),
                FinishBack(snapshot, synthetic, bond, there),
                .. Take(owners, synthetic.Index, lasting),
                .. Advertised.Settle(snapshot, bond, there, optional: false),
                .. Settle(owners, synthetic.Index, there, optional: false),
                new Step("remove the bond",
                [
                    new DeleteLink(bond.Index), .. owners.Withdraw(bond.Name),
                    .. hasName ? [new ExcludeName(Settings.NameBehind(bond.Name), false)] : ImmutableArray<Change>.Empty,
                ], []),
            ],
        };
    }

    // An owner of ports is told of the synthetic NIC by its index.
    private static ImmutableArray<Step> Exclude(string name) =>
        [new Step($"have NetworkManager leave {name} alone", [new ExcludeName(name, true)], [new ExcludeName(name, false)])];

    private static ImmutableArray<Step> Announce(InterfaceOwners owners, string aggregate) =>
        owners.Announce(aggregate) is { IsEmpty: false } changes
            ? [new Step($"prepare {owners.Name}", changes, owners.Withdraw(aggregate))] : [];

    private static ImmutableArray<Step> Adopt(InterfaceOwners owners) =>
        owners.Adopt(Link.OfAggregate) is { IsEmpty: false } changes
            ? [new Step($"tell {owners.Name} of the bond", changes, [])] : [];

    private static Configuration For(InterfaceOwners owners, Configuration configuration) =>
        owners.LeavesLifetimes ? configuration.WithoutEnd() : configuration;

    // The owner releases the interface at both ends of the move. The undo gives the interface back to it, whether or not it had
    // released it. The removal of the route copies comes last, because it waits for the router.
    private static Step WithOwners(
        InterfaceOwners owners, int from, string name, int to, ImmutableArray<Change> afterwards, Step move) => move with
    {
        Changes = [.. owners.Release(from), .. move.Changes, .. owners.Released(from)],
        Undo = [.. move.Undo, .. owners.Released(to), .. owners.Take(from, name), .. afterwards],
    };

    private static ImmutableArray<Step> Take(InterfaceOwners owners, int link, string name) =>
        owners.Take(link, name) is { IsEmpty: false } changes
            ? [new Step($"hand over to {owners.Name}", changes, owners.Release(link))] : [];

    private static ImmutableArray<Step> Settle(InterfaceOwners owners, int link, Configuration there, bool optional) =>
        owners.Settle(link, there) is { IsEmpty: false } changes
            ? [new Step($"await {owners.Name}", changes, []) { Optional = optional }] : [];

    private static Step Create(string name, Link synthetic, Settings settings) => new(
        "create the bond",
        [new CreateBond(name, synthetic.Address, LinkAttributes.Of(synthetic), settings.Miimon)],
        [new DeleteLink(Link.OfAggregate)]);

    private static ImmutableArray<Change> LikeSynthetic(Snapshot snapshot, Link synthetic) =>
    [
        .. SysctlCopy.WithoutAddressGeneration(snapshot, synthetic, Link.OfAggregate),
        .. TemporaryAddresses.SwitchedOff(snapshot, model: 0, Link.OfAggregate),
        .. SysctlCopy.Differences(snapshot, synthetic, model: 0, Link.OfAggregate),
        .. InterfaceToken.Copy(snapshot, synthetic, has: null, Link.OfAggregate),
    ];

    private static Step Prepare(Snapshot snapshot, Link synthetic) =>
        new("prepare the bond", LikeSynthetic(snapshot, synthetic), []);

    private static Step Stage(Snapshot snapshot, Link synthetic, Configuration there, bool mayBeThere) => new(
        "prepare the bond",
        [
            .. LikeSynthetic(snapshot, synthetic),
            new SetUp(Link.OfAggregate, true),
            .. mayBeThere ? Move.StagedAgain(there) : Move.Staged(there),
        ],
        // The rest goes with the bond when it is deleted; a multipath route would lose only its leg through the bond.
        Move.WithoutShared(there, Link.OfAggregate));

    private static Step CutOver(Snapshot snapshot, Link synthetic, Configuration here, Configuration there) => new(
        "cut over",
        [
            .. Move.RoutesInstead(snapshot, there),
            new SetMaster(synthetic.Index, Link.OfAggregate, Down: true),
            .. Move.Neighbours(there),
            .. Move.ThroughObjects(there),
            // The synthetic NIC's IPv6 routes were removed when it went down. All additions precede the removals, so that each kind
            // is one batch.
            .. Move.RoutesAfter(snapshot, there),
            .. Move.RulesOf(there, instead: here),
            .. Move.WithoutIPv4(here),
            .. Move.WithoutShared(here, synthetic.Index),
            .. Move.WithoutRules(here, there),
        ],
        [
            .. SysctlCopy.WithoutAddressGeneration(snapshot, synthetic, synthetic.Index),
            .. TemporaryAddresses.SwitchedOff(snapshot, synthetic.Index, synthetic.Index),
            new SetMaster(synthetic.Index, 0),
            // The bond's routes would take precedence over the synthetic NIC's, and the bond exists until the owner manages the
            // synthetic NIC again.
            new SetUp(Link.OfAggregate, false),
            new SetUp(synthetic.Index, synthetic.IsUp),
            .. Move.Recreate(snapshot, here),
            .. Move.ThroughObjects(here, synthetic.Index),
            .. Move.Rules(there, here),
            .. TemporaryAddresses.Settled(snapshot, synthetic, here, synthetic.Index),
            .. SysctlCopy.AddressGenerationAs(snapshot, synthetic, synthetic.Index),
        ]);

    // An interface that is up cannot be renamed before Linux 6.2 (bd039b5ea2a9). So here the bond gets name, routes and addresses
    // only after the synthetic NIC has lost them.
    private static Step CutOverWithName(
        Snapshot snapshot, Link synthetic, string name, Configuration here, Configuration there) => new(
        "cut over, with the name",
        [
            new SetUp(synthetic.Index, false),
            new SetName(synthetic.Index, Settings.NameBehind(synthetic.Name)),
            new SetName(Link.OfAggregate, synthetic.Name),
            new SetUp(Link.OfAggregate, true),
            new SetMaster(synthetic.Index, Link.OfAggregate, Down: true),
            .. Move.Recreate(snapshot, there),
            .. Move.ThroughObjects(there),
            .. Move.WithoutIPv4(here),
            .. Move.WithoutShared(here, synthetic.Index),
        ],
        [
            .. SysctlCopy.WithoutAddressGeneration(snapshot, synthetic, synthetic.Index),
            .. TemporaryAddresses.SwitchedOff(snapshot, synthetic.Index, synthetic.Index),
            new SetUp(Link.OfAggregate, false),
            .. Move.WithoutShared(there, Link.OfAggregate),
            new SetName(Link.OfAggregate, name),
            new SetMaster(synthetic.Index, 0),
            new SetUp(synthetic.Index, false),
            new SetName(synthetic.Index, synthetic.Name),
            .. Move.WithoutRelabelled(here),
            new SetUp(synthetic.Index, synthetic.IsUp),
            .. Move.Recreate(snapshot, here),
            .. Move.ThroughObjects(here, synthetic.Index),
            .. TemporaryAddresses.Settled(snapshot, synthetic, here, synthetic.Index),
            .. SysctlCopy.AddressGenerationAs(snapshot, synthetic, synthetic.Index),
        ]);

    private static Step Finish(Snapshot snapshot, Link synthetic, Configuration there) => new(
        "finish the bond",
        [
            .. AltNamesToBond(synthetic.AltNames, synthetic, Link.OfAggregate),
            .. TemporaryAddresses.Settled(snapshot, synthetic, there, Link.OfAggregate),
            .. SysctlCopy.AddressGenerationAs(snapshot, synthetic, Link.OfAggregate),
        ],
        [
            .. AltNamesToSynthetic(synthetic.AltNames, synthetic, Link.OfAggregate),
            .. WithoutPlaceholder(synthetic.AltNames, synthetic.Index, Placeholder(synthetic)),
        ]);

    private static Step AddVf(Link synthetic, Link vf, int bond, Configuration configuration) => new(
        "add the VF",
        [
            // A bond drops frames that an inactive port receives. Frames that are in flight to the synthetic NIC when the VF
            // becomes active are no duplicates, so both ports accept frames for that moment.
            new SetAllPortsActive(bond, true),
            new SetMaster(vf.Index, bond, Down: true),
            new SetPrimary(bond, vf.Index),
            new WaitForActive(bond, vf.Index),
            .. Move.PutNeighbours(configuration),
            new WaitForQuiet(synthetic.Index),
            new SetAllPortsActive(bond, false),
        ],
        [new SetMaster(vf.Index, 0), new SetAllPortsActive(bond, false), .. Move.PutNeighbours(configuration)])
    {
        Optional = true,
        Expect = [new Answers(bond, configuration.AnsweringGateways())],
    };

    private static Step ReleaseVf(Link vf, Link synthetic, Link bond, Configuration configuration) => new(
        "release the VF",
        [new SetMaster(vf.Index, 0)],
        [
            new SetMaster(vf.Index, bond.Index, Down: true),
            new SetPrimary(bond.Index, vf.Index),
            new WaitForActive(bond.Index, vf.Index),
            .. Move.PutNeighbours(configuration),
        ])
    {
        Expect = synthetic.Carrier ? [new CarriedBy(bond.Index, synthetic.Index)] : [],
    };

    private static Step CutBack(
        Snapshot snapshot, Link synthetic, Link bond, Join? named, Configuration here, Configuration there) => new(
        "cut back",
        [
            // As long as the bond is up: the kernel reports only of such an interface that it has lost a name (netdev_state_change).
            .. AltNamesToSynthetic(bond.AltNames, synthetic, bond.Index),
            .. SysctlCopy.WithoutAddressGenerationOfPort(snapshot, synthetic),
            .. TemporaryAddresses.SwitchedOff(snapshot, synthetic.Index, synthetic.Index),
            .. SysctlCopy.Differences(snapshot, bond, model: synthetic.Index, synthetic.Index),
            .. Token(snapshot, bond, synthetic.Token, synthetic),
            new SetMaster(synthetic.Index, 0),
            .. named is null
                ? ImmutableArray<Change>.Empty
                :
                [
                    new SetUp(bond.Index, false),
                    new SetName(bond.Index, named.AggregateName),
                    new SetName(synthetic.Index, named.SyntheticName),
                ],
            new SetMtu(synthetic.Index, bond.Mtu),
            new SetUp(synthetic.Index, true),
            .. Move.Recreate(snapshot, there),
            .. Move.WithoutShared(here, bond.Index),
            .. Move.Rules(here, there),
            new SetUp(bond.Index, false),
            .. Move.ThroughObjects(there, synthetic.Index),
        ],
        [
            .. SysctlCopy.WithoutAddressGeneration(snapshot, bond, bond.Index),
            .. TemporaryAddresses.SwitchedOff(snapshot, bond.Index, bond.Index),
            .. named is null
                ? ImmutableArray<Change>.Empty
                :
                [
                    new SetUp(synthetic.Index, false),
                    new SetName(synthetic.Index, synthetic.Name),
                    new SetName(bond.Index, bond.Name),
                    .. Move.WithoutRelabelled(here),
                ],
            .. SysctlCopy.Differences(snapshot, synthetic, model: bond.Index, synthetic.Index),
            .. Token(snapshot, synthetic, bond.Token, synthetic),
            .. TemporaryAddresses.AsBefore(snapshot, synthetic),
            new SetUp(bond.Index, bond.IsUp),
            new SetMaster(synthetic.Index, bond.Index, Down: true),
            // If the synthetic NIC was still a port, it was switched off above to be renamed.
            new SetUp(synthetic.Index, synthetic.IsUp),
            .. Move.Recreate(snapshot, here),
            .. Move.ThroughObjects(here, bond.Index),
            .. Move.WithoutIPv4(there),
            .. Move.WithoutShared(there, synthetic.Index),
            .. Move.Rules(there, here),
            .. TemporaryAddresses.Settled(snapshot, bond, here, bond.Index),
            .. SysctlCopy.AddressGenerationAs(snapshot, bond, bond.Index),
            .. SysctlCopy.AddressGenerationOfPort(snapshot, synthetic),
            .. AltNamesToBond(bond.AltNames, synthetic, bond.Index),
            .. WithoutPlaceholder(bond.AltNames, bond.Index, PlaceholderOfBond(synthetic)),
        ])
    {
        Expect = [new Holds(there), new Answers(synthetic.Index, there.AnsweringGateways())],
    };

    private static Step FinishBack(Snapshot snapshot, Link synthetic, Link bond, Configuration there) => new(
        "finish",
        [
            .. TemporaryAddresses.Settled(snapshot, bond, there, synthetic.Index),
            .. SysctlCopy.AddressGenerationAs(snapshot, synthetic, synthetic.Index),
        ],
        []);

    private static ImmutableArray<Change> AltNamesToBond(ImmutableArray<string> names, Link synthetic, int bond) =>
        AltNames(names, synthetic.Index, bond, Placeholder(synthetic));

    private static ImmutableArray<Change> AltNamesToSynthetic(ImmutableArray<string> names, Link synthetic, int bond) =>
        AltNames(names, bond, synthetic.Index, PlaceholderOfBond(synthetic));

    // systemd-networkd does not notice that an interface has lost its last alternative name. When another interface gets that name,
    // networkd takes this for an error and configures that interface anew (link_update_alternative_names, src/network/networkd-link.c). So a
    // placeholder is the last one.
    private static ImmutableArray<Change> AltNames(ImmutableArray<string> names, int from, int to, string placeholder) => names.IsEmpty ? [] :
    [
        // A run that died with its journal may have left it.
        .. names.Contains(placeholder) ? ImmutableArray<Change>.Empty : [new AddAltName(from, placeholder)],
        .. names.Remove(placeholder).SelectMany(name => new Change[] { new RemoveAltName(from, name), new AddAltName(to, name) }),
        new RemoveAltName(from, placeholder),
    ];

    // A move that was interrupted has left it.
    private static ImmutableArray<Change> WithoutPlaceholder(ImmutableArray<string> names, int from, string placeholder) =>
        names.IsEmpty ? [] : [new RemoveAltName(from, placeholder)];

    // networkd goes on believing that the interface has it, so no two interfaces may have the same.
    private static string Placeholder(Link synthetic) => $"hyperv-vfattach-{synthetic.Index}";

    private static string PlaceholderOfBond(Link synthetic) => $"hyperv-vfattach-bond-{synthetic.Index}";

    // An interface without neighbour discovery (arp off) accepts no token, but keeps an earlier one.
    private static ImmutableArray<Change> Token(Snapshot snapshot, Link from, IPAddress? has, Link to) =>
        to.Flags.HasFlag(LinkFlags.NoArp) ? [] : InterfaceToken.Copy(snapshot, from, has, to.Index);

    private static ImmutableArray<string> Notes(Snapshot snapshot, Link synthetic)
    {
        var notes = ImmutableArray.CreateBuilder<string>();
        if (!QueueingDiscipline.IsUsual(synthetic.Qdisc))
            notes.Add($"the queueing discipline {synthetic.Qdisc} of {synthetic.Name} stays there and does not act on "
                + "the bond's traffic");
        if (synthetic.Alias is { } alias)
            notes.Add($"the alias \"{alias}\" of {synthetic.Name} stays with it: give the bond one, too (ip link set alias)");
        if (synthetic.HasXdp)
            notes.Add($"the XDP program of {synthetic.Name} does not see packets that arrive on the VF");
        // An owner that renews the lease gives its name servers to the bond.
        if (synthetic.HasNameServers && !InterfaceOwners.Of(snapshot, synthetic).HoldsPorts)
            notes.Add($"the name servers that systemd-resolved was given for {synthetic.Name} stay with it: look whether the bond has them, too "
                + "(resolvectl dns)");
        foreach (Classifier filter in snapshot.Classifiers)
        {
            if (filter.Link == synthetic.Index && filter is { Hook: not Hook.Discipline, Unseen: null })
                notes.Add($"the {(filter.Hook == Hook.Egress ? "egress" : "ingress")} filter {filter.Name ?? filter.Kind} stays on "
                    + $"{synthetic.Name} and does not see packets that pass through the VF: attach it to the bond");
        }
        return notes.ToImmutable();
    }
}
