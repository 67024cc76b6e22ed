using HypervVfattach.Tests.Kernel.Faults;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>Each message of a join, its detach and the VF's return is refused, and the process is killed before and after each datagram.
/// Not in the core: there are some hundred cases, each of which takes seconds.</summary>
[Trait("extensive", "true")]
public sealed class EveryFaultTests : FaultMatrix
{
    [Fact]
    public void Of_a_bond() => AllPlans("bond", takeName: false);

    [Fact]
    public void Of_a_bond_that_takes_the_name() => AllPlans("bond", takeName: true);

    [Fact]
    public void Of_a_redirect() => AllPlans("redirect", takeName: false);
}
