using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>Fails unless the owner manages an interface that was handed over to it; does not change anything. A join is not
/// complete until then, and the timer's run checks again.</summary>
/// <param name="Link">Index of the interface.</param>
internal abstract record OwnerCheck(int Link) : OwnerChange
{
    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => Owner;

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link) };

    /// <summary>The owner's name.</summary>
    public abstract string Owner { get; }

    /// <summary>The same check, satisfied with any configuration under which the owner manages the interface: a person may have
    /// chosen another one since the hand-over.</summary>
    public abstract OwnerCheck Loosely { get; }

    /// <summary>Whether the owner renews anything, so that an address expires if it stops managing the interface.</summary>
    public virtual bool Renews => true;

    /// <summary>Whether another program now manages the interface instead of this owner.</summary>
    public virtual bool IsReplacedBy(Owner other) => other.Program != Owner && !other.IsUninvited;
}
