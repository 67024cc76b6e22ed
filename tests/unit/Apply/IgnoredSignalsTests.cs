using System.Diagnostics;
using HypervVfattach.Apply;
using HypervVfattach.Posix;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Apply;

// Signals affect the whole process, and other tests run transactions in it.
[CollectionDefinition("signals", DisableParallelization = true)]
public class Signals;

[Collection("signals")]
public class IgnoredSignalsTests
{
    private const ulong Ours = 0x5007; // SIGHUP 1, SIGINT 2, SIGQUIT 3, SIGPIPE 13, SIGTERM 15

    // One bit per signal, from 1.
    private static ulong Mask(string name) => Convert.ToUInt64(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal))[7..].Trim(), 16) & Ours;

    [Fact]
    public void Signals_are_ignored_while_it_lives_and_handled_as_before_afterwards()
    {
        (ulong ignored, ulong caught) = (Mask("SigIgn:"), Mask("SigCgt:"));
        ignored.ShouldNotBe(Ours);
        using (new IgnoredSignals())
        {
            using (new IgnoredSignals())
                Mask("SigIgn:").ShouldBe(Ours);
            Mask("SigIgn:").ShouldBe(Ours);
            foreach (string signal in new[] { "HUP", "INT", "TERM" })
            {
                using Process kill = Process.Start("kill", [$"-{signal}", $"{Environment.ProcessId}"]);
                kill.WaitForExit();
            }
        }
        (Mask("SigIgn:"), Mask("SigCgt:")).ShouldBe((ignored, caught));
    }
}
