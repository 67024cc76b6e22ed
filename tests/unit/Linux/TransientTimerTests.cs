using HypervVfattach.Core;
using HypervVfattach.Linux.Systemd;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

/// <summary>The calls to systemd, received by a simulated process 1.</summary>
public class TransientTimerTests
{
    private const string Exists = "org.freedesktop.systemd1.UnitExists: Unit hyperv-vfattach-3.timer was already loaded.";
    private const string Missing = "org.freedesktop.systemd1.NoSuchUnit: Unit hyperv-vfattach-3.timer not loaded.";
    private const string Job = "o:/org/freedesktop/systemd1/job/7";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(25);

    private static readonly TransientService s_service = new(
        "hyperv-vfattach-3", "Join eth1 with its synthetic NIC", ["/usr/sbin/hyperv-vfattach", "--foreground", "eth$1"])
    {
        Delay = TimeSpan.FromSeconds(2.5),
        StopCommand = ["/usr/sbin/hyperv-vfattach", "scan"],
        Environment = ["HYPERV_VF=eth1", "NOTE=ä $b"],
        After = ["network.target", "cloud-init.service"],
    };

    [Fact]
    public void A_delayed_service_is_a_timer_with_its_service()
    {
        using DBusPeer peer = Peer(_ => Job);
        Schedule(peer, s_service).ShouldBe(Scheduling.Scheduled);
        peer.Calls.ToString().ShouldBeApproved();
    }

    [Fact]
    public void Without_a_delay_it_is_the_service_alone()
    {
        using DBusPeer peer = Peer(_ => Job);
        var service = new TransientService("now", "Now", ["/bin/true"]);
        Schedule(peer, service).ShouldBe(Scheduling.Scheduled);
        peer.Calls.ToString().ShouldBeApproved();
    }

    [Fact]
    public void An_old_systemd_gets_the_properties_it_knows()
    {
        using DBusPeer peer = Peer(_ => Job, version: "229");
        Schedule(peer, s_service).ShouldBe(Scheduling.Scheduled);
        peer.Calls.ToString().ShouldBeApproved();
    }

    [Theory]
    [InlineData("252.39-1~deb12u2", 252)]
    [InlineData("v255.4", 255)]
    [InlineData("239", 239)]
    public void The_version_is_the_number_that_it_begins_with(string text, int version)
    {
        using DBusPeer peer = Peer(_ => "", text);
        using ServiceManager manager = ServiceManager.TryConnect(peer.SocketPath, s_patience)!;
        manager.Version().ShouldBe(version);
    }

    [Fact]
    public void A_unit_that_is_there_already_is_no_error()
    {
        using DBusPeer peer = Peer(member => member == "StartTransientUnit" ? Exists : "");
        Schedule(peer, s_service).ShouldBe(Scheduling.AlreadyScheduled);
    }

    [Fact]
    public void A_unit_that_failed_earlier_makes_room()
    {
        int starts = 0;
        using DBusPeer peer = Peer(member => member switch
        {
            "StartTransientUnit" => ++starts == 1 ? Exists : Job,
            "ResetFailedUnit" => Missing,
            _ => throw new InvalidOperationException(),
        });
        Schedule(peer, s_service).ShouldBe(Scheduling.Scheduled);
        starts.ShouldBe(2);
    }

    [Fact]
    public void A_refusal_says_what_systemd_said()
    {
        using DBusPeer peer = Peer(_ => "org.freedesktop.DBus.Error.AccessDenied: Permission denied by policy");
        Should.Throw<SystemRefusal>(() => Schedule(peer, s_service)).Message.ShouldBe(
            "hyperv-vfattach-3.timer: start the transient unit: "
            + "Permission denied by policy (org.freedesktop.DBus.Error.AccessDenied)");
    }

    [Fact]
    public void A_waiting_timer_is_cancelled()
    {
        using DBusPeer peer = Peer(_ => Job);
        Cancel(peer).ShouldBeTrue();
        peer.Calls.ToString().ShouldBe("""
            org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager.StopUnit
                s "hyperv-vfattach-3.timer"
                s "replace"

            """.Replace("\r", ""));
    }

    [Fact]
    public void A_timer_that_is_gone_needs_no_cancelling()
    {
        using DBusPeer peer = Peer(_ => Missing);
        Cancel(peer).ShouldBeFalse();
    }

    [Fact]
    public void Nobody_at_the_address_is_no_connection() =>
        ServiceManager.TryConnect("/no/such/socket", s_patience).ShouldBeNull();

    private static DBusPeer Peer(Func<string, string> answer, string version = "252.39-1~deb12u2") =>
        new(member => member == "Get" ? $"s:{version}" : answer(member));

    private static Scheduling Schedule(DBusPeer peer, TransientService service)
    {
        using ServiceManager manager = ServiceManager.TryConnect(peer.SocketPath, s_patience)!;
        return TransientTimer.Schedule(manager, service);
    }

    private static bool Cancel(DBusPeer peer)
    {
        using ServiceManager manager = ServiceManager.TryConnect(peer.SocketPath, s_patience)!;
        return TransientTimer.Cancel(manager, "hyperv-vfattach-3");
    }
}
