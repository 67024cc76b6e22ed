using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>Makes a plan wholly or not at all.</summary>
internal sealed class Transaction(IBackend backend, Journals journals)
{
    /// <summary>Makes a plan, step by step, each journaled before it is begun.</summary>
    /// <param name="plan">The plan; its pair has no unfinished journal.</param>
    /// <param name="held">The lock of the plan's pair.</param>
    /// <exception cref="SystemRefusal">The journal could not be started: nothing was touched.</exception>
    public Outcome Run(Plan plan, PairLock held)
    {
        if (held.Mac != plan.Mac)
            throw new ArgumentException("the lock of another pair", nameof(held));
        using var uninterrupted = new Uninterrupted();
        using Journal journal = journals.Start(plan);
        var runner = new StepRunner(backend, journal);
        for (int step = 0; step < plan.Steps.Length; step++)
        {
            try
            {
                runner.Make(step);
            }
            catch (SystemRefusal refusal)
            {
                return plan.Steps[step].Optional
                    ? EndWithout(step, refusal.Message) : TakeBack(step, refusal.Message);
            }
        }
        Finish.Keep(journal);
        return new Done(plan);

        Outcome EndWithout(int step, string why)
        {
            if (journal.State.Last!.Steps[step] == StepProgress.Begun && runner.TakeBack(step) is { } left)
                return new PartlyUndone(plan, plan.Steps[step].Name, why, [left]);
            Finish.Keep(journal);
            return VfIsGone() ? new VfLeft(plan) : new DoneWithout(plan, plan.Steps[step].Name, why);
        }

        Outcome TakeBack(int step, string why)
        {
            if (runner.GoOnInstead() is { } open)
            {
                if (!open.IsEmpty)
                    return new PartlyUndone(plan, plan.Steps[step].Name, why, open);
                Finish.Keep(journal);
                return new Done(plan);
            }
            ImmutableArray<string> left = runner.TakeAllBack();
            if (!left.IsEmpty)
                return new PartlyUndone(plan, plan.Steps[step].Name, why, left);
            Finish.TakenBack(journal);
            return plan.Goal == Goal.AddPort && VfIsGone()
                ? new VfLeft(plan) : new Undone(plan, plan.Steps[step].Name, why);
        }

        bool VfIsGone() => plan.Vf > 0 && backend.ObserveLinks().Find(plan.Vf) is null;
    }
}
