using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary>The executable needs none of the system's files: no shared library, no file of the C library, not even /proc.</summary>
public sealed class StaticExecutableTests : KernelTest
{
    private static readonly string[][] s_commands =
    [
        ["--version"], ["--help"], ["status"], ["status", "--json"], ["status", "--prometheus"], ["--dry-run", "veth0"], ["scan", "--dry-run"],
        ["scan"], ["scan", "--unfinished"], ["scan", "--repair"], ["import", "veth0"], ["--event", "veth0"], ["--foreground", "veth0", "0"],
        ["detach", "veth0"], ["vfup", "veth0"], ["--config", "/nothing", "status"], ["--nonsense"],
    ];

    private readonly string _executable;

    public StaticExecutableTests()
    {
        Assert.SkipWhen(Executable.Path is null, Executable.Missing);
        _executable = Executable.Path;
    }

    [Fact]
    public void No_command_opens_a_shared_library_or_a_table_of_the_C_library()
    {
        string trace = Path.GetTempFileName();
        try
        {
            foreach (string[] command in s_commands)
            {
                TryRun("strace", ["-f", "-e", "trace=%file", "-o", trace, _executable, .. command]);
                string[] opened = File.ReadAllLines(trace);
                Assert.Contains(opened, line => line.Contains("execve(", StringComparison.Ordinal));
                Assert.DoesNotContain(opened, line => line.Contains(".so", StringComparison.Ordinal)
                    || line.Contains("/etc/nsswitch.conf", StringComparison.Ordinal) || line.Contains("/etc/passwd", StringComparison.Ordinal)
                    || line.Contains("/etc/group", StringComparison.Ordinal) || line.Contains("/etc/resolv.conf", StringComparison.Ordinal));
            }
        }
        finally
        {
            File.Delete(trace);
        }
    }

    [Fact]
    public void It_runs_in_an_empty_root()
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory();
        try
        {
            File.Copy(_executable, Path.Combine(root.FullName, "hyperv-vfattach"));
            foreach ((string[] command, int status) in new (string[], int)[]
            {
                (["--version"], 0), (["status"], 0), (["--dry-run", "lo"], 0), (["scan", "--dry-run"], 0), (["import", "lo"], 0), (["--event", "lo"], 0),
            })
            {
                (int exit, string output, string error) = TryRun("chroot", [root.FullName, "/hyperv-vfattach", .. command]);
                Assert.True(exit == status, $"{string.Join(' ', command)}: exit {exit}\n{output}{error}");
            }
            Assert.Equal(["hyperv-vfattach"], root.GetFileSystemInfos().Select(file => file.Name));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
