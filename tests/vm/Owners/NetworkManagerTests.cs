using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary><see cref="NetworkManager"/> without a join.</summary>
public sealed class NetworkManagerUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedVfTests(output, table, new NetworkManager());
