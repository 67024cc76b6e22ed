using System.Reflection;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>Checks that a complete run omits no test.</summary>
[Part(Part.Configuration)]
public class PartTests
{
    [Fact, Core]
    public void Every_class_with_tests_belongs_to_one_of_the_parts() => typeof(PartTests).Assembly.GetTypes()
        .Where(type => !type.IsAbstract && type.GetMethods().Any(method => method.GetCustomAttribute<FactAttribute>() is not null))
        .ShouldAllBe(type => type.GetCustomAttribute<PartAttribute>() != null && Part.All.Contains(type.GetCustomAttribute<PartAttribute>()!.Name));
}
