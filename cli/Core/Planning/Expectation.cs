using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning;

/// <summary>What must be true after a step, or the step has failed.</summary>
internal abstract record Expectation
{
    /// <summary>What must be true, as a line of a plan.</summary>
    /// <param name="name">Gives an interface's name by its index.</param>
    public abstract string Describe(Func<int, string> name);

    /// <summary>The same expectation of other interfaces.</summary>
    /// <param name="index">Gives the new index for each index that it names.</param>
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

/// <summary>The system shows all of this configuration.</summary>
internal sealed record Holds(Configuration Configuration) : Expectation
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"all of it is there ({Configuration.Count})";

    /// <inheritdoc/>
    public override Expectation WithIndexes(Func<int, int> index) => new Holds(Configuration.WithIndexes(index));
}

/// <summary>Every one of these neighbours answers when the kernel asks for it through this interface (NUD_PROBE).
/// They did before the step.</summary>
internal sealed record Answers(int Link, ImmutableArray<Neighbour> Neighbours) : Expectation
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"{string.Join(", ", Neighbours.Select(neighbour => neighbour.Destination))} "
        + $"{(Neighbours.Length == 1 ? "answers" : "answer")} through {name(Link)}";

    /// <inheritdoc/>
    public override Expectation WithIndexes(Func<int, int> index) => this with { Link = index(Link) };
}
