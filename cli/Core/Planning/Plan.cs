using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning;

/// <summary>What a plan is for.</summary>
internal enum Goal
{
    /// <summary>Make an aggregate of synthetic and VF.</summary>
    Join,

    /// <summary>Put a VF that came back into the aggregate that stands.</summary>
    AddPort,

    /// <summary>Give the synthetic its configuration back and remove the aggregate.</summary>
    Detach,
}

/// <summary>An ordered list of steps with all that is needed to undo them: plain data, printed by --dry-run and kept in
/// the journal.</summary>
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

    /// <summary>Index of the VF; 0 where none takes part.</summary>
    public int Vf { get; init; }

    /// <summary>Name of the VF, for messages only.</summary>
    public string? VfName { get; init; }

    /// <summary>Index of the aggregate; <see cref="Link.OfAggregate"/> until the first step has created it, 0 where the
    /// join has none.</summary>
    public int Aggregate { get; init; } = Link.OfAggregate;

    /// <summary>Name the aggregate is created with, by which it is found again when its index was not yet noted
    /// down; empty where the join has none.</summary>
    public required string AggregateName { get; init; }

    /// <summary>Index of the interface that bears the configuration before the plan.</summary>
    public int Bearer => Aggregate == 0 || Goal == Goal.Join ? Synthetic : Aggregate;

    public required ImmutableArray<Step> Steps { get; init; }

    /// <summary>Whether the plan changes the path of the traffic, so that what answered before must answer after it.</summary>
    public bool ChangesPath => Steps.SelectMany(step => step.Expect).Any(expectation => expectation is Answers);

    /// <summary>Whether anything answered before, so that the new path is proven.</summary>
    public bool ProvesPath => Steps.SelectMany(step => step.Expect)
        .Any(expectation => expectation is Answers { Neighbours.IsEmpty: false });

    /// <summary>What the administrator should know beforehand, a sentence each: what does not move.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>A plan about a join that stands, its steps yet to come.</summary>
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

/// <summary>Changes that are made together, and how to take them back.</summary>
/// <param name="Name">A few words: <c>cut over</c>.</param>
/// <param name="Changes">In order; consecutive ones that the system can take at once are sent at once.</param>
/// <param name="Undo">In order; each is safe to repeat and to send for a change that was never made.</param>
internal sealed record Step(string Name, ImmutableArray<Change> Changes, ImmutableArray<Change> Undo)
{
    /// <summary>What must be true afterwards, in order.</summary>
    public ImmutableArray<Expectation> Expect { get; init; } = [];

    /// <summary>Whether what the steps before it made is complete without it, so that a failure undoes this step
    /// only: an aggregate that carries the synthetic needs no VF.</summary>
    public bool Optional { get; init; }
}
