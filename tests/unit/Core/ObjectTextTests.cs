using System.Net;
using HypervVfattach.Core.Model;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Core;

/// <summary>The text of routes and rules shows the family where nothing else differs.</summary>
public class ObjectTextTests
{
    [Theory]
    [InlineData("0.0.0.0", "10.0.0.1", "default via 10.0.0.1 dev eth0")]
    [InlineData("0.0.0.0", null, "default dev eth0")]
    [InlineData("::", "fe80::1", "default via fe80::1 dev eth0")]
    [InlineData("::", null, "::/0 dev eth0")]
    public void A_default_route(string destination, string? gateway, string text)
    {
        var route = new Route
        {
            Destination = IPAddress.Parse(destination), DestinationLength = 0, Table = Route.MainTable,
            Legs = [new RouteLeg(2, gateway is null ? null : IPAddress.Parse(gateway))],
        };
        ObjectText.Of(route, _ => "eth0").ShouldBe(text);
        ObjectText.Of(route).ShouldBe(text.Replace(" dev eth0", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2, null, "pref 7 lookup 200")]
    [InlineData(10, null, "pref 7 from ::/0 lookup 200")]
    [InlineData(10, "fd00::", "pref 7 from fd00::/64 lookup 200")]
    public void A_rule(byte family, string? source, string text) => ObjectText.Of(new Rule
    {
        Family = family, Priority = 7, Table = 200,
        Source = source is null ? null : IPAddress.Parse(source), SourceLength = (byte)(source is null ? 0 : 64),
    }).ShouldBe(text);
}
