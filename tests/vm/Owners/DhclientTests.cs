using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <inheritdoc/>
public sealed class DhclientUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedTests(output, table, new Dhclient());

/// <inheritdoc/>
public sealed class DhclientRedirectTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Dhclient(), Join.Redirect);

/// <inheritdoc/>
public sealed class DhclientBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedTests(output, table, new Dhclient(), Join.Bond);
