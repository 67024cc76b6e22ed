using HypervVfattach.Tests.Unit.FreeBSD.Model;
using HypervVfattach.Tests.Unit.FreeBSD.Replay;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD;

public class ReplayTests(ITestOutputHelper output)
{
    /// <summary>Number of compared records for each kernel: a mask or an exclusion that grows is noticed here.</summary>
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

    /// <summary>Profiles with one rule changed: none of them may match the recorded kernel.</summary>
    internal static Dictionary<string, KernelProfile> Wrong { get; } = new()
    {
        ["15: no module file on disk"] = KernelProfile.Level15 with { ModuleFiles = [] },
        ["15: ports left alone"] = KernelProfile.Level15 with { PortsFollowLagg = false },
        ["15: one path a route"] = KernelProfile.Level15 with { Multipath = false },
        ["15: any lagg parameter"] = KernelProfile.Level15 with { LaggParameter = false },
        ["15: options of a lagg"] = KernelProfile.Level15 with { LaggUsesNuma = false },
        ["15: IPv6 on from the start"] = KernelProfile.Level15 with { Inet6StartsDisabled = false },
        ["15: addresses not announced"] = KernelProfile.Level15 with { AnnouncesAddresses = false },
        ["15: interface after its routes"] = KernelProfile.Level15 with { IfInfoBeforeInet = false },
        ["15: up by address, silently"] = KernelProfile.Level15 with { AddressUpIsAnnounced = false },
        ["15: plain epair"] = KernelProfile.Level15 with { EpairOffloads = false },
        ["15: a flag nobody knows"] = KernelProfile.Level15 with { EpochFlag = true },
        ["15: no netlink"] = KernelProfile.Level15 with { Netlink = false },
        ["15: hyperv"] = KernelProfile.Level15 with { HyperVCompiledIn = true },
        ["15: lagg a module"] = KernelProfile.Level15 with { LaggCompiledIn = false },
        ["15 module: lagg compiled in"] = KernelProfile.Level15Module with { LaggCompiledIn = true },
        ["15 module: no hyperv"] = KernelProfile.Level15Module with { HyperVCompiledIn = false },
        ["15 module: VF not transparent"] = KernelProfile.Level15Module with { VfTransparent = false },
        ["14: ports follow"] = KernelProfile.Current14 with { PortsFollowLagg = true },
        ["14: no flag nobody knows"] = KernelProfile.Current14 with { EpochFlag = false },
        ["14: a route without mask"] = KernelProfile.Current14 with { MissingNetmaskErrno = 0 },
        ["14: interface before its routes"] = KernelProfile.Current14 with { IfInfoBeforeInet = true },
        ["14: up by address, said"] = KernelProfile.Current14 with { AddressUpIsAnnounced = true },
        ["12.1: ports follow"] = KernelProfile.Stable12 with { PortsFollowLagg = true },
        ["12.1: several paths a route"] = KernelProfile.Stable12 with { Multipath = true },
        ["12.1: IPv6 off at the start"] = KernelProfile.Stable12 with { Inet6StartsDisabled = true },
        ["12.1: new routing table"] = KernelProfile.Stable12 with { OldRadix = false },
        ["12.1: lagg parameter"] = KernelProfile.Stable12 with { LaggParameter = true },
        ["12.1: sysctl by name"] = KernelProfile.Stable12 with { SysctlByNumber = false },
    };

    public static TheoryData<string> WrongNames => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(WrongNames))]
    public void The_recordings_tell_a_kernel_with_another_rule_apart(string rule)
    {
        var replay = new Replayer(Wrong[rule]);
        replay.Run(toFirstDifference: true);
        replay.Differences.ShouldNotBeEmpty();
    }
}
