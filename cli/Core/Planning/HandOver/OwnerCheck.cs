using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>Fail unless the owner manages an interface that was handed over to it; changes nothing where it does. A join is not
/// complete before, and the timer's run asks again.</summary>
/// <param name="Link">Index of the interface.</param>
internal abstract record OwnerCheck(int Link) : OwnerChange
{
    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => Owner;

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link) };

    /// <summary>The owner's name.</summary>
    public abstract string Owner { get; }

    /// <summary>The same, but satisfied with whatever configuration the owner manages the interface by: a person may have chosen
    /// another one since the hand-over.</summary>
    public abstract OwnerCheck Loosely { get; }

    /// <summary>Whether the owner renews anything, so that an address ends once it has lost the interface.</summary>
    public virtual bool Renews => true;

    /// <summary>Whether a program that looks after the interface now has taken this owner's place.</summary>
    public virtual bool IsReplacedBy(Owner other) => other.Program != Owner && !other.IsUninvited;
}
