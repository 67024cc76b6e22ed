using HypervVfattach.Tests.Kernel.Faults;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>Each message of a join is refused; the process is killed where it takes something away. <see cref="EveryFaultTests"/>
/// does the same with every plan.</summary>
public sealed class FaultMatrixTests : FaultMatrix
{
    [Fact]
    public void Of_a_bond() => TheJoin("bond");

    [Fact]
    public void Of_a_redirect() => TheJoin("redirect");
}
