using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary><see cref="Netplan"/> without a join.</summary>
public sealed class NetplanUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedVfTests(output, table, new Netplan());
