using HypervVfattach.Core;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>One line of a journal after its header.</summary>
internal abstract record JournalEntry;

/// <summary>A plan is about to be made; with all that is needed to undo it.</summary>
internal sealed record Planned(Plan Plan) : JournalEntry;

/// <summary>Written before the first change of a step.</summary>
internal sealed record StepBegun(int Step) : JournalEntry;

/// <summary>The aggregate that the plan (or its undo) created has this index.</summary>
internal sealed record AggregateKnown(int Index) : JournalEntry;

/// <summary>All changes of a step are made and what it expects is true.</summary>
internal sealed record StepDone(int Step) : JournalEntry;

/// <summary>The whole plan is being taken back.</summary>
internal sealed record Undoing : JournalEntry;

/// <summary>A step is taken back.</summary>
internal sealed record StepUndone(int Step) : JournalEntry;

/// <summary>The plan is over, made or taken back, and the pair is joined.</summary>
internal sealed record Joined : JournalEntry;

/// <summary>The first line of a journal.</summary>
/// <param name="Format">Version of everything that follows.</param>
/// <param name="Host">Where its interface indexes mean something.</param>
internal sealed record JournalHeader(int Format, HostIdentity Host);
