using System.Collections.Immutable;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Apply;

/// <summary>How a plan ended, in the process that made it or in the one that recovered it.</summary>
internal abstract record Outcome(Plan Plan);

/// <summary>Every step is made.</summary>
internal sealed record Done(Plan Plan) : Outcome(Plan);

/// <summary>Optional steps were refused and taken back; every other step is made.</summary>
internal sealed record DoneWithout(Plan Plan, ImmutableArray<LeftOut> LeftOut) : Outcome(Plan)
{
    /// <summary>Whether the VF is no part of the join.</summary>
    public bool LacksVf => LeftOut.Any(it => it.IsVfOf(Plan));
}

/// <summary>An optional step that was refused.</summary>
/// <param name="Why">What the system said.</param>
internal sealed record LeftOut(Step Step, string Why)
{
    /// <summary>Whether it is the step by which the plan's VF becomes a port.</summary>
    public bool IsVfOf(Plan plan) => Step.Changes.Any(change => change is SetMaster port && port.Link == plan.Vf);
}

/// <summary>The VF left while it was being added, as a live migration may make it at any time; nothing of it is left.</summary>
internal sealed record VfLeft(Plan Plan) : Outcome(Plan);

/// <summary>A step failed and everything is as before.</summary>
/// <param name="Step">Name of the step.</param>
/// <param name="Why">What the system said.</param>
internal sealed record Undone(Plan Plan, string Step, string Why) : Outcome(Plan);

/// <summary>A step failed, and not everything could be taken back.</summary>
/// <param name="Step">Name of the step.</param>
/// <param name="Why">What the system said.</param>
/// <param name="Left">What could not be taken back, and what the system said to that.</param>
internal sealed record PartlyUndone(Plan Plan, string Step, string Why, ImmutableArray<string> Left) : Outcome(Plan);

/// <summary>The journal was about interfaces that no longer exist and is removed.</summary>
/// <param name="Why">Why they do not exist.</param>
internal sealed record Forgotten(Plan Plan, string Why) : Outcome(Plan);

/// <summary>The synthetic has again what it had before a join that somebody else took apart; the join is forgotten.</summary>
internal sealed record Restored(Plan Plan) : Outcome(Plan);
