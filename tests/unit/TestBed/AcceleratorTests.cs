using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.TestBed;

/// <summary>Tests the arguments only: no machine is started with KVM.</summary>
public class AcceleratorTests
{
    [Theory]
    [InlineData(true, "flags\t\t: fpu vmx sse", true)]
    [InlineData(true, "processor\t: 0\nflags\t\t: fpu svm", true)]
    [InlineData(true, "flags\t\t: fpu sse hypervisor", false)]
    [InlineData(true, "model name\t: vmx svm\nflags\t\t: fpu svm_lock novmx", false)]
    [InlineData(true, "vmx flags\t: vnmi\nflags\t\t: fpu", false)]
    [InlineData(true, "", false)]
    [InlineData(false, "flags\t\t: fpu vmx svm", false)]
    public void Kvm_is_used_where_it_opens_and_the_processor_has_it(bool opens, string cpuInfo, bool kvm) =>
        Accelerator.Arguments(opens, cpuInfo).ShouldBe(kvm
            ? ["-accel", "kvm", "-cpu", "host"]
            : ["-accel", "tcg,thread=single", "-cpu", "max"]);
}
