using HypervVfattach.Core;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>One line of a journal after its header.</summary>
internal abstract record JournalEntry;

/// <summary>A plan begins; it contains all data for its undo.</summary>
internal sealed record Planned(Plan Plan) : JournalEntry;

/// <summary>Written before the first change of a step.</summary>
internal sealed record StepBegun(int Step) : JournalEntry;

/// <summary>The index of the aggregate that the plan (or its undo) created.</summary>
internal sealed record AggregateKnown(int Index) : JournalEntry;

/// <summary>All changes of a step are made, and its conditions hold.</summary>
internal sealed record StepDone(int Step) : JournalEntry;

/// <summary>The undo of the whole plan begins.</summary>
internal sealed record Undoing : JournalEntry;

/// <summary>A step is undone.</summary>
internal sealed record StepUndone(int Step) : JournalEntry;

/// <summary>The plan is made or undone, and the pair is joined.</summary>
internal sealed record Joined : JournalEntry;

/// <summary>The first line of a journal.</summary>
/// <param name="Format">Version of the journal's format.</param>
/// <param name="Host">Where its interface indexes are valid.</param>
internal sealed record JournalHeader(int Format, HostIdentity Host);
