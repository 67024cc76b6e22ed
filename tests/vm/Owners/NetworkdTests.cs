using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <inheritdoc/>
public sealed class NetworkdUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedTests(output, table, new Networkd());

/// <inheritdoc/>
public sealed class NetworkdRedirectTests(ITestOutputHelper output, OwnerTable table)
    : JoinedOnBusTests(output, table, new Networkd(), Join.Redirect);

/// <inheritdoc/>
public sealed class NetworkdBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedOnBusTests(output, table, new Networkd(), Join.Bond);
