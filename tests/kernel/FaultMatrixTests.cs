using HypervVfattach.Tests.Kernel.Faults;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>The last message of each kind in a join is refused. <see cref="EveryFaultTests"/> covers every message and every plan, and
/// kills the process around each datagram.</summary>
public sealed class FaultMatrixTests : FaultMatrix
{
    [Fact]
    public void Of_a_bond() => TheJoin("bond");

    [Fact]
    public void Of_a_bond_that_takes_the_name() => TheJoin("bond", takeName: true);

    [Fact]
    public void Of_a_redirect() => TheJoin("redirect");
}
