using System.Net;
using HypervVfattach.Commands;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary>The path check of a joined pair: synthetic NIC 2 (enp0s3), VF 3 (enp1s0).</summary>
public class PathCommandTests
{
    private const string Mac = "52:54:00:00:00:01", Gateway = "192.0.2.1";

    // What answers through which interface; null for nothing.
    private readonly HashSet<string> _answers = [$"{Gateway} 2", $"{Gateway} 3"];

    private TestWorld Joined(string join, PathCheck? check = null)
    {
        Snapshot host = Fixtures.Host("kvm");
        var world = new TestWorld(host with
        {
            Neighbours = [],
            Routes = host.Routes.Clear().Add(new Route
            {
                Destination = IPAddress.Any, DestinationLength = 0, Table = Route.MainTable, Protocol = 4, Metric = 100, Legs = [new RouteLeg(2, IPAddress.Parse(Gateway))],
            }),
        })
        {
            Settings = new() { Join = join == "bond" ? JoinKind.Bond : JoinKind.Redirect, SyntheticDrivers = ["virtio_net"], PathCheck = check ?? PathCheck.OfGateways },
        };
        world.System.Answering = new HashSet<string> { Gateway };
        world.System.Paths = (through, target) => _answers.Contains($"{target} {through}");
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        world.System.Set(3, link => link with { Carrier = true });
        world.Log.Clear();
        return world;
    }

    // Runs the check; at each time in seconds something happens. At the last one the setting goes.
    private static void Run(TestWorld world, params (int Second, Action Do)[] events)
    {
        TimeSpan start = world.Waited;
        int next = 0;
        world.Meanwhile = () =>
        {
            while (next < events.Length && (world.Waited - start).TotalSeconds >= events[next].Second)
                events[next++].Do();
            if (next == events.Length)
                world.Settings = world.Settings with { PathCheck = PathCheck.Off };
        };
        world.Run("path", Mac).ShouldEndWith("exit 0 (Done)\n");
        next.ShouldBe(events.Length);
    }

    private static string Path(TestWorld world, string join) => join == "bond"
        ? world.System.Now.Find(world.System.Now.Find("bond-enp0s3")!.Bond!.ActivePort)!.Name
        : world.System.Now.Redirects.Single().Vf == 3 ? "enp1s0" : "enp0s3";

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void The_vf_is_taken_out_while_the_gateway_answers_on_the_synthetic_only(string join)
    {
        using TestWorld world = Joined(join);
        world.Checked.ShouldBe([Mac]);
        Run(world,
            (20, () => Path(world, join).ShouldBe("enp1s0")),
            (20, () => world.Run("status").ShouldContain("path check: 192.0.2.1 is asked through enp1s0 each second")),
            (20, () => _answers.Remove($"{Gateway} 3")),
            (26, () => Path(world, join).ShouldBe("enp0s3")),
            (26, () => world.Run("status").ShouldContain("path check: enp1s0 is out of use until 192.0.2.1 answers through it again")),
            // The timer leaves it alone.
            (30, () => world.Run("scan", "--repair")),
            (30, () => Path(world, join).ShouldBe("enp0s3")),
            (60, () => Path(world, join).ShouldBe("enp0s3")),
            (60, () => _answers.Add($"{Gateway} 3")),
            (90, () => Path(world, join).ShouldBe("enp1s0")),
            (90, () => world.Run("status").ShouldContain("is asked through enp1s0 each second")));
        world.Log.Count(line => line.Message.Contains("does not answer through enp1s0, but through enp0s3, which carries the traffic now")).ShouldBe(1);
        world.Log.Count(line => line.Message.Contains("answers through enp1s0 again: it carries the traffic")).ShouldBe(1);
        world.Run("status").ShouldNotContain("path check");
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void A_gateway_that_answers_nowhere_changes_nothing(string join)
    {
        using TestWorld world = Joined(join);
        Run(world, (20, _answers.Clear), (60, () => Path(world, join).ShouldBe("enp1s0")), (80, () => Path(world, join).ShouldBe("enp1s0")));
        world.Log.Count(line => line.Message.Contains("answers neither through enp1s0 nor through enp0s3: nothing is changed")).ShouldBe(1);
    }

    [Fact]
    public void A_target_that_never_answered_is_not_checked()
    {
        _answers.Remove($"{Gateway} 3");
        using TestWorld world = Joined("redirect");
        Run(world, (15, () => world.Run("status").ShouldContain("path check: 192.0.2.1 does not answer through enp1s0, so that the path is not checked")),
            (60, () => Path(world, "redirect").ShouldBe("enp1s0")));
        world.Log.Count(line => line.Message.Contains("192.0.2.1 does not answer through enp1s0: the path is not checked until it does")).ShouldBe(1);
    }

    [Fact]
    public void One_of_several_targets_is_enough_and_others_are_no_neighbours()
    {
        _answers.Add("192.0.2.9 3");
        using TestWorld world = Joined("redirect", new PathCheck(false, [IPAddress.Parse(Gateway), IPAddress.Parse("192.0.2.9"), IPAddress.Parse("198.51.100.1")]));
        Run(world, (20, () => _answers.Remove($"{Gateway} 3")), (60, () => Path(world, "redirect").ShouldBe("enp1s0")),
            (60, () => _answers.Remove("192.0.2.9 3")), (66, () => Path(world, "redirect").ShouldBe("enp0s3")));
        world.System.AskedPaths.ShouldNotContain(asked => asked.StartsWith("198.51.100.1"));
    }

    [Fact]
    public void A_flapping_path_is_held_down_and_a_scan_uses_it_at_once()
    {
        using TestWorld world = Joined("redirect");
        List<(int, Action)> events = [];
        for (int flap = 0; flap < 4; flap++)
        {
            events.Add((20 + 60 * flap, () => _answers.Remove($"{Gateway} 3")));
            events.Add((50 + 60 * flap, () => _answers.Add($"{Gateway} 3")));
        }
        events.Add((400, () => Path(world, "redirect").ShouldBe("enp0s3")));
        events.Add((400, () => world.Run("status").ShouldContain("path check: enp1s0 failed too often and is held down until ")));
        events.Add((400, () => world.Run("scan", "--foreground")));
        events.Add((420, () => Path(world, "redirect").ShouldBe("enp1s0")));
        Run(world, [.. events]);
        world.Log.Count(line => line.Message.Contains("has failed more than 3 times in 10 minutes and is held down until")).ShouldBe(1);
    }

    [Fact]
    public void A_service_that_starts_again_knows_what_it_has_done_and_ends_with_the_join()
    {
        using TestWorld world = Joined("redirect");
        Run(world, (20, () => _answers.Remove($"{Gateway} 3")), (30, () => Path(world, "redirect").ShouldBe("enp0s3")));
        world.Settings = world.Settings with { PathCheck = PathCheck.OfGateways };
        Run(world, (30, () => Path(world, "redirect").ShouldBe("enp0s3")), (30, () => _answers.Add($"{Gateway} 3")),
            (70, () => Path(world, "redirect").ShouldBe("enp1s0")));
        world.Settings = world.Settings with { PathCheck = PathCheck.OfGateways };
        world.Run("detach", "enp0s3");
        world.Meanwhile = () => throw new InvalidOperationException("it waits");
        world.Run("path", Mac).ShouldEndWith("exit 0 (Done)\n");
    }

    [Fact]
    public void Without_the_setting_or_where_nothing_may_be_changed_no_service_is_started()
    {
        using TestWorld world = Joined("redirect", PathCheck.Off);
        world.Run("scan", "--repair");
        world.Checked.ShouldBeEmpty();
        world.Settings = world.Settings with { PathCheck = PathCheck.OfGateways };
        world.Run("scan", "--repair");
        world.Checked.ShouldBe([Mac]);
        world.Run("status").ShouldContain("path check: it is started");
        world.Pass(TimeSpan.FromMinutes(2));
        world.Run("status").ShouldContain($"path check: it does not run: see systemctl status hyperv-vfattach-path@{Mac}");
        world.Settings = world.Settings with { ObserveOnly = true };
        world.Run("scan", "--repair");
        world.Checked.Count.ShouldBe(1);
        world.Run("path", Mac).ShouldEndWith("exit 0 (Done)\n");
    }

    [Fact]
    public void A_vf_that_leaves_and_comes_back_is_checked_again()
    {
        using TestWorld world = Joined("redirect");
        Link vf = world.System.Now.Find(3)!;
        Run(world, (20, () => world.System.Remove(3)), (60, () => { }),
            (60, () => world.System.Now = world.System.Now with { Links = world.System.Now.Links.Add(vf with { Index = 30, Flags = LinkFlags.None }) }),
            (60, () => _answers.Add($"{Gateway} 30")), (60, () => world.Run("enp1s0", "0", "--foreground")),
            (90, () => world.System.AskedPaths.ShouldContain($"{Gateway} 30")));
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void A_service_that_runs_ends_when_nothing_may_be_changed_any_more(string join)
    {
        using TestWorld world = Joined(join);
        TimeSpan start = world.Waited;
        world.Meanwhile = () =>
        {
            TimeSpan run = world.Waited - start;
            if (run.TotalSeconds >= 20)
                world.Settings = world.Settings with { ObserveOnly = true };
            if (run.TotalSeconds >= 20)
                _answers.Remove($"{Gateway} 3");
            run.TotalSeconds.ShouldBeLessThan(40, "it runs on");
        };
        world.Run("path", Mac).ShouldEndWith("exit 0 (Done)\n");
        Path(world, join).ShouldBe("enp1s0");
    }

    // A join would fail, and be undone.
    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void An_event_or_a_person_s_command_leaves_a_vf_out_whose_path_is_dead(string join)
    {
        using TestWorld world = Joined(join);
        world.System.Disappoints = expectation => expectation is Answers && !_answers.Contains($"{Gateway} 3");
        Run(world,
            (20, () => _answers.Remove($"{Gateway} 3")),
            (30, () => Path(world, join).ShouldBe("enp0s3")),
            (30, () => world.Run("enp1s0", "--event").ShouldEndWith("exit 0 (Done)\n")),
            (30, () => world.Run("enp1s0", "0", "--event", "--foreground").ShouldEndWith("exit 0 (Done)\n")),
            (30, () => world.Run("enp1s0").ShouldContain("enp1s0 stays out of use until a neighbour answers through it: path check: 192.0.2.1 did not answer")),
            (30, () => world.Run("scan", "--foreground").ShouldEndWith("exit 5 (WithoutVf)\n")),
            (30, () => Path(world, join).ShouldBe("enp0s3")),
            (30, () => world.Journals.Joins().ShouldHaveSingleItem()),
            (30, () => world.Runs.ShouldBeEmpty()),
            (60, () => Path(world, join).ShouldBe("enp0s3")),
            (60, () => _answers.Add($"{Gateway} 3")),
            (100, () => Path(world, join).ShouldBe("enp1s0")));
    }

    // It answers nothing.
    [Fact]
    public void A_vf_that_is_off_is_not_left_to_the_check()
    {
        using TestWorld world = Joined("bond");
        Run(world,
            (20, () => _answers.Remove($"{Gateway} 3")),
            (30, () => Path(world, "bond").ShouldBe("enp0s3")),
            (30, () => world.System.Set(3, link => link with { Master = 0, Flags = link.Flags & ~LinkFlags.Up })),
            (31, () => world.Run("enp1s0", "0", "--event", "--foreground").ShouldContain("enp1s0 is a port of bond-enp0s3 again")),
            (32, () => { }));
    }

    [Fact]
    public void A_vf_without_its_program_is_left_to_the_timer()
    {
        using TestWorld world = Joined("redirect");
        Run(world,
            (20, () => _answers.Remove($"{Gateway} 3")),
            (30, () => world.System.Now = world.System.Now with { Classifiers = world.System.Now.Classifiers.RemoveAll(it => it.Link == 3) }),
            (60, () => _answers.Add($"{Gateway} 3")),
            (90, () => Path(world, "redirect").ShouldBe("enp0s3")),
            (90, () => world.Journals.HoldOff.IsVf(new HardwareAddress(Mac), 3).ShouldBeFalse()));
    }

    // The bond drops them.
    [Fact]
    public void Answers_at_the_other_port_of_a_bond_do_not_count()
    {
        using TestWorld world = Joined("bond");
        Run(world,
            (20, () => world.System.Ear = _ => 2),
            (30, () => Path(world, "bond").ShouldBe("enp0s3")),
            (90, () => Path(world, "bond").ShouldBe("enp0s3")));
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void The_host_hears_the_synthetic_nic_last_while_it_carries_the_traffic(string join)
    {
        using TestWorld world = Joined(join);
        Run(world,
            (20, () => _answers.Remove($"{Gateway} 3")),
            (40, () => Path(world, join).ShouldBe("enp0s3")),
            (47, () => world.System.LastAsked.ShouldBe(2)),
            (53, () => world.System.LastAsked.ShouldBe(2)));
    }

    [Fact]
    public void A_service_that_died_before_it_switched_takes_the_vf_out_again()
    {
        using TestWorld world = Joined("redirect");
        world.Journals.HoldOff.Vf(new HardwareAddress(Mac), 3, "path check: 192.0.2.1 did not answer through enp1s0", default);
        _answers.Remove($"{Gateway} 3");
        world.Journals.HoldOff.Path(new HardwareAddress(Mac), world.Now, "", $"3 0 0,0,0,0, {Gateway}");
        Run(world, (10, () => Path(world, "redirect").ShouldBe("enp0s3")));
    }

    // As long as there is a reason, the timer repairs nothing.
    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void The_reason_of_a_service_that_died_before_it_switched_goes_when_the_vf_answers(string join)
    {
        using TestWorld world = Joined(join);
        world.Journals.HoldOff.Vf(new HardwareAddress(Mac), 3, "path check: 192.0.2.1 did not answer through enp1s0", default);
        Run(world, (8, () => world.Journals.HoldOff.IsVf(new HardwareAddress(Mac), 3).ShouldBeFalse()), (8, () => Path(world, join).ShouldBe("enp1s0")));
        // The timer, too.
        world.Journals.HoldOff.Vf(new HardwareAddress(Mac), 3, "path check: 192.0.2.1 did not answer through enp1s0", default);
        world.Run("scan", "--repair");
        world.Journals.HoldOff.IsVf(new HardwareAddress(Mac), 3).ShouldBeFalse();
        world.Run("status", "--history").ShouldNotContain("again", Case.Sensitive, "nothing has changed");
        world.Run("status", "--history").ShouldNotContain("has ended");
    }

    [Fact]
    public void The_timer_starts_the_service_again_that_has_taken_the_vf_out()
    {
        using TestWorld world = Joined("redirect");
        Run(world, (20, () => _answers.Remove($"{Gateway} 3")), (30, () => Path(world, "redirect").ShouldBe("enp0s3")));
        world.Settings = world.Settings with { PathCheck = PathCheck.OfGateways };
        world.Checked.Clear();
        world.Run("scan", "--repair");
        world.Checked.ShouldBe([Mac]);
    }

    // The VF's path dies, and after ten seconds the service, as from SIGTERM.
    private void FailAndKill(TestWorld world)
    {
        TimeSpan start = world.Waited;
        world.Meanwhile = () =>
        {
            if ((world.Waited - start).TotalSeconds >= 5)
                _answers.Remove($"{Gateway} 3");
            if ((world.Waited - start).TotalSeconds >= 15)
                throw new KilledException();
        };
        Should.Throw<KilledException>(() => world.Run("path", Mac));
        world.Meanwhile = () => { };
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void The_vf_is_used_again_when_the_setting_goes_while_it_works(string join)
    {
        using TestWorld world = Joined(join);
        // It answers again, but not often enough for the check.
        Run(world, (20, () => _answers.Remove($"{Gateway} 3")), (30, () => Path(world, join).ShouldBe("enp0s3")), (31, () => _answers.Add($"{Gateway} 3")));
        Path(world, join).ShouldBe("enp1s0");
        world.Journals.HoldOff.IsVf(new HardwareAddress(Mac), 3).ShouldBeFalse();
        world.Said.ShouldContain("path check has ended: enp1s0 carries the traffic");
        world.Run("status").ShouldNotContain("path check");
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void A_dead_vf_stays_out_when_the_setting_goes_until_the_timer_sees_that_it_works(string join)
    {
        using TestWorld world = Joined(join);
        Run(world, (20, () => _answers.Remove($"{Gateway} 3")), (30, () => Path(world, join).ShouldBe("enp0s3")));
        Path(world, join).ShouldBe("enp0s3");
        world.Run("scan", "--repair");
        Path(world, join).ShouldBe("enp0s3");
        world.Runs.ShouldBeEmpty();
        world.System.LastAsked.ShouldBe(2, "the host hears the path in use last");
        world.Run("status").ShouldContain("the check has ended, and the timer uses enp1s0 again when a gateway answers through it");
        _answers.Add($"{Gateway} 3");
        world.Run("scan", "--repair");
        Path(world, join).ShouldBe("enp1s0");
        world.Run("status").ShouldNotContain("path check");
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void A_service_that_is_stopped_changes_nothing_and_the_timer_goes_on_for_it(string join)
    {
        using TestWorld world = Joined(join);
        FailAndKill(world);
        Path(world, join).ShouldBe("enp0s3");
        _answers.Add($"{Gateway} 3");
        world.Checked.Clear();
        world.Run("scan", "--repair");
        world.Checked.ShouldBe([Mac]);
        Path(world, join).ShouldBe("enp0s3", "the service brings it back");
        // Without the setting only the timer is left.
        world.Settings = world.Settings with { PathCheck = PathCheck.Off };
        world.Run("scan", "--repair");
        Path(world, join).ShouldBe("enp1s0");
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void The_timer_does_what_a_service_cannot_that_does_not_run(string join)
    {
        using TestWorld world = Joined(join);
        FailAndKill(world);
        Path(world, join).ShouldBe("enp0s3");
        _answers.Add($"{Gateway} 3");
        world.Pass(TimeSpan.FromMinutes(5));
        world.Run("scan", "--repair");
        Path(world, join).ShouldBe("enp0s3", "it may be starting");
        world.Pass(TimeSpan.FromMinutes(6));
        world.Run("scan", "--repair");
        Path(world, join).ShouldBe("enp1s0", "it ends again and again");

        FailAndKill(world);
        Path(world, join).ShouldBe("enp0s3");
        _answers.Add($"{Gateway} 3");
        world.Journals.HoldOff.NoPath(new HardwareAddress(Mac));
        world.Run("scan", "--repair");
        Path(world, join).ShouldBe("enp0s3", "it may be starting");
        world.Pass(TimeSpan.FromMinutes(11));
        world.Run("scan", "--repair");
        Path(world, join).ShouldBe("enp1s0", "it has never begun");

        FailAndKill(world);
        Path(world, join).ShouldBe("enp0s3");
        _answers.Add($"{Gateway} 3");
        world.RefusesPathCheck = "Unit hyperv-vfattach-path@.service is masked";
        world.Run("scan", "--repair");
        Path(world, join).ShouldBe("enp1s0");
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void A_person_s_scan_uses_the_vf_at_once(string join)
    {
        using TestWorld world = Joined(join);
        FailAndKill(world);
        _answers.Add($"{Gateway} 3");
        world.Run("scan", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        Path(world, join).ShouldBe("enp1s0");
    }

    [Fact]
    public void Where_none_answers_the_vf_stays_out_and_without_a_gateway_its_carrier_is_enough()
    {
        using TestWorld world = Joined("bond");
        Run(world, (20, () => _answers.Remove($"{Gateway} 3")), (30, () => Path(world, "bond").ShouldBe("enp0s3")), (31, _answers.Clear));
        Path(world, "bond").ShouldBe("enp0s3");
        world.System.Now = world.System.Now with { Routes = [] };
        world.Settings = world.Settings with { PathCheck = PathCheck.OfGateways };
        world.RefusesPathCheck = "Unit hyperv-vfattach-path@.service is masked";
        world.Run("scan", "--repair");
        Path(world, "bond").ShouldBe("enp0s3", "the setting wants an answer");
        world.Settings = world.Settings with { PathCheck = PathCheck.Off };
        world.Run("scan", "--repair");
        Path(world, "bond").ShouldBe("enp1s0");
    }

    [Fact]
    public void Without_a_carrier_or_where_nothing_may_be_changed_an_ended_check_gives_nothing_back()
    {
        using TestWorld world = Joined("bond");
        Run(world, (20, () => _answers.Remove($"{Gateway} 3")), (30, () => Path(world, "bond").ShouldBe("enp0s3")));
        _answers.Add($"{Gateway} 3");
        world.Settings = world.Settings with { ObserveOnly = true };
        world.Run("scan", "--repair");
        Path(world, "bond").ShouldBe("enp0s3");
        world.Settings = world.Settings with { ObserveOnly = false };
        world.System.Set(3, link => link with { Carrier = false });
        world.Run("scan", "--repair");
        Path(world, "bond").ShouldBe("enp0s3");
        world.System.Set(3, link => link with { Carrier = true });
        world.Run("scan", "--repair");
        Path(world, "bond").ShouldBe("enp1s0");
    }

    [Fact]
    public void The_reason_of_the_check_ends_with_the_join()
    {
        using TestWorld world = Joined("redirect");
        world.Run("detach", "enp0s3");
        world.Journals.HoldOff.Vf(new HardwareAddress(Mac), 3, "path check: 192.0.2.1 did not answer through enp1s0", default);
        world.Run("scan", "--repair");
        world.Journals.HoldOff.IsVf(new HardwareAddress(Mac), 3).ShouldBeFalse();
        world.Runs.Count.ShouldBe(1);
    }

    [Fact]
    public void A_service_that_starts_again_notices_a_path_that_died_meanwhile()
    {
        using TestWorld world = Joined("bond");
        int rounds = 0;
        world.Meanwhile = () =>
        {
            if (++rounds == 5)
                throw new KilledException();
        };
        Should.Throw<KilledException>(() => world.Run("path", Mac));
        _answers.Remove($"{Gateway} 3");
        Run(world, (8, () => Path(world, "bond").ShouldBe("enp0s3")));
    }

    [Fact]
    public void A_service_that_starts_again_goes_on_holding_the_vf_down()
    {
        using TestWorld world = Joined("redirect");
        List<(int, Action)> events = [];
        for (int flap = 0; flap < 4; flap++)
        {
            events.Add((20 + 60 * flap, () => _answers.Remove($"{Gateway} 3")));
            events.Add((50 + 60 * flap, () => _answers.Add($"{Gateway} 3")));
        }
        events.Add((300, () => throw new KilledException()));
        Should.Throw<KilledException>(() => Run(world, [.. events]));
        world.Journals.HoldOff.PathMemory(new HardwareAddress(Mac)).ShouldNotBeNull();
        Run(world,
            (60, () => Path(world, "redirect").ShouldBe("enp0s3")),
            (60, () => world.Run("status").ShouldContain("path check: enp1s0 failed too often and is held down until ")),
            // The status after a scan is that of a VF in use.
            (60, () => world.Run("scan", "--foreground")),
            (80, () => world.Run("status").ShouldContain("is asked through enp1s0 each second")));
        world.Journals.HoldOff.PathMemory(new HardwareAddress(Mac)).ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("1\n")]
    [InlineData("\0\0\0")]
    [InlineData("x\ny\nz\n")]
    [InlineData("1\npath check\n3 0 zero 192.0.2.1\n")]
    public void A_damaged_file_of_the_check_counts_as_none(string content)
    {
        using TestWorld world = Joined("redirect");
        string file = System.IO.Path.Combine(world.Journals.Directory, Mac.Replace(':', '-') + ".check");
        File.WriteAllText(file, content);
        world.Run("status").ShouldContain("path check: it does not run");
        Run(world, (20, () => world.Run("status").ShouldContain("is asked through enp1s0 each second")));
    }

    [Fact]
    public void While_none_answers_the_synthetic_is_asked_seldom()
    {
        using TestWorld world = Joined("redirect");
        int before = 0;
        Run(world, (20, _answers.Clear), (21, () => before = world.System.Asks(2)), (81, () => (world.System.Asks(2) - before).ShouldBeInRange(2, 7)),
            // The path that works again is found all the same.
            (81, () => _answers.Add($"{Gateway} 2")), (100, () => Path(world, "redirect").ShouldBe("enp0s3")));
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void Nothing_is_asked_any_more_once_the_pair_is_detached(string join)
    {
        using TestWorld world = Joined(join);
        int asked = 0;
        Run(world, (22, () => world.Run("detach", "enp0s3").ShouldEndWith("exit 0 (Done)\n")), (22, () => asked = world.System.Asks(3)));
        world.System.Asks(3).ShouldBe(asked);
        // The timer would join it again.
        world.Journals.HoldOff.WhyVf(new HardwareAddress(Mac), 3).ShouldNotBeNull().ShouldStartWith("it was detached");
    }

    // The timer would try it each minute, and cut the network each minute.
    [Fact]
    public void A_plan_that_was_interrupted_stays_held_off_when_the_check_ends()
    {
        using TestWorld world = Joined("redirect");
        world.Run("detach", "enp0s3");
        world.Journals.HoldOff.Vf(new HardwareAddress(Mac), 3, "the join of enp0s3 was begun and did not end", default);
        world.Run("path", Mac).ShouldEndWith("exit 0 (Done)\n");
        world.Journals.HoldOff.IsVf(new HardwareAddress(Mac), 3).ShouldBeTrue();
    }

    [Theory]
    [InlineData("bond")]
    [InlineData("redirect")]
    public void For_a_service_that_does_not_run_the_timer_asks_the_neighbours_of_the_setting(string join)
    {
        _answers.Add("192.0.2.9 2");
        _answers.Add("192.0.2.9 3");
        using TestWorld world = Joined(join, new PathCheck(false, [IPAddress.Parse("192.0.2.9")]));
        // A network of its own, without a gateway.
        world.System.Now = world.System.Now with { Routes = [] };
        TimeSpan start = world.Waited;
        world.Meanwhile = () =>
        {
            if ((world.Waited - start).TotalSeconds >= 5)
                _answers.Remove("192.0.2.9 3");
            if ((world.Waited - start).TotalSeconds >= 15)
                throw new KilledException();
        };
        Should.Throw<KilledException>(() => world.Run("path", Mac));
        world.Meanwhile = () => { };
        Path(world, join).ShouldBe("enp0s3");
        world.RefusesPathCheck = "Unit hyperv-vfattach-path@.service is masked";
        world.Run("scan", "--repair");
        Path(world, join).ShouldBe("enp0s3", "its path is dead");
        _answers.Add("192.0.2.9 3");
        world.Run("scan", "--repair");
        Path(world, join).ShouldBe("enp1s0");
    }

    [Fact]
    public void A_clock_that_is_set_back_between_two_rounds_or_in_one_does_not_stop_the_check()
    {
        using TestWorld world = Joined("redirect");
        Run(world, (20, () => world.SetClock(-TimeSpan.FromHours(2))), (21, () => { }));
        world.Waited.TotalSeconds.ShouldBeLessThan(60);

        world.Settings = world.Settings with { PathCheck = PathCheck.OfGateways };
        TimeSpan start = world.Waited;
        bool isSet = false;
        world.System.Paths = (through, target) =>
        {
            if (!isSet && (isSet = (world.Waited - start).TotalSeconds >= 10))
                world.SetClock(-TimeSpan.FromHours(2));
            return true;
        };
        Run(world, (20, () => { }));
        isSet.ShouldBeTrue();
        (world.Waited - start).TotalSeconds.ShouldBeLessThan(60);
    }

    // At most as long as it would have been held down from now on.
    [Fact]
    public void A_clock_that_is_set_back_does_not_hold_the_vf_down_for_longer()
    {
        DateTimeOffset now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);
        var watch = new PathWatch();
        for (int i = 0; i <= PathWatch.Failures; i++)
            watch.WentOut(now);
        now -= TimeSpan.FromHours(5);
        watch.After(true, now).ShouldBe(PathStep.None);
        watch.HeldUntil.ShouldBe(now + PathWatch.HoldDown);
    }

    [Fact]
    public void The_history_has_the_switches_of_the_check_with_their_reasons()
    {
        using TestWorld world = Joined("bond");
        Run(world,
            (20, () => _answers.Remove($"{Gateway} 3")),
            (30, () => world.Run("status", "--history").ShouldContain(
                "enp0s3  the synthetic NIC carries the traffic: 192.0.2.1 did not answer through enp1s0\n")),
            (30, () => _answers.Add($"{Gateway} 3")),
            (60, () => world.Run("status", "--history").ShouldContain(
                "enp0s3  the VF carries the traffic: 192.0.2.1 answers through enp1s0 again\n")),
            (60, () => _answers.Remove($"{Gateway} 3")),
            (70, () => _answers.Add($"{Gateway} 3")));
        world.Run("status", "--history").ShouldContain("enp0s3  the VF carries the traffic: the path check has ended\n");
        // No history, no harm.
        world.Settings = world.Settings with { PathCheck = PathCheck.OfGateways };
        Directory.Delete(world.HistoryDirectory, recursive: true);
        File.WriteAllText(world.HistoryDirectory, "");
        Run(world, (20, () => _answers.Remove($"{Gateway} 3")), (30, () => Path(world, "bond").ShouldBe("enp0s3")));
    }
}
