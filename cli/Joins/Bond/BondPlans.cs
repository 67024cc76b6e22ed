using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Joins;

/// <summary>Plans the bond join: an active-backup bond takes the synthetic's configuration over, the VF is its
/// preferred port.</summary>
/// <remarks>The order is the one with which no send failed on the real driver: the bond stands complete before the one
/// batch that takes the synthetic down, and the VF comes last, because bringing it up can switch the host's data path
/// (netvsc before 4.14).</remarks>
internal static class BondPlans
{
    /// <summary>Plans a new bond.</summary>
    /// <param name="snapshot">Holds everything of the synthetic.</param>
    /// <param name="synthetic">The pair's synthetic NIC; switched on, a port of nothing.</param>
    /// <param name="vf">The pair's VF, a port of nothing.</param>
    /// <param name="settings">The settings that hold for this pair.</param>
    public static Plan Join(Snapshot snapshot, Link synthetic, Link vf, Settings settings)
    {
        string name = settings.AggregateNameFor(synthetic.Name);
        string lasting = settings.TakeName ? synthetic.Name : name;
        Owners owners = Owners.Of(snapshot, synthetic);
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
            Notes = [.. Notes(snapshot, synthetic), .. Move.NotesOf(vf)],
            Steps =
            [
                .. Owners.SendAway(snapshot, vf),
                .. Announce(owners, lasting),
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
                        new Answers(Link.OfAggregate, there.AnsweringGateways()),
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

    /// <summary>Plans how a VF that came back joins the bond that stands.</summary>
    /// <param name="snapshot">Holds everything of the bond.</param>
    /// <param name="synthetic">The pair's synthetic NIC, a port of the bond.</param>
    /// <param name="vf">The VF, a port of nothing.</param>
    /// <param name="bond">The bond.</param>
    /// <param name="join">What is remembered of the join.</param>
    public static Plan AddPort(Snapshot snapshot, Link synthetic, Link vf, Link bond, Join join) =>
        Plan.About(join, Goal.AddPort) with
    {
        Vf = vf.Index,
        VfName = vf.Name,
        Notes = Move.NotesOf(vf),
        Steps = [.. Owners.SendAway(snapshot, vf), AddVf(synthetic, vf, bond.Index, WithForgotten(Configuration.Of(snapshot, bond), join))],
    };

    // The bond has forgotten all of its static neighbours, or none: a person who has removed one wants it gone.
    private static Configuration WithForgotten(Configuration configuration, Join join) =>
        configuration.Neighbours.Any(neighbour => neighbour.State.HasFlag(NeighbourState.Permanent)) ? configuration
        : configuration with { Neighbours = [.. configuration.Neighbours, .. join.Neighbours] };

    /// <summary>Plans how a synthetic that the host took away and brought back becomes a port again: the bond has what it had.</summary>
    public static Plan TakeBack(Link synthetic, Link bond, Join join) => Plan.About(join, Goal.AddPort) with
    {
        Synthetic = synthetic.Index,
        Vf = synthetic.Index,
        VfName = synthetic.Name,
        Steps =
        [
            synthetic.Master == bond.Index
                ? new Step($"take {synthetic.Name} back", [new SetUp(synthetic.Index, true)], [])
                : new Step($"take {synthetic.Name} back", [new SetMaster(synthetic.Index, bond.Index, Down: true)],
                    [new SetMaster(synthetic.Index, 0), new SetUp(synthetic.Index, synthetic.IsUp)]),
        ],
    };

    /// <summary>Plans how the owner, which cares for the bond, makes the synthetic a port of it again.</summary>
    public static Plan TakeAgain(Snapshot snapshot, Link synthetic, Link bond, Join join) => Plan.About(join, Goal.AddPort) with
    {
        Vf = synthetic.Index,
        VfName = synthetic.Name,
        // To let go of both would be no way back: nobody would have them then.
        Steps = [.. Take(Owners.Of(snapshot, bond), bond.Index, bond.Name).Select(step => step with { Undo = [] })],
    };

    /// <summary>Plans how a bond goes that nobody uses any more: its owner has the synthetic again. A VF that is left on is
    /// given addresses by the kernel.</summary>
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

    /// <summary>Plans how the synthetic gets back what the bond has now, which is what it had, and whatever the
    /// administrator has changed since.</summary>
    /// <param name="snapshot">Holds everything of synthetic and bond.</param>
    /// <param name="synthetic">The pair's synthetic NIC, a port of the bond.</param>
    /// <param name="bond">The bond.</param>
    /// <param name="join">What is remembered of the join.</param>
    public static Plan Detach(Snapshot snapshot, Link synthetic, Link bond, Join join)
    {
        bool hasName = bond.Name == join.SyntheticName;
        string lasting = hasName ? bond.Name : synthetic.Name;
        Owners owners = Owners.Of(snapshot, bond);
        Configuration here = For(owners, Advertised.Moving(snapshot, bond, Configuration.Of(snapshot, bond)));
        Configuration there = here.On(bond, synthetic.Index, lasting);
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
                FinishBack(snapshot, synthetic, bond, here, there),
                .. Take(owners, synthetic.Index, lasting),
                .. Advertised.Settle(snapshot, bond, there, optional: false),
                .. Settle(owners, synthetic.Index, there, optional: false),
                new Step("remove the bond", [new DeleteLink(bond.Index), .. owners.Withdraw(bond.Name)], []),
            ],
        };
    }

    private static ImmutableArray<Step> Announce(Owners owners, string aggregate) =>
        owners.Announce(aggregate) is { IsEmpty: false } changes
            ? [new Step($"prepare {owners.Name}", changes, owners.Withdraw(aggregate))] : [];

    private static ImmutableArray<Step> Adopt(Owners owners) =>
        owners.Adopt(Link.OfAggregate) is { IsEmpty: false } changes
            ? [new Step($"tell {owners.Name} of the bond", changes, [])] : [];

    private static Configuration For(Owners owners, Configuration configuration) =>
        owners.LeavesLifetimes ? configuration.WithoutEnd() : configuration;

    // The owner lets go at both ends of the move; on the way back it gets back what it had, however far it had let go. Last
    // goes what was only there until the router had spoken again, because that takes a while.
    private static Step WithOwners(
        Owners owners, int from, string name, int to, ImmutableArray<Change> afterwards, Step move) => move with
    {
        Changes = [.. owners.Release(from), .. move.Changes, .. owners.Released(from)],
        Undo = [.. move.Undo, .. owners.Released(to), .. owners.Take(from, name), .. afterwards],
    };

    private static ImmutableArray<Step> Take(Owners owners, int link, string name) =>
        owners.Take(link, name) is { IsEmpty: false } changes
            ? [new Step($"hand over to {owners.Name}", changes, owners.Release(link))] : [];

    private static ImmutableArray<Step> Settle(Owners owners, int link, Configuration there, bool optional) =>
        owners.Settle(link, there) is { IsEmpty: false } changes
            ? [new Step($"await {owners.Name}", changes, []) { Optional = optional }] : [];

    private static Step Create(string name, Link synthetic, Settings settings) => new(
        "create the bond",
        [
            new CreateBond(
                name, synthetic.Address, synthetic.Mtu, synthetic.TxQueueLength, synthetic.Group, settings.Miimon),
        ],
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
        // The bond takes the rest along when it is deleted; of a route with a leg elsewhere only its own leg.
        Move.WithoutShared(there, Link.OfAggregate));

    private static Step CutOver(Snapshot snapshot, Link synthetic, Configuration here, Configuration there) => new(
        "cut over",
        [
            .. Move.RoutesInstead(snapshot, there),
            new SetMaster(synthetic.Index, Link.OfAggregate, Down: true),
            .. Move.Neighbours(there),
            .. Move.ThroughObjects(there),
            // The synthetic's IPv6 routes went when it was switched off. All that is added goes before what is taken away, so
            // that each is one batch.
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
            // Its routes come before the synthetic's, and it stands until the owner has begun again.
            new SetUp(Link.OfAggregate, false),
            new SetUp(synthetic.Index, synthetic.IsUp),
            .. Move.Anew(snapshot, here),
            .. Move.ThroughObjects(here, synthetic.Index),
            .. Move.Rules(there, here),
            .. TemporaryAddresses.Settled(snapshot, synthetic, here, synthetic.Index),
            .. SysctlCopy.AddressGenerationAs(snapshot, synthetic, synthetic.Index),
        ]);

    // An interface that is on cannot be renamed before Linux 6.2 (bd039b5ea2a9), so here the bond gets name, routes
    // and addresses only when the synthetic has lost them.
    private static Step CutOverWithName(
        Snapshot snapshot, Link synthetic, string name, Configuration here, Configuration there) => new(
        "cut over, with the name",
        [
            new SetUp(synthetic.Index, false),
            new SetName(synthetic.Index, Settings.NameBehind(synthetic.Name)),
            new SetName(Link.OfAggregate, synthetic.Name),
            new SetUp(Link.OfAggregate, true),
            new SetMaster(synthetic.Index, Link.OfAggregate, Down: true),
            .. Move.Anew(snapshot, there),
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
            .. Move.Anew(snapshot, here),
            .. Move.ThroughObjects(here, synthetic.Index),
            .. TemporaryAddresses.Settled(snapshot, synthetic, here, synthetic.Index),
            .. SysctlCopy.AddressGenerationAs(snapshot, synthetic, synthetic.Index),
        ]);

    private static Step Finish(Snapshot snapshot, Link synthetic, Configuration there) => new(
        "finish the bond",
        [
            .. Move.AltNames(synthetic.AltNames, synthetic.Index, Link.OfAggregate),
            .. TemporaryAddresses.Settled(snapshot, synthetic, there, Link.OfAggregate),
            .. SysctlCopy.AddressGenerationAs(snapshot, synthetic, Link.OfAggregate),
        ],
        Move.AltNames(synthetic.AltNames, Link.OfAggregate, synthetic.Index));

    private static Step AddVf(Link synthetic, Link vf, int bond, Configuration configuration) => new(
        "add the VF",
        [
            // A bond drops what a port receives that is not the active one. Frames that are on their way to the
            // synthetic when the VF becomes active are no duplicates, so for that moment both count.
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
            .. Move.Anew(snapshot, there),
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
            // A synthetic that was still a port has been switched off for its name.
            new SetUp(synthetic.Index, synthetic.IsUp),
            .. Move.Anew(snapshot, here),
            .. Move.ThroughObjects(here, bond.Index),
            .. Move.WithoutIPv4(there),
            .. Move.WithoutShared(there, synthetic.Index),
            .. Move.Rules(there, here),
            .. TemporaryAddresses.Settled(snapshot, bond, here, bond.Index),
            .. SysctlCopy.AddressGenerationAs(snapshot, bond, bond.Index),
            .. SysctlCopy.AddressGenerationOfPort(snapshot, synthetic),
        ])
    {
        Expect = [new Holds(there), new Answers(synthetic.Index, there.AnsweringGateways())],
    };

    private static Step FinishBack(
        Snapshot snapshot, Link synthetic, Link bond, Configuration here, Configuration there) => new(
        "finish",
        [
            .. Move.AltNames(bond.AltNames, bond.Index, synthetic.Index),
            .. TemporaryAddresses.Settled(snapshot, bond, there, synthetic.Index),
            .. SysctlCopy.AddressGenerationAs(snapshot, synthetic, synthetic.Index),
        ],
        Move.AltNames(bond.AltNames, synthetic.Index, bond.Index));

    // An interface without neighbour discovery (arp off) can have no token, but keeps one that it had before.
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
        if (synthetic.HasNameServers && !Owners.Of(snapshot, synthetic).HoldsPorts)
            notes.Add($"the name servers that systemd-resolved was given for {synthetic.Name} stay with it: give them to the bond, too "
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
