using HypervVfattach.Core.Model;
using HypervVfattach.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>The kernel's words, from the log of a guest with the stock hv_netvsc of 6.1.</summary>
public class NetvscReasonsTests
{
    private const string Start = "<5>[    0.000000] Linux version 6.1.0-42-amd64";
    private const string Serial = "<5>[   31.123456] vmxnet3 0000:02:00.0 eth1: no netdev found for vf serial:1";

    private static readonly Link s_vf = new() { Index = 4, Name = "enp2s0", Device = new Device("vmxnet3", "pci", "/devices/pci0000:00/0000:00:02.1/0000:02:00.0", 0) };

    [Fact]
    public void The_last_reason_for_the_pci_function_counts_whatever_the_interface_was_called()
    {
        KernelReasons reasons = NetvscReasons.In(
            [Start, Serial, "<3>[   40.0] vmxnet3 0000:02:00.0 eth1: can not register netvsc VF receive handler (err = -16)", "<6>[   41.0] vmxnet3 0000:02:00.0 enp2s0: renamed from eth1", ""], [s_vf]);
        reasons.Words[4].ShouldBe("can not register netvsc VF receive handler (err = -16)");
        reasons.Gap.ShouldBeNull();
    }

    [Fact]
    public void Another_functions_reason_is_not_taken()
    {
        NetvscReasons.In([Start, Serial.Replace("02:00.0", "03:00.0"), Serial.Replace("0000:02:00.0", "0000:02:00.01")], [s_vf]).Words.ShouldBeEmpty();
        NetvscReasons.In([Start, Serial], [s_vf with { Device = null }]).Words.ShouldBeEmpty();
    }

    [Fact]
    public void A_log_that_does_not_reach_back_to_the_boot_or_cannot_be_read_is_told_of()
    {
        NetvscReasons.In([Serial], [s_vf]).Gap.ShouldBe("its beginning is overwritten");
        NetvscReasons.In(null, [s_vf]).Gap.ShouldBe("only root may read it");
        NetvscReasons.In([""], [s_vf]).Words.ShouldBeEmpty();
    }
}
