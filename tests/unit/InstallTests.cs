using System.Diagnostics;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit;

/// <summary>Runs install.sh with a directory as the target.</summary>
public sealed class InstallTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <remarks>networkd before 243 would read the file as one that matches every NIC, and unmanage all of them.</remarks>
    [Theory]
    [InlineData("237", false)]
    [InlineData("242", false)]
    [InlineData("243", true)]
    public void Networkd_gets_no_file_that_it_does_not_understand(string systemd, bool isThere)
    {
        OnLinux.OrSkip();
        string file = Path.Combine(_directory, "usr/lib/systemd/network/00-hyperv-vfattach.network");
        Install("252");
        File.Exists(file).ShouldBeTrue();
        Install(systemd);
        File.Exists(file).ShouldBe(isThere);
    }

    private void Install(string systemd)
    {
        var start = new ProcessStartInfo("sh", [Path.Combine(Repository.Root, "install", "install.sh")])
        {
            RedirectStandardOutput = true,
            Environment = { ["DESTDIR"] = _directory, ["PREFIX"] = "/usr", ["BINARY"] = "/bin/true", ["SYSTEMD"] = systemd },
        };
        using Process process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0);
    }
}
