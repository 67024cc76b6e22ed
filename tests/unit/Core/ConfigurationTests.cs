using System.Net;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Core;

public class ConfigurationTests
{
    private static Neighbour Seen(string address, NeighbourState state = NeighbourState.Reachable) =>
        new() { Link = 2, Destination = IPAddress.Parse(address), State = state };

    private static readonly Route s_default = new()
    {
        Destination = IPAddress.Any, DestinationLength = 0, Table = Route.MainTable, Legs = [new RouteLeg(2, IPAddress.Parse("192.0.2.1"))],
    };

    [Fact]
    public void Gateways_that_answer_are_asked_and_nobody_else() => new Configuration
    {
        Routes = [s_default], Learned = [Seen("192.0.2.1"), Seen("192.0.2.7")],
    }.AnsweringGateways().ShouldBe([Seen("192.0.2.1")]);

    [Fact]
    public void A_silent_gateway_is_not_replaced_by_neighbours() => new Configuration
    {
        Routes = [s_default], Learned = [Seen("192.0.2.1", NeighbourState.Stale), Seen("192.0.2.7")],
    }.AnsweringGateways().ShouldBeEmpty();

    [Fact]
    public void Without_a_gateway_a_few_neighbours_that_answer_are_asked() => new Configuration
    {
        Learned =
        [
            // IPv6 neighbours can be asked from a link-local address only, and there is none.
            Seen("2001:db8::6"), Seen("192.0.2.5", NeighbourState.Stale),
            Seen("192.0.2.6"), Seen("192.0.2.7"), Seen("192.0.2.8"), Seen("192.0.2.9"),
        ],
    }.AnsweringGateways().ShouldBe([Seen("192.0.2.6"), Seen("192.0.2.7"), Seen("192.0.2.8")]);
}
