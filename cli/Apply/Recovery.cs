using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>Brings a pair whose process ended in the middle of a plan to a state that somebody asked for.</summary>
/// <remarks>
/// There is one rule: a plan whose necessary steps are all done is finished, any other is taken back. What is finished
/// gets the optional steps that had not been begun; the one that was interrupted is taken back. The rule holds for
/// detach too: the way back leads to the join, which carried the administrator's connection until then, while the way
/// forward consists of steps that may have been what ended the process. Only when nothing but an empty bond is left to
/// be removed, or the bond is gone, so that there is no way back, it is finished.
/// </remarks>
internal sealed class Recovery(IBackend backend, Journals journals)
{
    private const string Interrupted = "the process that made it ended";

    /// <summary>Finishes or takes back what the pair's journal says is unfinished.</summary>
    /// <param name="held">The pair's lock: so nobody is at work on it.</param>
    /// <returns>How it ended; null where nothing was unfinished.</returns>
    /// <exception cref="JournalDamaged">Nobody knows what is to be done; nothing is touched.</exception>
    public Outcome? Run(PairLock held)
    {
        if (journals.Read(held.Mac) is not { } file)
            return null;
        Plan plan = file.State.Last!.Plan;
        if (journals.IsStale(file))
        {
            Journals.Forget(file);
            return new Forgotten(plan, "the system has been restarted since");
        }
        if (!journals.IsOurs(file))
            return null;
        using var uninterrupted = new Uninterrupted();
        if (file.State.Open is not { } open)
            return ForgetWhenGone(file, plan);

        using Journal journal = Journals.Continue(file);
        var runner = new StepRunner(backend, journal);
        return open.IsComplete ? FinishIt(journal, runner) : TakeBack(journal, runner, open);
    }

    /// <summary>Gives the synthetic back what the journal says it had before the join, whatever somebody did to the
    /// bond since, and forgets the join.</summary>
    /// <param name="held">The pair's lock; its journal is of a finished join.</param>
    public Outcome Restore(PairLock held)
    {
        using var uninterrupted = new Uninterrupted();
        using Journal journal = journals.Reopen(journals.Read(held.Mac)!);
        Plan plan = journal.State.Join!.Plan;
        ImmutableArray<string> left = new StepRunner(backend, journal).TakeAllBack();
        if (!left.IsEmpty)
            return new PartlyUndone(plan, "restore", "the join had been taken apart", left);
        Finish.TakenBack(journal);
        return new Restored(plan);
    }

    // What was interrupted may be what ended the process, so it is taken back; what has not been begun is made.
    private Outcome FinishIt(Journal journal, StepRunner runner)
    {
        List<LeftOut> leftOut = [];
        List<string> left = [];
        PlanProgress open = journal.State.Last!;
        for (int step = 0; step < open.Steps.Length; step++)
        {
            if (open.Steps[step] != StepProgress.Begun || open.Plan.Steps[step].Undo.IsEmpty)
                continue;
            leftOut.Add(new LeftOut(open.Plan.Steps[step], Interrupted));
            if (runner.TakeBack(step) is { } what)
                left.Add(what);
        }
        runner.MakeRest(leftOut, left);
        return Finish.Made(backend, journal, leftOut, left);
    }

    private static Outcome TakeBack(Journal journal, StepRunner runner, PlanProgress open)
    {
        string reached = open.Begun > 0 ? open.Plan.Steps[open.Begun - 1].Name : "start";
        if (runner.GoOnInstead() is { } ahead)
        {
            if (!ahead.IsEmpty)
                return new PartlyUndone(open.Plan, reached, Interrupted, ahead);
            Finish.Keep(journal);
            return new Done(open.Plan);
        }
        ImmutableArray<string> left = runner.TakeAllBack();
        if (!left.IsEmpty)
            return new PartlyUndone(open.Plan, reached, Interrupted, left);
        Finish.TakenBack(journal);
        return new Undone(open.Plan, reached, Interrupted);
    }

    private Forgotten? ForgetWhenGone(JournalFile file, Plan plan)
    {
        // A synthetic that went for good (the host took the NIC away) took all that could be given back with it. One
        // whose aggregate somebody removed keeps its journal: only that still knows what it had.
        Snapshot now = backend.ObserveLinks();
        if (now.Find(plan.Synthetic) is not null || now.Find(file.State.Aggregate) is not null)
            return null;
        Journals.Forget(file);
        return new Forgotten(plan, $"{plan.SyntheticName} and {plan.AggregateName} are gone");
    }
}
