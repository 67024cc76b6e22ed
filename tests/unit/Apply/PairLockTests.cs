using HypervVfattach.Apply;
using HypervVfattach.Core.Model;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Apply;

public sealed class PairLockTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void One_waits_for_the_other()
    {
        var order = new System.Collections.Concurrent.ConcurrentQueue<string>();
        PairLock first = PairLock.Take(_directory.Path, Plans.Mac);
        PairLock.TryTake(_directory.Path, Plans.Mac).ShouldBeNull();
        var second = new Thread(() =>
        {
            using PairLock held = PairLock.Take(_directory.Path, Plans.Mac);
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
        PairLock.Take(_directory.Path, Plans.Mac).Dispose();
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
        using PairLock held = PairLock.Take(_directory.Path, Plans.Mac);
        process.WaitForExit();
    }

    [Fact]
    public void Pairs_do_not_wait_for_each_other()
    {
        using PairLock one = PairLock.Take(_directory.Path, Plans.Mac);
        using PairLock? other = PairLock.TryTake(_directory.Path, new HardwareAddress("00:0d:3a:12:34:57"));
        other.ShouldNotBeNull();
        File.GetUnixFileMode(Directory.GetFiles(_directory.Path)[0]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
