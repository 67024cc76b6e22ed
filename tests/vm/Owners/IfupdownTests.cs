using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <inheritdoc/>
[Part(Part.OwnersNone)]
public sealed class IfupdownUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedTests(output, table, new Ifupdown());

/// <inheritdoc/>
[Part(Part.OwnersRedirect)]
public sealed class IfupdownRedirectTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Ifupdown(), Join.Redirect)
{
    /// <inheritdoc/>
    [Core]
    public override Task A_lease_is_renewed_after_a_join_and_after_its_detach() => base.A_lease_is_renewed_after_a_join_and_after_its_detach();
}

/// <inheritdoc/>
[Part(Part.ClientsBond)]
public sealed class IfupdownBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Ifupdown(), Join.Bond)
{
    /// <inheritdoc/>
    [Core]
    public override Task A_lease_is_renewed_after_a_join_and_after_its_detach() => base.A_lease_is_renewed_after_a_join_and_after_its_detach();
}
