using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <inheritdoc/>
public sealed class IfupdownUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedTests(output, table, new Ifupdown());

/// <inheritdoc/>
public sealed class IfupdownRedirectTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Ifupdown(), Join.Redirect);

/// <inheritdoc/>
public sealed class IfupdownBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Ifupdown(), Join.Bond);
