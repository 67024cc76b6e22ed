using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>What becomes of a journal when its last plan is over.</summary>
internal static class Finish
{
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
