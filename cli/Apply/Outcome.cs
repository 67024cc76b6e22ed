using System.Collections.Immutable;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Apply;

/// <summary>How a plan ended, in the process that made it or in the one that recovered it.</summary>
internal abstract record Outcome(Plan Plan);

/// <summary>Every step is made.</summary>
internal sealed record Done(Plan Plan) : Outcome(Plan);

/// <summary>Optional steps were refused and undone; all others are made.</summary>
internal sealed record DoneWithout(Plan Plan, ImmutableArray<LeftOut> LeftOut) : Outcome(Plan)
{
    /// <summary>Whether the VF is not part of the join.</summary>
    public bool LacksVf => LeftOut.Any(it => it.IsVfOf(Plan));
}

/// <summary>An optional step that was refused.</summary>
/// <param name="Why">The system's message.</param>
internal sealed record LeftOut(Step Step, string Why)
{
    /// <summary>Whether it is the step that makes the plan's VF a port.</summary>
    public bool IsVfOf(Plan plan) => Step.Changes.Any(change => change is SetMaster port && port.Link == plan.Vf);
}

/// <summary>The VF left while it was being added, which a live migration can cause at any time; nothing of the step is left.</summary>
internal sealed record VfLeft(Plan Plan) : Outcome(Plan);

/// <summary>A step failed and everything is as before.</summary>
/// <param name="Step">Name of the step.</param>
/// <param name="Why">The system's message.</param>
internal sealed record Undone(Plan Plan, string Step, string Why) : Outcome(Plan);

/// <summary>A step failed, and its undo is incomplete.</summary>
/// <param name="Step">Name of the step.</param>
/// <param name="Why">The system's message.</param>
/// <param name="Left">What could not be undone, with the system's messages.</param>
internal sealed record PartlyUndone(Plan Plan, string Step, string Why, ImmutableArray<string> Left) : Outcome(Plan);

/// <summary>The journal concerned interfaces that no longer exist, and is removed.</summary>
/// <param name="Why">Why they no longer exist.</param>
internal sealed record Forgotten(Plan Plan, string Why) : Outcome(Plan);

/// <summary>The synthetic NIC has its configuration from before the join, which another program took apart; the join is
/// forgotten.</summary>
internal sealed record Restored(Plan Plan) : Outcome(Plan);
