namespace HypervVfattach.Apply;

/// <summary>A journal that cannot be understood, so that nobody knows what is to be undone: nothing is touched.</summary>
/// <param name="path">The journal.</param>
/// <param name="reason">What is wrong with it, and in which line.</param>
/// <param name="readable">What could be read before that.</param>
internal sealed class JournalDamaged(string path, string reason, JournalState readable)
    : Exception($"{path}: damaged journal: {reason}; {Describe(readable)}")
{
    /// <summary>What could be read.</summary>
    public JournalState Readable => readable;

    private static string Describe(JournalState state) => state.Last is not { Plan: var plan } last
        ? "no plan could be read"
        : $"what could be read: {GoalWords.Of(plan.Goal)} of {plan.SyntheticName} ({plan.Mac}), "
            + $"{state.StepsBegun} of {last.Steps.Length} steps begun";
}
