using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using HypervVfattach.Core;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Apply;

/// <summary>Makes and takes back single steps of the journal's last plan, and journals each.</summary>
internal sealed class StepRunner(IBackend backend, Journal journal)
{
    private PlanProgress Current => journal.State.Last!;

    /// <summary>Makes all steps that have not been begun, and those again that were interrupted and have no way back.
    /// An optional one that is refused is taken back, and does not keep those after it from being made.</summary>
    /// <param name="leftOut">Gets the optional steps that were refused.</param>
    /// <param name="left">Gets what could not be taken back of them.</param>
    /// <returns>The necessary step that was refused, and why; null when there was none.</returns>
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

    // A refusal may come after some of the step's changes.
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

    /// <summary>Takes a step back of which something may have been made.</summary>
    /// <returns>What could not be taken back, or null.</returns>
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

    /// <summary>Takes the whole plan back, the last step first; what is refused does not keep the rest from being
    /// taken back, because each step brings some connectivity back.</summary>
    /// <returns>What could not be taken back.</returns>
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
        // Nothing can be given back to a synthetic that is gone.
        return left.Count == 0 || backend.ObserveLinks().Find(Current.Plan.Synthetic) is null ? [] : left.ToImmutable();
    }

    /// <summary>Ends a detach by going on, where the way back leads nowhere: the bond is gone, or all that is open is to
    /// remove it.</summary>
    /// <returns>What could not be made; null where there is a way back, which is to be gone.</returns>
    public ImmutableArray<string>? GoOnInstead()
    {
        Plan plan = Current.Plan;
        if (plan.Goal != Goal.Detach)
            return null;
        // The way back would switch the synthetic off to make it a port of nothing.
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
            // What follows the creation needs the new index.
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

    // On the way back a mistake of ours in one change must not keep the others from being made.
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

    // Undo finds the aggregate by its name when the process that made it ended before it could journal the index. So
    // nobody else's may be there when the step begins.
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
