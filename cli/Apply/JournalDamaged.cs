namespace HypervVfattach.Apply;

/// <summary>A journal that cannot be read. What must be undone is then unknown, so nothing is changed.</summary>
/// <param name="path">The journal.</param>
/// <param name="reason">What is wrong, and in which line.</param>
/// <param name="readable">The state up to that place.</param>
internal sealed class JournalDamaged(string path, string reason, JournalState readable)
    : Exception($"{path}: damaged journal: {reason}; {Describe(readable)}")
{
    /// <summary>The state up to the damaged place.</summary>
    public JournalState Readable => readable;

    private static string Describe(JournalState state) => state.Last is not { Plan: var plan } last
        ? "no plan could be read"
        : $"what could be read: {GoalWords.Of(plan.Goal)} of {plan.SyntheticName} ({plan.Mac}), "
            + $"{state.StepsBegun} of {last.Steps.Length} steps begun";
}
