using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <inheritdoc/>
[Part(Part.OwnersNone)]
public sealed class NetplanUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedTests(output, table, new Netplan());

/// <inheritdoc/>
[Part(Part.OwnersRedirect)]
public sealed class NetplanRedirectTests(ITestOutputHelper output, OwnerTable table)
    : JoinedOnBusTests(output, table, new Netplan(), Join.Redirect)
{
    /// <inheritdoc/>
    [Core]
    public override Task A_lease_is_renewed_after_a_join_and_after_its_detach() => base.A_lease_is_renewed_after_a_join_and_after_its_detach();
}

/// <inheritdoc/>
[Part(Part.OwnersBond)]
public sealed class NetplanBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedOnBusTests(output, table, new Netplan(), Join.Bond)
{
    /// <inheritdoc/>
    [Core]
    public override Task A_lease_is_renewed_after_a_join_and_after_its_detach() => base.A_lease_is_renewed_after_a_join_and_after_its_detach();
}
