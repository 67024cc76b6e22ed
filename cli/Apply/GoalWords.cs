using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>The names of plans in messages.</summary>
internal static class GoalWords
{
    /// <summary>A goal as a noun, to be followed by "of INTERFACE".</summary>
    public static string Of(Goal goal) => goal switch
    {
        Goal.Join => "join",
        Goal.AddPort => "adding the VF",
        Goal.Detach => "detach",
        _ => throw new ArgumentOutOfRangeException(nameof(goal)),
    };
}
