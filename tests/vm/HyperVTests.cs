using HypervVfattach.Machines;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>What happens to the VF of a guest of Hyper-V.</summary>
[Part(Part.Lives)]
public class LifeHyperVTests(ITestOutputHelper output) : LifeTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.HyperV;
}

/// <summary>What happens to a guest of Hyper-V as a whole.</summary>
[Part(Part.Lives)]
public class GuestLifeHyperVTests(ITestOutputHelper output) : GuestLifeTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.HyperV;
}

/// <summary>Containers in live migrations between hosts of Hyper-V.</summary>
[Part(Part.Lives)]
public class ContainerHyperVTests(ITestOutputHelper output) : ContainerTests(output)
{
    /// <inheritdoc/>
    protected override HostKind HostKind => HostKind.HyperV;
}
