using System.Diagnostics;
using HypervVfattach.Apply;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Apply;

public class UninterruptedTests
{
    // SigIgn of /proc/self/status: a bit a signal, from 1.
    private static ulong Ignored => Convert.ToUInt64(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim(), 16);

    private static ulong Caught => Convert.ToUInt64(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigCgt:", StringComparison.Ordinal))[7..].Trim(), 16);

    [Fact]
    public void Signals_are_ignored_while_it_lives_and_handled_as_before_afterwards()
    {
        (ulong ignored, ulong caught) = (Ignored, Caught);
        using (new Uninterrupted())
        {
            using (new Uninterrupted())
                (Ignored & 0x5007).ShouldBe(0x5007ul); // 1, 2, 3, 13, 15
            (Ignored & 0x5007).ShouldBe(0x5007ul);
            foreach (string signal in new[] { "HUP", "INT", "TERM" })
            {
                using Process kill = Process.Start("kill", [$"-{signal}", $"{Environment.ProcessId}"]);
                kill.WaitForExit();
            }
        }
        (Ignored, Caught).ShouldBe((ignored, caught));
    }
}
