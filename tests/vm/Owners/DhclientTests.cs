using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary><see cref="Dhclient"/> without a join.</summary>
public sealed class DhclientUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedVfTests(output, table, new Dhclient());
