using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.FreeBSD;
using HypervVfattach.Posix;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD;

/// <summary>How programs are started, on Linux, where the tests run.</summary>
public class ProgramsTests
{
    [Fact]
    public void A_program_that_is_started_while_the_network_changes_can_be_ended()
    {
        OnLinux.OrSkip();
        using var block = new IgnoredSignals();
        ProgramResult result = new Programs().Run("/bin/sh", "-c", "grep SigIgn /proc/self/status");
        ulong ignored = Convert.ToUInt64(System.Text.Encoding.ASCII.GetString(result.Output).Trim().Split('\t')[1], 16);
        foreach (int signal in (int[])[1, 2, 3, 13, 15])
            (ignored >> signal - 1 & 1).ShouldBe(0u, $"signal {signal}");
    }

    [Fact]
    public void What_a_program_prints_and_complains_of_and_how_it_ends_is_told()
    {
        OnLinux.OrSkip();
        ProgramResult result = new Programs().Run(
            "/bin/sh", "-c", "head -c 200000 /dev/zero >&2; head -c 200000 /dev/zero; pwd; echo $HOME $PATH ${LANG-none}; cat; exit 3");
        result.Status.ShouldBe(3);
        System.Text.Encoding.ASCII.GetString(result.Output).TrimStart('\0').ShouldBe("/\n/ /sbin:/bin:/usr/sbin:/usr/bin none\n");
        result.Errors.Length.ShouldBe(200_000);
        new Programs().Run("/bin/sh", "-c", "kill -9 $$").Status.ShouldBe(137);
    }

    [Fact]
    public void A_program_that_is_missing_is_a_refusal() =>
        Should.Throw<SystemRefusal>(() => new Programs().Run("/no/such/program")).Message
            .ShouldBe("/no/such/program: run: No such file or directory (errno 2)");
}
