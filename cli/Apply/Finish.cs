using HypervVfattach.Core;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>Ends a journal's last plan.</summary>
internal static class Finish
{
    /// <summary>Ends a plan whose required steps are all made.</summary>
    /// <param name="backend">Shows whether the VF still exists.</param>
    /// <param name="journal">The plan's journal.</param>
    /// <param name="leftOut">The optional steps that were refused.</param>
    /// <param name="left">What could not be undone of them.</param>
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

    /// <summary>Whether the plan's VF no longer exists.</summary>
    public static bool VfIsGone(IBackend backend, Plan plan) =>
        plan.Vf > 0 && backend.ObserveLinks().Find(plan.Vf) is null;

    /// <summary>Ends a plan that was made: the journal of a detached pair is removed, that of a joined pair stays.</summary>
    public static void Keep(Journal journal)
    {
        if (journal.State.Last!.Plan.Goal == Goal.Detach)
            journal.Remove();
        else
            journal.Note(new Joined());
    }

    /// <summary>Ends a plan that was undone: after a join the journal is removed; a change of a finished join leaves that join's
    /// journal.</summary>
    public static void TakenBack(Journal journal)
    {
        if (journal.State.Last!.Plan.Goal == Goal.Join)
            journal.Remove();
        else
            journal.Note(new Joined());
    }
}
