namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>Fail unless the owner manages an interface that was handed over to it; changes nothing where it does. A join is not
/// complete before, and the timer's run asks again.</summary>
/// <param name="Link">Index of the interface.</param>
internal abstract record OwnerCheck(int Link) : OwnerChange
{
    /// <summary>The owner's name.</summary>
    public abstract string Owner { get; }
}
