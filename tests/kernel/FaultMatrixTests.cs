using HypervVfattach.Tests.Kernel.Faults;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>A message of each kind in a join is refused. <see cref="EveryFaultTests"/> has every message, every plan, and the process
/// killed around each datagram.</summary>
public sealed class FaultMatrixTests : FaultMatrix
{
    [Fact]
    public void Of_a_bond() => TheJoin("bond");

    [Fact]
    public void Of_a_redirect() => TheJoin("redirect");
}
