using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning.Changes;

/// <summary>A change of a route.</summary>
internal abstract record RouteChange(Route Route) : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Kernel;

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) =>
        Route.Legs.FirstOrDefault(leg => leg.Link != 0) is RouteLeg leg ? name(leg.Link) : "routes";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Route = Route.WithIndexes(index) };
}

/// <summary>How a route is added beside others with the same key.</summary>
internal enum RoutePlace
{
    /// <summary>It must be the only one (NLM_F_EXCL).</summary>
    Alone,

    /// <summary>Behind those that are there (NLM_F_APPEND): IPv4 leaves it unused until they go. The very same route is
    /// not added twice, and that is no failure.</summary>
    Behind,

    /// <summary>In the place of the one that is there (NLM_F_REPLACE).</summary>
    Instead,
}

/// <summary>Add a route.</summary>
internal sealed record AddRoute(Route Route, RoutePlace Place) : RouteChange(Route)
{
    /// <inheritdoc/>
    public override Batch Batch => Place == RoutePlace.Instead ? Batch.Removals : Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"route {Verb} {ObjectText.Of(Route, name)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"{Verb} route {ObjectText.Of(Route)}";

    private string Verb => Place switch
    {
        RoutePlace.Behind => "append",
        RoutePlace.Instead => "replace",
        _ => "add",
    };
}

/// <summary>Remove a route.</summary>
internal sealed record RemoveRoute(Route Route) : RouteChange(Route)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Removals;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"route del {ObjectText.Of(Route, name)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"remove route {ObjectText.Of(Route)}";
}

/// <summary>Wait until the route that this one is a copy of is there with another metric, because the kernel has learned it
/// from a router advertisement or its owner has added it, and remove the copy then; it stays where that does not happen
/// within a few seconds.</summary>
internal sealed record RemoveWhenLearned(Route Route) : RouteChange(Route)
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Look;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"await the same with another metric, then route del {ObjectText.Of(Route, name)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"remove route {ObjectText.Of(Route)}, a copy of one that was learned again";
}

/// <summary>Wait a few seconds for a second IPv6 default route by the same router on an interface, of a worse metric, and
/// remove it; where none comes, all is well.</summary>
internal sealed record RemoveSecondDefault(int Link) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Look;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"await a second IPv6 default route on {name(Link)} for some seconds, and remove it";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "remove the second IPv6 default route";
}

/// <summary>Create a next-hop object, or change the one with this id while routes use it.</summary>
internal sealed record PutNextHop(NextHop NextHop) : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Kernel;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"nexthop replace {ObjectText.Of(NextHop, name)}";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => NextHop.Link == 0 ? "next hops" : name(NextHop.Link);

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"set next hop {ObjectText.Of(NextHop)}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => new PutNextHop(NextHop with { Link = index(NextHop.Link) });
}
