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
    public override Task A_lease_is_renewed_after_a_join_and_after_its_detach() => base.A_lease_is_renewed_after_a_join_and_after_its_detach();
}

/// <inheritdoc/>
[Part(Part.ClientsBond)]
public sealed class DhclientBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Dhclient(), Join.Bond)
{
    /// <inheritdoc/>
    [Core]
    public override Task A_lease_is_renewed_after_a_join_and_after_its_detach() => base.A_lease_is_renewed_after_a_join_and_after_its_detach();
}
