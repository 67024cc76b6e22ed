using HypervVfattach.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

public class FeaturesTests
{
    // drivers/net/loopback.c: always on, and never.
    [Fact]
    public void The_loopback_gathers_and_merges_nothing_that_it_receives()
    {
        OnLinux.OrSkip();
        Features features = Features.Of("lo")!;
        features.IsOn("tx-scatter-gather").ShouldBeTrue();
        features.IsOn("rx-lro").ShouldBeFalse();
        features.IsOn("rx-vlan-filter").ShouldBeFalse();
        features.IsOn("no-such-feature").ShouldBeFalse();
        Features.Of("no-such-nic").ShouldBeNull();
    }
}
