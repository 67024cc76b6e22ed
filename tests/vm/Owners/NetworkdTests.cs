using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary><see cref="Networkd"/> without a join.</summary>
public sealed class NetworkdUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedVfTests(output, table, new Networkd());
