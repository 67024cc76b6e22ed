using HypervVfattach.Core;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>What becomes of a journal when its last plan is over.</summary>
internal static class Finish
{
    /// <summary>Every necessary step is made.</summary>
    /// <param name="backend">Tells whether the VF is still there.</param>
    /// <param name="journal">The plan's.</param>
    /// <param name="leftOut">The optional steps that were refused.</param>
    /// <param name="left">What could not be taken back of them.</param>
    public static Outcome Made(
        IBackend backend, Journal journal, IReadOnlyList<LeftOut> leftOut, IReadOnlyList<string> left)
    {
        Plan plan = journal.State.Last!.Plan;
        if (left.Count > 0)
            return new PartlyUndone(plan, leftOut[0].Step.Name, leftOut[0].Why, [.. left]);
        bool hasLeft = leftOut.Count > 0 && leftOut.All(it => it.IsVfOf(plan)) && VfIsGone(backend, plan);
        Keep(journal);
        return leftOut.Count == 0 ? new Done(plan) : hasLeft ? new VfLeft(plan) : new DoneWithout(plan, [.. leftOut]);
    }

    /// <summary>Whether the plan's VF is no longer there.</summary>
    public static bool VfIsGone(IBackend backend, Plan plan) =>
        plan.Vf > 0 && backend.ObserveLinks().Find(plan.Vf) is null;

    /// <summary>The plan is made: a detached pair needs no journal any more, a joined one keeps it.</summary>
    public static void Keep(Journal journal)
    {
        if (journal.State.Last!.Plan.Goal == Goal.Detach)
            journal.Remove();
        else
            journal.Note(new Joined());
    }

    /// <summary>The plan is taken back: a join leaves nothing, and what was done to a finished join leaves that.</summary>
    public static void TakenBack(Journal journal)
    {
        if (journal.State.Last!.Plan.Goal == Goal.Join)
            journal.Remove();
        else
            journal.Note(new Joined());
    }
}
