using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Systemd;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

public class LinuxSchedulerTests
{
    private readonly List<TransientService> _services = [];
    private readonly List<(string Path, ImmutableArray<string> Arguments, ImmutableArray<string> Environment)> _processes = [];

    private LinuxScheduler On(Scheduling systemd) => new("/usr/sbin/hyperv-vfattach",
        service =>
        {
            _services.Add(service);
            return systemd;
        },
        (path, arguments, environment) =>
        {
            _processes.Add((path, arguments, environment));
            return 812;
        });

    [Fact]
    public void With_systemd_a_timer_waits_for_the_delay()
    {
        var run = new BackgroundRun(7, "enP1s1", TimeSpan.FromSeconds(120), AtOnce: false, ["--verbose"]);
        On(Scheduling.Scheduled).Schedule(run).ShouldBe(new Scheduled("unit hyperv-vfattach-7", Already: false));
        TransientService service = _services.ShouldHaveSingleItem();
        service.Unit.ShouldBe("hyperv-vfattach-7");
        service.Delay.ShouldBe(TimeSpan.FromSeconds(120));
        service.Command.ShouldBe(["/usr/sbin/hyperv-vfattach", "--event", "--foreground", "--verbose", "--", "enP1s1", "0"]);
        service.StopCommand.ShouldBe(["/usr/sbin/hyperv-vfattach", "scan", "--event", "--unfinished", "--verbose"]);
        service.Environment.ShouldBe(["IFINDEX=7"]);
        _processes.ShouldBeEmpty();
    }

    [Fact]
    public void What_must_watch_starts_at_once()
    {
        On(Scheduling.Scheduled).Schedule(new BackgroundRun(7, "enP1s1", TimeSpan.FromSeconds(5), AtOnce: true, []));
        TransientService service = _services.ShouldHaveSingleItem();
        service.Delay.ShouldBe(TimeSpan.Zero);
        service.Command[^1].ShouldBe("5");
    }

    [Fact]
    public void A_unit_that_waits_already_is_said() =>
        On(Scheduling.AlreadyScheduled).Schedule(new BackgroundRun(7, "enP1s1", TimeSpan.FromSeconds(5), false, []))
            .Already.ShouldBeTrue();

    [Fact]
    public void Without_systemd_a_process_waits_by_itself()
    {
        var run = new BackgroundRun(7, "enP1s1", TimeSpan.FromSeconds(5), AtOnce: false, []);
        On(Scheduling.NoSystemd).Schedule(run).ShouldBe(new Scheduled("process 812", Already: false));
        (string path, ImmutableArray<string> arguments, ImmutableArray<string> environment) = _processes.ShouldHaveSingleItem();
        path.ShouldBe("/usr/sbin/hyperv-vfattach");
        arguments.ShouldBe(["/usr/sbin/hyperv-vfattach", "--event", "--foreground", "--", "enP1s1", "5"]);
        environment.ShouldBe(["IFINDEX=7"]);
    }
}
