using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Joins;

/// <summary>Plans the redirect join: BPF programs redirect the synthetic NIC's traffic through the VF, and the synthetic NIC
/// keeps its whole configuration.</summary>
/// <remarks>
/// The kernel alone falls back: it empties the map's entry when the VF is unregistered, and a VF that is down or has no
/// carrier refuses the frame, which then leaves through the synthetic NIC. So the map's entry is written only once, at the end.
/// </remarks>
internal static class RedirectPlans
{
    /// <summary>Plans a new redirect.</summary>
    /// <param name="snapshot">Has everything of synthetic NIC and VF.</param>
    /// <param name="synthetic">The pair's synthetic NIC.</param>
    /// <param name="vf">The pair's VF, not a port.</param>
    public static Plan Join(Snapshot snapshot, Link synthetic, Link vf) => New(synthetic) with
    {
        Vf = vf.Index,
        VfName = vf.Name,
        Notes = [.. Notes(synthetic), .. Move.NotesOf(vf), .. Move.NotesOfOffloads(synthetic, vf)],
        // The synthetic NIC's program first: if the kernel lacks a feature, it fails here, before the VF is changed.
        Steps =
        [
            Program(snapshot, synthetic), .. InterfaceOwners.ReleaseUninvited(snapshot, vf), Prepare(snapshot, synthetic, vf),
            Switch(snapshot, synthetic, vf),
        ],
    };

    /// <summary>Plans the part of a join that needs no VF.</summary>
    /// <remarks>Adding clsact to an interface that is up deactivates its queues for a moment (dev_deactivate in qdisc_graft,
    /// net/sched/sch_api.c), and what it sends then is lost. So this is done while it is down, at its own event, if
    /// possible.</remarks>
    public static Plan Arm(Snapshot snapshot, Link synthetic) => New(synthetic) with
    {
        Steps = [Program(snapshot, synthetic)],
    };

    /// <summary>Plans to redirect through a VF that came back, or to complete an incomplete redirect.</summary>
    /// <inheritdoc cref="Join"/>
    /// <param name="join">The recorded join.</param>
    public static Plan AddVf(Snapshot snapshot, Link synthetic, Link vf, Join join)
    {
        Step prepare = Prepare(snapshot, synthetic, vf);
        if (join.VfStep is { } before && join.Vf == vf.Index)
            prepare = prepare with { Undo = [.. VfMark.Without(before.Undo), .. VfMark.Clear(vf)] }; // Only that has the VF's original state.
        return Plan.About(join, Goal.AddPort) with
        {
            Vf = vf.Index,
            VfName = vf.Name,
            Notes = Move.NotesOf(vf),
            Steps =
            [
                .. RedirectState.HasPrograms(snapshot, synthetic)
                    ? ImmutableArray<Step>.Empty
                    // What is there of an older redirect stays if this fails.
                    : [RedirectState.HasProgram(snapshot, synthetic) ? Program(snapshot, synthetic) with { Undo = [] } : Program(snapshot, synthetic)],
                .. InterfaceOwners.ReleaseUninvited(snapshot, vf),
                prepare,
                Switch(snapshot, synthetic, vf),
            ],
        };
    }

    /// <summary>Plans the removal of the redirect.</summary>
    /// <inheritdoc cref="AddVf"/>
    /// <param name="vf">The VF; null while it is away.</param>
    public static Plan Detach(Snapshot snapshot, Link synthetic, Link? vf, Join join)
    {
        bool inUse = vf is not null && join.VfStep is not null && join.Vf == vf.Index;
        return Plan.About(join, Goal.Detach) with
        {
            Vf = inUse ? vf!.Index : 0,
            VfName = inUse ? vf!.Name : null,
            Steps =
            [
                .. inUse
                    ?
                    [
                        new Step("switch back", [new SwitchPath(synthetic.Index, 0), new WaitForQuiet(vf!.Index)],
                            [new SwitchPath(synthetic.Index, vf.Index)])
                        {
                            Expect = [Answer(snapshot, synthetic)],
                        },
                        // A KVM host goes on delivering to a VF that is there, so a VF that still delivers proves nothing.
                        new Step("release the VF", [.. VfMark.Without(join.VfStep!.Undo), .. VfMark.Clear(vf)],
                            [.. VfMark.Without(join.VfStep.Changes), .. VfMark.Set(vf, synthetic)])
                        {
                            Expect = [Answer(snapshot, synthetic)],
                        },
                    ]
                    : ImmutableArray<Step>.Empty,
                new Step("remove the program", Without(synthetic, join.AddedClsact), [.. With(synthetic)]),
            ],
        };
    }

    private static Plan New(Link synthetic) => new()
    {
        Goal = Goal.Join,
        Kind = JoinKind.Redirect,
        Mac = synthetic.PairAddress,
        Synthetic = synthetic.Index,
        SyntheticName = synthetic.Name,
        Aggregate = 0,
        AggregateName = "",
        Notes = Notes(synthetic),
        Steps = [],
    };

    private static Step Program(Snapshot snapshot, Link synthetic) => new(
        "attach the program", With(synthetic), Without(synthetic, !RedirectState.HasClsact(snapshot, synthetic)));

    private static ImmutableArray<Change> With(Link synthetic) =>
        [new AddClsact(synthetic.Index), new AttachEgress(synthetic.Index, synthetic.Address)];

    private static ImmutableArray<Change> Without(Link link, bool clsact) =>
        [new DetachFilters(link.Index), .. clsact ? [new RemoveClsact(link.Index)] : ImmutableArray<Change>.Empty];

    /// <remarks>Each change is harmless if it was made already, so this also completes a VF that is in use.</remarks>
    private static Step Prepare(Snapshot snapshot, Link synthetic, Link vf)
    {
        bool everything = RedirectState.MustTakeEverything(snapshot, synthetic);
        bool single = vf.Offloads.Contains("rx-lro") && (everything || RedirectState.Forwards(snapshot, synthetic));
        return new Step(
            "prepare the VF",
            [
                // If another program switched the VF on, the kernel may have generated a link-local address; this removes it.
                .. vf.IsUp && !RedirectState.HasReturn(snapshot, vf)
                    ? [new SetUp(vf.Index, false)] : ImmutableArray<Change>.Empty,
                .. SysctlCopy.WithoutAddressGenerationOfPort(snapshot, vf),
                new AddClsact(vf.Index),
                new AttachIngress(vf.Index, synthetic.Index),
                new SetMtu(vf.Index, synthetic.Mtu),
                .. VfMark.Set(vf, synthetic),
                .. single ? [new SetLargeReceive(vf.Index, false)] : ImmutableArray<Change>.Empty,
                new SetAllMulticast(vf.Index, true),
                .. everything ? [new SetPromiscuous(vf.Index, true)] : ImmutableArray<Change>.Empty,
                new SetUp(vf.Index, true),
                new WaitForCarrier(vf.Index),
                new WaitToReceive(vf.Index),
                new SetAddressList(vf.Index, synthetic.Index, []),
            ],
            [
                new SetUp(vf.Index, false),
                new SetAddressList(vf.Index, 0, [.. vf.MulticastAddresses, .. vf.UnicastAddresses]),
                .. Without(vf, !RedirectState.HasClsact(snapshot, vf)),
                new SetPromiscuous(vf.Index, vf.Flags.HasFlag(LinkFlags.Promiscuous)),
                new SetAllMulticast(vf.Index, vf.Flags.HasFlag(LinkFlags.AllMulticast)),
                .. single ? [new SetLargeReceive(vf.Index, true)] : ImmutableArray<Change>.Empty,
                new SetMtu(vf.Index, vf.Mtu),
                .. VfMark.Clear(vf),
                .. SysctlCopy.AddressGenerationOfPort(snapshot, vf),
                .. vf.IsUp ? [new SetUp(vf.Index, true)] : ImmutableArray<Change>.Empty,
            ]);
    }

    private static Step Switch(Snapshot snapshot, Link synthetic, Link vf) => new(
        "switch to the VF", [new SwitchPath(synthetic.Index, vf.Index)], [new SwitchPath(synthetic.Index, 0)])
    {
        Expect = [Answer(snapshot, synthetic)],
    };

    private static Answers Answer(Snapshot snapshot, Link synthetic) =>
        new(synthetic.Index, Configuration.Of(snapshot, synthetic).AnsweringGateways());

    private static ImmutableArray<string> Notes(Link synthetic)
    {
        var notes = ImmutableArray.CreateBuilder<string>();
        if (!QueueingDiscipline.IsUsual(synthetic.Qdisc))
            notes.Add($"the queueing discipline {synthetic.Qdisc} of {synthetic.Name} does not act on packets that leave through the VF");
        if (synthetic.HasXdp)
            notes.Add($"the XDP program of {synthetic.Name} does not see packets that arrive on the VF");
        return notes.ToImmutable();
    }
}
