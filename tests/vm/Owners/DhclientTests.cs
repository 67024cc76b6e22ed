using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <inheritdoc/>
[Part(Part.OwnersNone)]
public sealed class DhclientUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedTests(output, table, new Dhclient());

/// <inheritdoc/>
[Part(Part.OwnersRedirect)]
public sealed class DhclientRedirectTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Dhclient(), Join.Redirect)
{
    /// <inheritdoc/>
    [Core]
    public override Task A_machine_that_boots_with_its_vf_has_its_lease_and_uses_the_vf() => base.A_machine_that_boots_with_its_vf_has_its_lease_and_uses_the_vf();
}

/// <inheritdoc/>
[Part(Part.OwnersBond)]
public sealed class DhclientBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Dhclient(), Join.Bond)
{
    /// <inheritdoc/>
    [Core]
    public override Task Static_addresses_stay_while_the_vf_comes_and_goes() => base.Static_addresses_stay_while_the_vf_comes_and_goes();
}
