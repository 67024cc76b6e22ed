using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>The purpose of a plan.</summary>
internal enum Goal
{
    /// <summary>Join synthetic NIC and VF.</summary>
    Join,

    /// <summary>Add a VF that came back to the join.</summary>
    AddPort,

    /// <summary>Undo the join: give the synthetic NIC its configuration back.</summary>
    Detach,
}

/// <summary>An ordered list of steps with all data to undo them. It is plain data: --dry-run prints it and the journal stores it.</summary>
internal sealed record Plan
{
    public required Goal Goal { get; init; }

    /// <summary>How the pair is joined.</summary>
    public JoinKind Kind { get; init; } = JoinKind.Bond;

    /// <summary>The pair's address, its key.</summary>
    public required HardwareAddress Mac { get; init; }

    /// <summary>Index of the synthetic NIC.</summary>
    public required int Synthetic { get; init; }

    /// <summary>Name of the synthetic NIC before the plan.</summary>
    public required string SyntheticName { get; init; }

    /// <summary>Index of the VF; 0 if the plan has none.</summary>
    public int Vf { get; init; }

    /// <summary>Name of the VF, for messages only.</summary>
    public string? VfName { get; init; }

    /// <summary>Index of the aggregate; <see cref="Link.OfAggregate"/> until the first step has created it, 0 if the join has
    /// none.</summary>
    public int Aggregate { get; init; } = Link.OfAggregate;

    /// <summary>Name that the aggregate is created with, by which recovery finds it if its index was not journaled; empty if the
    /// join has none.</summary>
    public required string AggregateName { get; init; }

    /// <summary>Index of the interface that has the configuration before the plan.</summary>
    public int ConfiguredLink => Aggregate == 0 || Goal == Goal.Join ? Synthetic : Aggregate;

    public required ImmutableArray<Step> Steps { get; init; }

    /// <summary>Whether the plan changes the path of the traffic, so that neighbours that answered before must answer after it.</summary>
    public bool ChangesPath => Steps.SelectMany(step => step.Expect).Any(expectation => expectation is Answers);

    /// <summary>Whether a neighbour answered before the plan, so that its answer proves the new path.</summary>
    public bool ProvesPath => Steps.SelectMany(step => step.Expect)
        .Any(expectation => expectation is Answers { Neighbours.IsEmpty: false });

    /// <summary>Notes for the administrator before the plan is made, one sentence each: what does not move.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>A plan for an existing join, without steps.</summary>
    public static Plan About(Join join, Goal goal) => new()
    {
        Goal = goal,
        Kind = join.Kind,
        Mac = join.Mac,
        Synthetic = join.Synthetic,
        SyntheticName = join.SyntheticName,
        Aggregate = join.Aggregate,
        AggregateName = join.AggregateName,
        Steps = [],
    };
}

/// <summary>Changes that are made together, and how to undo them.</summary>
/// <param name="Name">A few words, such as <c>cut over</c>.</param>
/// <param name="Changes">In order. Consecutive changes that the system can accept together are sent together.</param>
/// <param name="Undo">In order. Each is safe to repeat, and safe for a change that was never made.</param>
internal sealed record Step(string Name, ImmutableArray<Change> Changes, ImmutableArray<Change> Undo)
{
    /// <summary>The conditions that must hold afterwards, in order.</summary>
    public ImmutableArray<Expectation> Expect { get; init; } = [];

    /// <summary>Whether the earlier steps are complete without this one, so that its failure undoes only this step: an aggregate
    /// that sends through the synthetic NIC works without a VF.</summary>
    public bool Optional { get; init; }
}
