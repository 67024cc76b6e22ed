using HypervVfattach.Tests.Kernel.Faults;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>Each message of a join, its detach and the VF's return is refused; the process is killed where it takes something away.</summary>
public sealed class FaultMatrixTests : FaultMatrix
{
    [Fact]
    public void Of_a_bond() => AllPlans("bond", takeName: false, everyKill: false);

    [Fact]
    public void Of_a_redirect() => AllPlans("redirect", takeName: false, everyKill: false);
}
