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

/// <summary>How a route is added where others have the same key.</summary>
internal enum RoutePlace
{
    /// <summary>It must be the only one (NLM_F_EXCL).</summary>
    Alone,

    /// <summary>Behind the existing ones (NLM_F_APPEND): IPv4 does not use it until they are gone. An identical route is not added
    /// twice, and that is no error.</summary>
    Behind,

    /// <summary>It replaces the existing one (NLM_F_REPLACE).</summary>
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

    /// <inheritdoc/>
    public override string Kind => "add-route";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new AddRoute(f.Route("route", Route), f.Enum("place", Place, RoutePlace.Instead));
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

    /// <inheritdoc/>
    public override string Kind => "remove-route";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new RemoveRoute(f.Route("route", Route));
}

/// <summary>Wait until this route exists with another metric, because the kernel learned it from a router advertisement or its
/// owner added it; then remove this copy. If that does not happen within a few seconds, the copy stays.</summary>
internal sealed record RemoveWhenLearned(Route Route) : RouteChange(Route)
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Look;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"wait for the same route with another metric, then route del {ObjectText.Of(Route, name)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"remove route {ObjectText.Of(Route)}, a copy of one that was learned again";

    /// <inheritdoc/>
    public override string Kind => "remove-when-learned";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new RemoveWhenLearned(f.Route("route", Route));
}

/// <summary>Wait a few seconds for a second IPv6 default route through the same router on an interface, with a worse metric, and
/// remove it. It is no error if none appears.</summary>
internal sealed record RemoveSecondDefault(int Link) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Look;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"wait some seconds for a second IPv6 default route on {name(Link)}, and remove it";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "remove the second IPv6 default route";

    /// <inheritdoc/>
    public override string Kind => "remove-second-default";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new RemoveSecondDefault(f.Link(Link));
}

/// <summary>Create a next-hop object, or change the existing one with this id while routes use it.</summary>
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

    /// <inheritdoc/>
    public override string Kind => "put-nexthop";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new PutNextHop(f.NextHop("nexthop", NextHop));
}
