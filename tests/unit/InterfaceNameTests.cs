using HypervVfattach.Core;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit;

public class InterfaceNameTests
{
    [Theory]
    [InlineData("eth0", null)]
    [InlineData("enP39802s2np0", null)]
    [InlineData("abcdefghijklmno", null)]
    [InlineData("abcdefghijklmnop", "is longer than 15 bytes")]
    [InlineData("äöüäöüäö", "is longer than 15 bytes")]
    [InlineData("", "is empty")]
    [InlineData("..", "is a name of the file system")]
    [InlineData("a/b", "contains '/'")]
    [InlineData("eth0:1", "contains ':'")]
    [InlineData("eth 0", "contains white space")]
    [InlineData("eth0\n", "contains white space")]
    [InlineData("eth\u0001", "contains a control character")]
    public void Fault_names_the_broken_rule(string name, string? fault) => InterfaceName.Fault(name).ShouldBe(fault);
}
