using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Apply;

public sealed partial class PairLockTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_brief = TimeSpan.FromMilliseconds(300);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void One_waits_for_the_other()
    {
        var order = new System.Collections.Concurrent.ConcurrentQueue<string>();
        PairLock first = PairLock.Take(_directory.Path, Plans.Mac, s_patience);
        PairLock.TryTake(_directory.Path, Plans.Mac).ShouldBeNull();
        var second = new Thread(() =>
        {
            using PairLock held = PairLock.Take(_directory.Path, Plans.Mac, s_patience);
            order.Enqueue("second");
        });
        second.Start();
        Thread.Sleep(100);
        order.Enqueue("first");
        first.Dispose();
        second.Join();
        order.ShouldBe(["first", "second"]);
        using PairLock? free = PairLock.TryTake(_directory.Path, Plans.Mac);
        free.ShouldNotBeNull();
    }

    [Fact]
    public void Another_process_holds_it_too()
    {
        PairLock.Take(_directory.Path, Plans.Mac, s_patience).Dispose();
        string file = Directory.GetFiles(_directory.Path, "*.lock").ShouldHaveSingleItem();
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("flock")
        {
            ArgumentList = { file, "sh", "-c", "echo held; read -r line" },
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        process.StandardOutput.ReadLine().ShouldBe("held");
        PairLock.TryTake(_directory.Path, Plans.Mac).ShouldBeNull();
        process.StandardInput.Close();
        using PairLock held = PairLock.Take(_directory.Path, Plans.Mac, s_patience);
        process.WaitForExit();
    }

    /// <summary>Holds the lock as another process of this program would, until its standard input ends.</summary>
    private System.Diagnostics.Process Holder(string inside)
    {
        PairLock.Take(_directory.Path, Plans.Mac, s_patience).Dispose();
        string file = Directory.GetFiles(_directory.Path, "*.lock").ShouldHaveSingleItem();
        var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("flock")
        {
            ArgumentList = { file, "sh", "-c", inside + "; echo $$; read -r line", "sh", file },
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        return process;
    }

    [Fact]
    public void Who_holds_it_for_too_long_is_named()
    {
        using System.Diagnostics.Process holder = Holder("echo $$ > $1");
        string id = holder.StandardOutput.ReadLine()!;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        string message = Should.Throw<SystemRefusal>(() => PairLock.Take(_directory.Path, Plans.Mac, s_brief)).Message;
        clock.Elapsed.ShouldBeInRange(s_brief, s_patience);
        message.ShouldBe($"pair {Plans.Mac}: lock {Directory.GetFiles(_directory.Path)[0]}: process {id} has held it for more than 0.3 s; "
            + "nothing was changed; wait until that process ends, or end it, and run hyperv-vfattach scan");
        holder.StandardInput.Close();
        PairLock.Take(_directory.Path, Plans.Mac, s_patience).Dispose();
        holder.WaitForExit();
    }

    [Fact]
    public void Nobody_is_blamed_who_does_not_hold_it()
    {
        // 2^22 is the largest process id of Linux (PID_MAX_LIMIT): a process that was killed, and then another program.
        foreach (string inside in new[] { "true", "echo 4194305 > $1", "echo rubbish > $1" })
        {
            using System.Diagnostics.Process holder = Holder(inside);
            holder.StandardOutput.ReadLine();
            Should.Throw<SystemRefusal>(() => PairLock.Take(_directory.Path, Plans.Mac, s_brief)).Message
                .ShouldContain(": another process has held it", customMessage: inside);
            holder.StandardInput.Close();
            holder.WaitForExit();
        }
    }

    [Fact]
    public void This_process_is_named_as_well()
    {
        using PairLock first = PairLock.Take(_directory.Path, Plans.Mac, s_patience);
        Should.Throw<SystemRefusal>(() => PairLock.Take(_directory.Path, Plans.Mac, TimeSpan.Zero)).Message
            .ShouldContain($"process {Environment.ProcessId} has held it");
    }

    /// <remarks>A child between its fork and its exec has a copy of every descriptor, those with O_CLOEXEC too (flock(2)).</remarks>
    [Fact]
    public void A_copy_of_the_descriptor_does_not_hold_what_was_released()
    {
        int copy;
        using (PairLock.Take(_directory.Path, Plans.Mac, s_patience))
        {
            string file = Directory.GetFiles(_directory.Path).ShouldHaveSingleItem();
            string descriptor = Directory.GetFiles("/proc/self/fd").Single(fd => new FileInfo(fd).LinkTarget == file);
            copy = dup(int.Parse(Path.GetFileName(descriptor)));
        }
        using (new Microsoft.Win32.SafeHandles.SafeFileHandle(copy, ownsHandle: true))
        using (PairLock? next = PairLock.TryTake(_directory.Path, Plans.Mac))
            next.ShouldNotBeNull();
    }

    [System.Runtime.InteropServices.LibraryImport("libc")]
    private static partial int dup(int descriptor);

    [Fact]
    public void Pairs_do_not_wait_for_each_other()
    {
        using PairLock one = PairLock.Take(_directory.Path, Plans.Mac, s_patience);
        using PairLock? other = PairLock.TryTake(_directory.Path, new HardwareAddress("00:0d:3a:12:34:57"));
        other.ShouldNotBeNull();
        File.GetUnixFileMode(Directory.GetFiles(_directory.Path)[0]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
