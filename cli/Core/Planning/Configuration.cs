using System.Collections.Immutable;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning;

/// <summary>All that hangs on one interface and is lost or left behind when another takes its place.</summary>
internal sealed record Configuration
{
    public ImmutableArray<Address> Addresses { get; init; } = [];
    public ImmutableArray<NextHop> NextHops { get; init; } = [];
    public ImmutableArray<Route> Routes { get; init; } = [];
    public ImmutableArray<Rule> Rules { get; init; } = [];
    public ImmutableArray<Neighbour> Neighbours { get; init; } = [];
}
