using HypervVfattach.Machines.Owners;
using Xunit;

namespace HypervVfattach.Tests.Vm.Owners;

/// <summary><see cref="Ifupdown"/> without a join.</summary>
public sealed class IfupdownUnjoinedTests(ITestOutputHelper output, OwnerTable table)
    : UnjoinedVfTests(output, table, new Ifupdown());
