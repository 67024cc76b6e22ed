namespace HypervVfattach.Core;

/// <summary>Why the timer leaves a pair with this VF alone, in words. What is none of these, nor of the path check, is a try of ours.</summary>
internal static class LeftAlone
{
    /// <summary>A person detached the pair.</summary>
    public const string Detached = "it was detached";

    /// <summary>How the words of a refusal begin.</summary>
    public const string Refused = "a join was refused";

    /// <summary>The words of a try that ended without an outcome: its process was killed, or died.</summary>
    public const string DidNotEnd = "was begun and did not end";

    /// <summary>Whether a try of ours ended without an outcome.</summary>
    public static bool IsUnended(string why) => why.Contains(DidNotEnd, StringComparison.Ordinal);

    /// <summary>Whether a try of ours failed or did not end, so that another may succeed.</summary>
    public static bool IsByTry(string why) => !PathCheck.IsReason(why)
        && !why.StartsWith(Detached, StringComparison.Ordinal) && !why.StartsWith(Refused, StringComparison.Ordinal);
}
