using HypervVfattach.Commands;
using HypervVfattach.Tests.Unit.FreeBSD.Model;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD.Workflows;

/// <summary>The workflows of the scripts, on each kernel.</summary>
public class WorkflowTests
{
    public static TheoryData<string> Kernels => [.. KernelProfile.All.Select(profile => profile.Name)];

    private static KernelProfile Profile(string name) => KernelProfile.All.Single(profile => profile.Name == name);

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_VF_that_arrives_is_joined_with_the_whole_configuration(string kernel)
    {
        using var machine = Machine.Static(Profile(kernel));
        machine.VfArrived();
        string state = machine.State();
        state.ShouldContain("lagg0 00:15:5d:01:02:03 up carrier mtu 1500 mode 1 primary hn0 active mce0", Case.Sensitive, machine.Out.ToString());
    }
}
