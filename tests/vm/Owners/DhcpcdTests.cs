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
    public override Task Two_pairs_have_a_lease_each() => base.Two_pairs_have_a_lease_each();
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
