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
    public override Task Static_addresses_stay_while_the_vf_comes_and_goes() => base.Static_addresses_stay_while_the_vf_comes_and_goes();
}

/// <inheritdoc/>
[Part(Part.OwnersBond)]
public sealed class NetplanBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedOnBusTests(output, table, new Netplan(), Join.Bond)
{
    /// <inheritdoc/>
    [Core]
    public override Task A_machine_that_boots_with_its_vf_has_its_lease_and_uses_the_vf() => base.A_machine_that_boots_with_its_vf_has_its_lease_and_uses_the_vf();
}
