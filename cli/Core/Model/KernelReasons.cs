namespace HypervVfattach.Core.Model;

/// <summary>Why the kernel did not join some VFs, in the words of its log.</summary>
/// <param name="Words">The last reason for each VF that has one, by its index.</param>
/// <param name="Gap">Why the log may lack a reason; null if it reaches back to the boot.</param>
internal sealed record KernelReasons(IReadOnlyDictionary<int, string> Words, string? Gap)
{
    /// <summary>The log was not read.</summary>
    public static readonly KernelReasons None = new(new Dictionary<int, string>(), null);
}
