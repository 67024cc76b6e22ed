namespace HypervVfattach.Core.Model;

/// <summary>Why the kernel did not join some VFs, in the words of its log.</summary>
/// <param name="words">The last reason for each VF that has one, by its index.</param>
/// <param name="gap">Why the log may lack a reason; null if it reaches back to the boot.</param>
internal sealed class KernelReasons(IReadOnlyDictionary<int, string> words, string? gap)
{
    public IReadOnlyDictionary<int, string> Words => words;
    public string? Gap => gap;

    /// <summary>The log was not read.</summary>
    public static readonly KernelReasons None = new(new Dictionary<int, string>(), null);
}
