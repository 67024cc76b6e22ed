using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>Applies a change that needs an owner.</summary>
/// <param name="change">The change.</param>
/// <param name="name">Returns an interface's name by its index; null if it is gone.</param>
/// <param name="repeat">Whether the change may already have been applied.</param>
/// <returns>Index of an interface on which the owner has left addresses that must go; 0 for none.</returns>
internal delegate int OwnerChannel(OwnerChange change, Func<int, string?> name, bool repeat);

/// <summary>A request to the owner of an interface instead of the kernel.</summary>
internal abstract record OwnerChange : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Owner;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}
