using HypervVfattach.Machines;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Vm;

/// <summary>500 consecutive calls to the real systemd on its private socket and 500 on the system bus, in each release and with each bus. A
/// simulated peer in a unit test does not show what a server does with two messages in one segment.</summary>
[Part(Part.Releases)]
public class DBusTests(ITestOutputHelper output) : Scenario(output)
{
    /// <inheritdoc/>
    /// <remarks>Each test names its release.</remarks>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("bullseye", "dbus-daemon")]
    [InlineData("bookworm", "dbus-daemon")]
    [InlineData("bookworm", "dbus-broker")]
    [InlineData("trixie", "dbus-daemon")]
    [InlineData("trixie", "dbus-broker")]
    [InlineData("forky", "dbus-daemon")]
    [InlineData("forky", "dbus-broker")]
    public async Task No_call_hangs(string release, string bus)
    {
        var disk = Path.Combine(Repository.Top, "artifacts", "systemd-calls.squashfs");
        await ProgramDisk.MakeAsync(disk, Path.Combine(Repository.Top, "artifacts", "bin", "kernel", "debug"));
        await StartAsync(new MachineOptions { Release = release, ExtraDisk = disk, Memory = 1024, Boot = true });
        await RunAsync(ProgramDisk.Mount);
        if (bus == "dbus-broker")
            await RunAsync("ln -s /lib/systemd/system/dbus-broker.service /etc/systemd/system/dbus.service && systemctl daemon-reload && systemctl restart dbus.service");
        (await RunAsync("ps -e -o comm=")).Split('\n').ShouldContain(bus);
        var result = await Machine.TryAsync($"{ProgramDisk.Enter} && debug/kernel -noLogo -noColor -noAutoReporters -showLiveOutput -trait systemd=true",
            TimeSpan.FromMinutes(10));
        Say(result.Output);
        result.Succeeded("debug/kernel");
        result.Output.ShouldContain("Total: 2, Errors: 0, Failed: 0, Skipped: 0");
    }
}
