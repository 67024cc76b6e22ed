using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <inheritdoc/>
public sealed class NetplanUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedTests(output, table, new Netplan());

/// <inheritdoc/>
public sealed class NetplanRedirectTests(ITestOutputHelper output, OwnerTable table)
    : JoinedOnBusTests(output, table, new Netplan(), Join.Redirect);

/// <inheritdoc/>
public sealed class NetplanBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedOnBusTests(output, table, new Netplan(), Join.Bond);
