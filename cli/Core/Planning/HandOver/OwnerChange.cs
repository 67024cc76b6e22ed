using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Core.Planning.HandOver;

/// <summary>A request to the owner of an interface instead of the kernel.</summary>
internal abstract record OwnerChange : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Owner;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}
