using System.Net;
using HypervVfattach.Core.Model;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit;

public class ModelTests
{
    // The == of a tuple uses IPAddress's, which compares references.
    [Fact]
    public void Routes_and_next_hops_are_compared_by_value()
    {
        static Route Default() => new()
        {
            Destination = IPAddress.Parse("10.0.0.0"), DestinationLength = 8, Table = 254,
            Legs = [new RouteLeg(2, IPAddress.Parse("10.0.0.1"))],
        };
        static NextHop Hop() => new() { Id = 7, Gateway = IPAddress.Parse("10.0.0.1"), Members = [1, 2] };
        Default().ShouldBe(Default());
        Default().GetHashCode().ShouldBe(Default().GetHashCode());
        Hop().ShouldBe(Hop());
    }
}
