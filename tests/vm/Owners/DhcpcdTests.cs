using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <inheritdoc/>
public sealed class DhcpcdUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedTests(output, table, new Dhcpcd());

/// <inheritdoc/>
public sealed class DhcpcdRedirectTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Dhcpcd(), Join.Redirect);

/// <inheritdoc/>
public sealed class DhcpcdBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Dhcpcd(), Join.Bond);
