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
    public override Task Static_addresses_stay_while_the_vf_comes_and_goes() => base.Static_addresses_stay_while_the_vf_comes_and_goes();
}

/// <inheritdoc/>
[Part(Part.OwnersBond)]
public sealed class IfupdownBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Ifupdown(), Join.Bond)
{
    /// <inheritdoc/>
    [Core]
    public override Task A_vf_that_is_there_before_the_first_lease() => base.A_vf_that_is_there_before_the_first_lease();
}
