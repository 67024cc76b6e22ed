using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <inheritdoc/>
[Part(Part.OwnersNone)]
public sealed class DhcpcdUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedTests(output, table, new Dhcpcd());

/// <inheritdoc/>
[Part(Part.OwnersRedirect)]
public sealed class DhcpcdRedirectTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Dhcpcd(), Join.Redirect)
{
    /// <inheritdoc/>
    [Core]
    public override Task A_vf_that_is_there_before_the_first_lease() => base.A_vf_that_is_there_before_the_first_lease();
}

/// <inheritdoc/>
[Part(Part.OwnersBond)]
public sealed class DhcpcdBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Dhcpcd(), Join.Bond)
{
    /// <inheritdoc/>
    [Core]
    public override Task A_lease_lives_on_whatever_happens_to_the_vf_and_to_its_owner() => base.A_lease_lives_on_whatever_happens_to_the_vf_and_to_its_owner();
}
