using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux;
using HypervVfattach.Tests.Kernel.Faults;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>Large received packets of a real driver.</summary>
public class LargeReceiveTests : KernelTest
{
    [Fact]
    public void A_driver_switches_it_off_and_on()
    {
        using NicPair? pair = NicPair.Find();
        Assert.SkipWhen(pair is null, "this machine has no pair of NICs for the tests");
        pair!.Renew();
        Assert.SkipUnless(Features.On(NicPair.Vf).Contains(Features.LargeReceive), "the driver of this VF does not join received packets");
        int vf = Index(NicPair.Vf);
        for (int times = 0; times < 2; times++)
        {
            Backend.Apply([new SetLargeReceive(vf, false)], 0, repeat: false);
            Features.On(NicPair.Vf).ShouldNotContain(Features.LargeReceive);
        }
        Backend.Apply([new SetLargeReceive(vf, true)], 0, repeat: false);
        Features.On(NicPair.Vf).ShouldContain(Features.LargeReceive);
        Backend.Apply([new SetLargeReceive(9999, false)], 0, repeat: false);
    }
}
