using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <inheritdoc/>
public sealed class NetworkManagerUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedTests(output, table, new NetworkManager());

/// <inheritdoc/>
public sealed class NetworkManagerRedirectTests(ITestOutputHelper output, OwnerTable table)
    : JoinedOnBusTests(output, table, new NetworkManager(), Join.Redirect);

/// <inheritdoc/>
public sealed class NetworkManagerBondTests(ITestOutputHelper output, OwnerTable table)
    : JoinedOnBusTests(output, table, new NetworkManager(), Join.Bond);
