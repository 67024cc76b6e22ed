using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Posix;

namespace HypervVfattach.Apply;

/// <summary>Recovers a pair whose process ended in the middle of a plan.</summary>
/// <remarks>The rule: a plan whose required steps are all done is finished, any other plan is undone. A finished plan also gets the
/// optional steps that had not begun; the interrupted one is undone. The rule holds for detach too: the undo leads back to the
/// join, through which the administrator was connected until then, while the remaining steps may be what ended the process. A
/// detach is finished only when its undo is pointless: only an empty bond is left to remove, or the bond is gone.</remarks>
internal sealed class Recovery(IBackend backend, Journals journals)
{
    private const string Interrupted = "the process ended during this step";

    /// <summary>Finishes or undoes the unfinished plan of the pair's journal.</summary>
    /// <param name="held">The pair's lock, so that no other process works on the pair.</param>
    /// <returns>How the plan ended; null if none was unfinished.</returns>
    /// <exception cref="JournalDamaged">What is to be done is unknown; nothing is changed.</exception>
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
        using var ignored = new IgnoredSignals();
        if (file.State.Open is not { } open)
            return ForgetWhenGone(file, plan);

        backend.Permit($"the interrupted {GoalWords.Of(plan.Goal)} of {plan.SyntheticName} is finished or undone");
        using Journal journal = Journals.Continue(file);
        var runner = new StepRunner(backend, journal);
        return open.IsComplete ? FinishIt(journal, runner) : TakeBack(journal, runner, open);
    }

    /// <summary>Gives the synthetic NIC its configuration from before the join back, as recorded in the journal, whatever other
    /// programs did to the bond since, and forgets the join.</summary>
    /// <param name="held">The lock of the pair, whose journal is of a finished join.</param>
    public Outcome Restore(PairLock held)
    {
        backend.Permit($"the join of {held.Mac} is undone");
        using var ignored = new IgnoredSignals();
        using Journal journal = journals.Reopen(journals.Read(held.Mac)!);
        Plan plan = journal.State.Join!.Plan;
        ImmutableArray<string> left = new StepRunner(backend, journal).TakeAllBack();
        if (!left.IsEmpty)
            return new PartlyUndone(plan, "restore", "the join had been taken apart", left);
        Finish.TakenBack(journal);
        return new Restored(plan);
    }

    // The interrupted step may be what ended the process, so it is undone; steps that have not begun are made.
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
        // A synthetic NIC that the host removed for good took its configuration with it. If only the aggregate was removed, the
        // journal stays: it alone has the configuration.
        Snapshot now = backend.ObserveLinks();
        if (now.Find(plan.Synthetic) is not null || now.Find(file.State.Aggregate) is not null)
            return null;
        Journals.Forget(file);
        return new Forgotten(plan, $"{plan.SyntheticName} and {plan.AggregateName} are gone");
    }
}
