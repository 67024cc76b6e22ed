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
    public void Gateways_are_asked_whether_anything_is_known_of_them_or_not()
    {
        var configuration = new Configuration
        {
            Addresses = [new Address { Link = 2, Local = IPAddress.Parse("fe80::2"), PrefixLength = 64 }],
            Routes =
            [
                s_default with { DestinationLength = 8, Destination = IPAddress.Parse("10.0.0.0"), Legs = [new RouteLeg(2, IPAddress.Parse("192.0.2.3"))] },
                s_default, s_default with { Legs = [new RouteLeg(2, IPAddress.Parse("192.0.2.4")), new RouteLeg(3, IPAddress.Parse("198.51.100.1"))] },
                s_default with { Destination = IPAddress.IPv6Any, Legs = [new RouteLeg(2, IPAddress.Parse("fe80::1"))] },
            ],
            Learned = [Seen("192.0.2.1"), Seen("192.0.2.7")],
            // A probe would turn it into an ordinary entry.
            Neighbours = [Seen("192.0.2.4", NeighbourState.Permanent)],
        };
        configuration.GatewaysToAsk(2).Select(neighbour => neighbour.Destination.ToString()).ShouldBe(["192.0.2.1", "fe80::1", "192.0.2.3"]);
        // A gateway of the other family is no reason not to probe.
        configuration.NeighboursToAsk().ShouldBeEmpty();
        (configuration with { Learned = [Seen("192.0.2.1"), Seen("fe80::7", NeighbourState.Stale)] }).NeighboursToAsk()
            .ShouldBe([Seen("fe80::7", NeighbourState.Stale)]);
    }

    [Fact]
    public void Without_a_gateway_a_few_neighbours_that_answer_are_asked() => new Configuration
    {
        Learned =
        [
            // IPv6 neighbours can be probed from a link-local address only, and there is none.
            Seen("2001:db8::6"), Seen("192.0.2.5", NeighbourState.Stale),
            Seen("192.0.2.6"), Seen("192.0.2.7"), Seen("192.0.2.8"), Seen("192.0.2.9"),
        ],
    }.AnsweringGateways().ShouldBe([Seen("192.0.2.6"), Seen("192.0.2.7"), Seen("192.0.2.8")]);
}
