using System.Net.NetworkInformation;
using System.Text.Json.Nodes;
using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.TestBed;

/// <summary>What a card that does not trust its VF takes from the list that qemu tells.</summary>
public sealed class RxFilterTests
{
    [Theory]
    [InlineData("normal", "false")]
    [InlineData("all", "true")]
    public void Only_what_is_listed_is_received_whatever_else_was_asked_for(string multicast, string promiscuous)
    {
        // The answer of qemu 7.2.
        var filter = RxFilter.Of(JsonNode.Parse($$"""
            {"unicast": "normal", "vlan-table": [], "vlan": "all", "unicast-overflow": false, "main-mac": "52:54:00:77:00:00", "name": "vf0p1",
             "promiscuous": {{promiscuous}}, "multicast-overflow": false, "multicast": "{{multicast}}", "broadcast-allowed": true,
             "unicast-table": ["02:00:00:00:00:99"], "multicast-table": ["01:00:5e:00:00:01", "33:33:00:00:00:01"]}
            """)!);
        filter.TakesAllMulticasts.ShouldBe(multicast == "all");
        filter.IsPromiscuous.ShouldBe(promiscuous == "true");
        filter.Unicast.ShouldBe([PhysicalAddress.Parse("02:00:00:00:00:99")]);
        filter.Lists(PhysicalAddress.Parse("33:33:00:00:00:01")).ShouldBeTrue();
        filter.Lists(PhysicalAddress.Parse("33:33:ff:00:00:02")).ShouldBeFalse();
        filter.Lists(PhysicalAddress.Parse("ff:ff:ff:ff:ff:ff")).ShouldBeTrue();
    }
}
