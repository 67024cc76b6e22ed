using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning;

/// <summary>What must be true after a step, or the step has failed.</summary>
internal abstract record Expectation;

/// <summary>The aggregate has a carrier and sends through this port.</summary>
internal sealed record CarriedBy(int Aggregate, int Port) : Expectation;

/// <summary>The system shows all of this configuration.</summary>
internal sealed record Holds(Configuration Configuration) : Expectation;

/// <summary>Every one of these neighbours answers when the kernel asks for it through this interface (NUD_PROBE).
/// They did before the step.</summary>
internal sealed record Answers(int Link, ImmutableArray<Neighbour> Neighbours) : Expectation;
