using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Planning;
using HypervVfattach.Posix;

namespace HypervVfattach.Apply;

/// <summary>Makes a plan as a whole, except for optional steps, or not at all.</summary>
internal sealed class Transaction(IBackend backend, Journals journals)
{
    /// <summary>Makes a plan step by step; each step is journaled before it begins.</summary>
    /// <param name="plan">The plan; its pair has no unfinished journal.</param>
    /// <param name="held">The lock of the plan's pair.</param>
    /// <exception cref="SystemRefusal">The journal could not be started; nothing was changed.</exception>
    public Outcome Run(Plan plan, PairLock held)
    {
        if (held.Mac != plan.Mac)
            throw new ArgumentException("the lock of another pair", nameof(held));
        backend.Permit($"{GoalWords.Of(plan.Goal)} of {plan.SyntheticName}");
        using var ignored = new IgnoredSignals();
        using Journal journal = journals.Start(plan);
        var runner = new StepRunner(backend, journal);
        List<LeftOut> leftOut = [];
        List<string> left = [];
        return runner.MakeRest(leftOut, left) is var (refused, why)
            ? TakeBack(journal, runner, refused, why) : Finish.Made(backend, journal, leftOut, left);
    }

    private Outcome TakeBack(Journal journal, StepRunner runner, Step refused, string why)
    {
        Plan plan = journal.State.Last!.Plan;
        if (runner.GoOnInstead() is { } open)
        {
            if (!open.IsEmpty)
                return new PartlyUndone(plan, refused.Name, why, open);
            Finish.Keep(journal);
            return new Done(plan);
        }
        ImmutableArray<string> left = runner.TakeAllBack();
        if (!left.IsEmpty)
            return new PartlyUndone(plan, refused.Name, why, left);
        bool vfLeft = plan.Goal == Goal.AddPort && Finish.VfIsGone(backend, plan);
        Finish.TakenBack(journal);
        return vfLeft ? new VfLeft(plan) : new Undone(plan, refused.Name, why);
    }
}
