using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning.Changes;

/// <summary>A change of a neighbour.</summary>
internal abstract record NeighbourChange(Neighbour Neighbour) : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Kernel;

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => Neighbour.Link == 0 ? "neighbours" : name(Neighbour.Link);

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Neighbour = Neighbour with { Link = index(Neighbour.Link) } };
}

/// <summary>Add a neighbour, or change the existing one.</summary>
internal sealed record PutNeighbour(Neighbour Neighbour) : NeighbourChange(Neighbour)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"neighbour replace {ObjectText.Of(Neighbour)} dev {name(Neighbour.Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"set neighbour {ObjectText.Of(Neighbour)}";

    /// <inheritdoc/>
    public override string Kind => "put-neighbour";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new PutNeighbour(f.Neighbour("neighbour", Neighbour));
}

/// <summary>Remove a neighbour.</summary>
internal sealed record RemoveNeighbour(Neighbour Neighbour) : NeighbourChange(Neighbour)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Removals;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"neighbour del {ObjectText.Of(Neighbour)} dev {name(Neighbour.Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"remove neighbour {ObjectText.Of(Neighbour)}";

    /// <inheritdoc/>
    public override string Kind => "remove-neighbour";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new RemoveNeighbour(f.Neighbour("neighbour", Neighbour));
}
