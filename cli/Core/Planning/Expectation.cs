using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning;

/// <summary>A condition that must hold after a step; otherwise the step has failed.</summary>
internal abstract record Expectation
{
    /// <summary>The condition, as a line of a plan.</summary>
    /// <param name="name">Maps an index to the interface's name.</param>
    public abstract string Describe(Func<int, string> name);

    /// <summary>The same condition for other interface indexes.</summary>
    /// <param name="index">Maps each index to the new one.</param>
    public abstract Expectation WithIndexes(Func<int, int> index);
}

/// <summary>The aggregate has a carrier and sends through this port.</summary>
internal sealed record CarriedBy(int Aggregate, int Port) : Expectation
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"{name(Aggregate)} sends through {name(Port)}";

    /// <inheritdoc/>
    public override Expectation WithIndexes(Func<int, int> index) => new CarriedBy(index(Aggregate), index(Port));
}

/// <summary>The system has all of this configuration.</summary>
internal sealed record Holds(Configuration Configuration) : Expectation
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"the whole configuration is there ({Configuration.Count})";

    /// <inheritdoc/>
    public override Expectation WithIndexes(Func<int, int> index) => new Holds(Configuration.WithIndexes(index));
}

/// <summary>Each of these neighbours, which answered before the step, answers when the kernel probes it through this interface
/// (NUD_PROBE).</summary>
internal sealed record Answers(int Link, ImmutableArray<Neighbour> Neighbours) : Expectation
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"{string.Join(", ", Neighbours.Select(neighbour => neighbour.Destination))} "
        + $"{(Neighbours.Length == 1 ? "answers" : "answer")} through {name(Link)}";

    /// <inheritdoc/>
    public override Expectation WithIndexes(Func<int, int> index) => this with { Link = index(Link) };
}
