using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary><c>status --output</c> on file systems that refuse it.</summary>
public sealed class StatusOutputTests : KernelTest
{
    [Fact]
    public void A_full_or_read_only_file_system_keeps_the_old_file()
    {
        Assert.SkipWhen(Executable.Path is null, Executable.Missing);
        string program = Executable.Path;
        (int status, string output, string error) = TryRun("unshare", ["-m", "sh", "-c", $"""
            mount -t tmpfs -o size=8k tmpfs /mnt && {program} status --json --output /mnt/status && cp /mnt/status /tmp/status-before || exit 1
            dd if=/dev/zero of=/mnt/fill bs=4096 2>/dev/null
            for options in rw ro; do
                mount -o remount,$options /mnt
                {program} status --prometheus --output /mnt/new; echo $?
                {program} status --json --output /mnt/status; echo $?
                cmp /mnt/status /tmp/status-before
            done
            ls -A /mnt
            """]);
        Assert.Equal(0, status);
        Assert.Equal("1\n1\n1\n1\nfill\nstatus\n", output);
        Assert.Contains("/mnt/status: write: No space left on device", error, StringComparison.Ordinal);
        Assert.Contains("/mnt/status: create a file beside it: Read-only file system", error, StringComparison.Ordinal);
    }
}
