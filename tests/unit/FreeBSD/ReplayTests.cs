using HypervVfattach.Tests.Unit.FreeBSD.Model;
using HypervVfattach.Tests.Unit.FreeBSD.Replay;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD;

public class ReplayTests(ITestOutputHelper output)
{
    /// <summary>How many records of each kernel are compared: a mask or an exclusion that grows shows here.</summary>
    [Theory]
    [InlineData("renux15-builtin", 981)]
    [InlineData("renux15-module", 977)]
    [InlineData("freebsd14cur2022-builtin", 958)]
    [InlineData("freebsd12.1-builtin", 198)]
    public void The_model_answers_as_the_recorded_kernel_did(string kernel, int compared)
    {
        var replay = new Replayer(KernelProfile.All.Single(p => p.Name == kernel));
        replay.Run();
        output.WriteLine(replay.ToString());
        replay.Differences.ShouldBeEmpty();
        (replay.Compared + replay.Excluded.Values.Sum()).ShouldBe(Recordings.Of(kernel).Count);
        replay.Compared.ShouldBe(compared);
    }
}
