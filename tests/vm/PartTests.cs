using System.Reflection;
using HypervVfattach.Tests.Vm.Netvsc;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>Checks that a complete run omits no test.</summary>
[Part(Part.Configuration)]
public class PartTests
{
    // A run on a kernel has its part itself, and would otherwise run in two.
    [Fact, Core]
    public void Every_test_belongs_to_one_of_the_parts() => typeof(PartTests).Assembly.GetTypes().Where(type => !type.IsAbstract)
        .SelectMany(type => type.GetMethods().Where(method => method.GetCustomAttribute<FactAttribute>() is not null)
            .Select(method => (Name: $"{type.Name}.{method.Name}", Part: type.GetCustomAttribute<PartAttribute>()?.Name,
                HasKernels: method.IsDefined(typeof(OnKernelsAttribute)))))
        .ShouldAllBe(test => test.HasKernels ? test.Part == null : test.Part != null && Part.All.Contains(test.Part));
}
