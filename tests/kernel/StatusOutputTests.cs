using Xunit;

namespace HypervVfattach.Tests.Kernel;

/// <summary><c>status --output</c> where it is refused.</summary>
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

    [Fact]
    public void The_directory_of_another_user_is_refused_and_stays_as_it_was()
    {
        Assert.SkipWhen(Executable.Path is null, Executable.Missing);
        (int status, string output, string error) = TryRun("unshare", ["-m", "sh", "-c", $"""
            mount -t tmpfs tmpfs /mnt && mkdir -m 755 /mnt/theirs && echo old >/mnt/theirs/status && cp {Executable.Path} /mnt/program && chmod 755 /mnt /mnt/program || exit 1
            setpriv --reuid 65534 --clear-groups /mnt/program status --json --output /mnt/theirs/status; echo $?
            setpriv --reuid 65534 --clear-groups /mnt/program status --history --output /mnt/theirs/new; echo $?
            ls -A /mnt/theirs; cat /mnt/theirs/status
            """]);
        Assert.Equal(0, status);
        Assert.Equal("1\n1\nstatus\nold\n", output);
        Assert.Contains("/mnt/theirs/status: create a file beside it: Permission denied", error, StringComparison.Ordinal);
        Assert.Contains("/mnt/theirs/new: create a file beside it: Permission denied", error, StringComparison.Ordinal);
    }
}
