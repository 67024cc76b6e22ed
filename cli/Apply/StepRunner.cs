using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using HypervVfattach.Core;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Apply;

/// <summary>Makes and undoes single steps of the journal's last plan, and journals each.</summary>
internal sealed class StepRunner(IBackend backend, Journal journal)
{
    private PlanProgress Current => journal.State.Last!;

    /// <summary>Makes all steps that have not begun, and repeats an interrupted one that has no undo. An optional step that is
    /// refused is undone, and the steps after it are still made.</summary>
    /// <param name="leftOut">Receives the optional steps that were refused.</param>
    /// <param name="left">Receives what could not be undone of them.</param>
    /// <returns>The required step that was refused, and why; null if there was none.</returns>
    public (Step Refused, string Why)? MakeRest(List<LeftOut> leftOut, List<string> left)
    {
        for (int number = 0; number < Current.Steps.Length; number++)
        {
            Step step = Current.Plan.Steps[number];
            StepProgress progress = Current.Steps[number];
            if (progress != StepProgress.NotBegun && !(progress == StepProgress.Begun && step.Undo.IsEmpty))
                continue;
            try
            {
                Make(number);
            }
            catch (SystemRefusal refusal)
            {
                if (!step.Optional)
                    return (step, refusal.Message);
                leftOut.Add(new LeftOut(step, refusal.Message));
                if (Current.Steps[number] == StepProgress.Begun && TakeBack(number) is { } what)
                    left.Add(what);
            }
        }
        return null;
    }

    // A refusal may come after some of the step's changes were made.
    private void Make(int number)
    {
        Step step = Current.Plan.Steps[number];
        bool again = Current.Steps[number] == StepProgress.Begun;
        if (!again)
        {
            foreach (CreateAggregate create in step.Changes.OfType<CreateAggregate>())
                MustBeFree(create);
            journal.Write(new StepBegun(number));
        }
        Apply(step.Changes, repeat: again);
        foreach (Expectation expectation in step.Expect)
            backend.Expect(expectation, journal.State.Aggregate);
        journal.Write(new StepDone(number));
    }

    /// <summary>Undoes a step of which something may have been made.</summary>
    /// <returns>What could not be undone, or null.</returns>
    public string? TakeBack(int number)
    {
        Step step = Current.Plan.Steps[number];
        try
        {
            Apply(step.Undo, repeat: true);
        }
        catch (Exception e) when (IsOneChanges(e))
        {
            return $"{step.Name}: {e.Message}";
        }
        journal.Note(new StepUndone(number));
        return null;
    }

    /// <summary>Undoes the whole plan, the last step first. A refused undo does not stop the others, because each one restores some
    /// connectivity.</summary>
    /// <returns>What could not be undone.</returns>
    public ImmutableArray<string> TakeAllBack()
    {
        if (!Current.Undoing)
            journal.Note(new Undoing());
        var left = ImmutableArray.CreateBuilder<string>();
        foreach (int step in Current.ToUndo)
        {
            if (TakeBack(step) is { } what)
                left.Add(what);
        }
        // Nothing can be given back to a synthetic NIC that is gone.
        return left.Count == 0 || backend.ObserveLinks().Find(Current.Plan.Synthetic) is null ? [] : left.ToImmutable();
    }

    /// <summary>Finishes a detach whose undo is pointless: the bond is gone, or only its removal is left.</summary>
    /// <returns>What could not be made; null if the plan is to be undone.</returns>
    public ImmutableArray<string>? GoOnInstead()
    {
        Plan plan = Current.Plan;
        if (plan.Goal != Goal.Detach)
            return null;
        // The undo would switch the synthetic NIC off to make it a port of a bond that does not exist.
        if (plan.Aggregate > 0 && backend.ObserveLinks().Find(plan.Aggregate) is null)
            return GoOn(Current.Undoing ? 0 : Current.Reached);
        if (Current is { Undoing: false, Reached: var reached }
            && reached == plan.Steps.Length - 1 && plan.Steps[reached].Undo.IsEmpty)
        {
            ImmutableArray<string> left = GoOn(reached);
            if (left.IsEmpty || backend.ObserveLinks().Find(plan.Aggregate) is null)
                return left;
        }
        return null;
    }

    // Makes the rest of a plan of which something may have been made already.
    private ImmutableArray<string> GoOn(int from)
    {
        var left = ImmutableArray.CreateBuilder<string>();
        for (int number = from; number < Current.Steps.Length; number++)
        {
            try
            {
                Apply(Current.Plan.Steps[number].Changes, repeat: true);
            }
            catch (Exception e) when (IsOneChanges(e))
            {
                left.Add($"{Current.Plan.Steps[number].Name}: {e.Message}");
            }
        }
        return left.ToImmutable();
    }

    private void Apply(ImmutableArray<Change> changes, bool repeat)
    {
        Exception? first = null;
        for (int start = 0; start < changes.Length;)
        {
            // The changes after the creation need the new index.
            int end = start;
            while (end < changes.Length && changes[end] is not CreateAggregate)
                end++;
            end = Math.Min(end + 1, changes.Length);
            try
            {
                ApplyBatch(changes[start..end], repeat);
            }
            catch (Exception e) when (repeat && IsOneChanges(e))
            {
                first ??= e;
            }
            start = end;
        }
        if (first is not null)
            ExceptionDispatchInfo.Throw(first);
    }

    // In an undo, a bug of ours in one change must not stop the others.
    private static bool IsOneChanges(Exception e) => e is SystemRefusal or IOException or UnauthorizedAccessException
        or InvalidOperationException or ArgumentException or FormatException or OverflowException or NullReferenceException;

    private void ApplyBatch(ImmutableArray<Change> changes, bool repeat)
    {
        int aggregate = journal.State.Aggregate;
        if (repeat && aggregate == 0)
            aggregate = Find(Created());
        backend.Apply(changes, aggregate, repeat);
        if (changes[^1] is CreateAggregate create)
        {
            int index = Find(create);
            if (index == 0)
                throw new SystemRefusal(create.Name, "find the new interface", 0);
            if (repeat)
                journal.Note(new AggregateKnown(index));
            else
                journal.Write(new AggregateKnown(index));
        }
    }

    // If the process ended before it journaled the aggregate's index, undo finds the aggregate by its name. So no other interface
    // may have that name when the step begins.
    private void MustBeFree(CreateAggregate create)
    {
        if (backend.ObserveLinks().Find(create.Name) is not null)
            throw new SystemRefusal(create.Name, "create it", 0, "an interface of this name exists",
                "choose another name with aggregate_name in the configuration file");
    }

    private CreateAggregate? Created() => Current.Plan.Steps.AsSpan(0, Current.Begun).ToArray()
        .SelectMany(step => step.Changes).OfType<CreateAggregate>().FirstOrDefault();

    private int Find(CreateAggregate? create) => create is null ? 0 : backend.ObserveLinks().Links
        .FirstOrDefault(create.Made)?.Index ?? 0;
}
