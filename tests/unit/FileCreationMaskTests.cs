using System.Diagnostics;
using System.Runtime.InteropServices;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Owners;
using HypervVfattach.Posix;
using HypervVfattach.Tests.Unit.Apply;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Xunit;
using Process = System.Diagnostics.Process;

namespace HypervVfattach.Tests.Unit;

/// <summary>The program's files have their intended modes with every umask.</summary>
public sealed class FileCreationMaskTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("077")]
    [InlineData("0")]
    public void The_program_does_not_keep_its_callers(string mask)
    {
        OnLinux.OrSkip();
        // The pipe is full (pipe(7): 65536 bytes), so the program blocks at its first output.
        using var program = Process.Start(new ProcessStartInfo("sh")
        {
            ArgumentList =
            {
                "-c", $"umask {mask}; head -c 65536 /dev/zero; exec \"$0\" --help",
                Path.Combine(AppContext.BaseDirectory, "hyperv-vfattach"),
            },
            RedirectStandardOutput = true,
        })!;
        try
        {
            string status = "";
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < s_patience; Thread.Sleep(20))
            {
                status = File.ReadAllText($"/proc/{program.Id}/status");
                if (status.Contains("Name:\thyperv-vfattach") && status.Contains("Umask:\t0022"))
                    break;
            }
            status.ShouldContain("Name:\thyperv-vfattach");
            status.ShouldContain("Umask:\t0022");
        }
        finally
        {
            program.Kill();
        }
    }

    /// <remarks>In a separate process and mount namespace, in which /run is empty.</remarks>
    [Theory]
    [InlineData("077")]
    [InlineData("0")]
    public void What_it_writes_can_be_read_and_not_be_changed_by_others(string mask)
    {
        OnLinux.OrSkip();
        using var program = Process.Start(new ProcessStartInfo("unshare")
        {
            ArgumentList =
            {
                "-rm", "sh", "-c",
                $"mount -t tmpfs none /run || exit 77; umask {mask}; exec \"$0\" -noLogo -noColor -noAutoReporters "
                    + $"-explicit only -method '*.{nameof(Files)}'",
                Environment.ProcessPath!,
            },
            RedirectStandardOutput = true,
        })!;
        string output = program.StandardOutput.ReadToEnd();
        program.WaitForExit();
        Assert.SkipWhen(program.ExitCode is 77 or 1 && output.Length == 0, "needs a mount namespace: unshare -rm");
        output.ShouldContain("Total: 1, Errors: 0, Failed: 0, Skipped: 0");
        program.ExitCode.ShouldBe(0, output);
    }

    /// <remarks>Explicit: the test above starts it.</remarks>
    [Fact(Explicit = true)]
    public void Files()
    {
        FileCreationMask.Set();
        NetworkdChanger.Put(new PutNetworkFiles([new NetworkFile("05-test.network", "[Match]\n")], false, 0), _ => "", repeat: false);
        var journals = new Journals("/run/hyperv-vfattach", new HostIdentity("boot", "net:[1]"));
        using (PairLock.TryTake(journals.Directory, Plans.Mac))
        using (journals.Start(Plans.Join()))
            journals.HoldOff.Vf(Plans.Mac, 3, "it was detached", DateTimeOffset.UnixEpoch);

        Mode("/run/systemd").ShouldBe("755");
        Mode("/run/systemd/network").ShouldBe("755");
        Mode("/run/systemd/network/05-test.network").ShouldBe("644");
        Mode("/run/hyperv-vfattach").ShouldBe("755");
        foreach (string file in Directory.GetFiles(journals.Directory))
            Mode(file).ShouldBe(file.EndsWith(".left", StringComparison.Ordinal) ? "644" : "600", file);
        Directory.GetFiles(journals.Directory).Length.ShouldBe(3);
    }

    private static string Mode(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8);
}
