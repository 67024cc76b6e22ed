using HypervVfattach.Tests.Kernel.Faults;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>As <see cref="FaultMatrixTests"/>, with a bond that takes the name and with a kill before and after each datagram: for
/// the part, because in an emulated guest this takes a quarter of an hour.</summary>
[Trait("extensive", "true")]
public sealed class EveryFaultTests : FaultMatrix
{
    [Fact]
    public void Of_a_bond() => AllPlans("bond", takeName: false, everyKill: true);

    [Fact]
    public void Of_a_bond_that_takes_the_name() => AllPlans("bond", takeName: true, everyKill: true);

    [Fact]
    public void Of_a_redirect() => AllPlans("redirect", takeName: false, everyKill: true);
}
