using HypervVfattach.Commands;
using HypervVfattach.Tests.Unit.FreeBSD.Model;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD.Workflows;

/// <summary>The workflows of the scripts, on each kernel.</summary>
public class WorkflowTests
{
    public static TheoryData<string> Kernels => [.. KernelProfile.All.Select(profile => profile.Name)];

    /// <summary>Every kernel, with a static configuration and with DHCP.</summary>
    public static TheoryData<string, bool> Machines
    {
        get
        {
            var machines = new TheoryData<string, bool>();
            foreach (KernelProfile profile in KernelProfile.All)
            {
                machines.Add(profile.Name, false);
                machines.Add(profile.Name, true);
            }
            return machines;
        }
    }

    private const string Joined = """
        hn0 00:15:5d:01:02:03 up mtu 1500 port of lagg0 nd6 29
        lagg0 00:15:5d:01:02:03 up carrier mtu 1500 mode 1 primary hn0 active mce0 nd6 121
        mce0 00:15:5d:01:02:03 up carrier mtu 1500 port of lagg0 nd6 29
          lagg0 192.0.2.10/24
          lagg0 192.0.2.11/32
          lagg0 198.51.100.4/24
          lagg0 2001:db8::10/64
          lagg0 fe80::215:5dff:fe01:203/64
          route 0.0.0.0/0 via 192.0.2.1 lagg0
          route 203.0.113.0/24 via 198.51.100.1 lagg0
          route ::/0 via 2001:db8::1 lagg0

        """;

    private const string JoinedByDhcp = """
        hn0 00:15:5d:01:02:03 up mtu 1500 port of lagg0 nd6 29
        lagg0 00:15:5d:01:02:03 up carrier mtu 1500 mode 1 primary hn0 active mce0 nd6 129
        mce0 00:15:5d:01:02:03 up carrier mtu 1500 port of lagg0 nd6 29
          dhclient on lagg0
          lagg0 10.0.0.4/24
          route 0.0.0.0/0 via 10.0.0.1 lagg0

        """;

    private static KernelProfile Profile(string name) => KernelProfile.All.Single(profile => profile.Name == name);

    private static string WithoutOther(string state) => string.Join('\n', state.Split('\n').Where(line => !line.StartsWith("em9")));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_VF_that_arrives_is_joined_with_the_whole_configuration(string kernel)
    {
        using var machine = Machine.Static(Profile(kernel));
        machine.VfArrived();
        WithoutOther(machine.State()).ShouldBe(Joined, machine.Out.ToString());
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Status_shows_a_lagg_as_one(string kernel)
    {
        using var machine = Machine.Static(Profile(kernel));
        machine.VfArrived();
        machine.Run("status", "--json").ShouldBe(ExitCode.Done, machine.Out.ToString());
        machine.Out.ToString().ShouldContain("\"state\": \"lagg\",");
        machine.Run("status").ShouldBe(ExitCode.Done);
        machine.Out.ToString().ShouldContain("joined in lagg0");
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Detach_gives_everything_back(string kernel)
    {
        using var machine = Machine.Static(Profile(kernel));
        string before = machine.State();
        machine.VfArrived();
        machine.Run("detach", "hn0").ShouldBe(ExitCode.Done, machine.Out.ToString());
        // 12.1 starts interfaces with IPv6; a VF that was a port stays without it.
        machine.State().ShouldBe(before.Replace("mce0 00:15:5d:01:02:03 down mtu 1500 nd6 21",
            "mce0 00:15:5d:01:02:03 down mtu 1500 nd6 29"), machine.Out.ToString());
        machine.Journals.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void The_DHCP_client_is_handed_over(string kernel)
    {
        using var machine = Machine.Dhcp(Profile(kernel));
        machine.VfArrived();
        string state = machine.State();
        (Profile(kernel).Inet6StartsDisabled ? state : state.Replace("nd6 121", "nd6 129"))
            .Split('\n').Where(line => !line.Contains("fe80")).ShouldBe(JoinedByDhcp.Split('\n'), machine.Out.ToString());
        machine.Programs.Ran.Where(line => line.Contains("dhclient")).ShouldBe(
            ["kill -15 dhclient", "/sbin/dhclient -b lagg0"]);

        machine.Run("detach", "lagg0").ShouldBe(ExitCode.Done, machine.Out.ToString());
        machine.State().ShouldContain("dhclient on hn0");
        machine.State().ShouldContain("route 0.0.0.0/0 via 10.0.0.1 hn0");
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_VF_that_somebody_switched_on_is_joined_at_VF_UP(string kernel)
    {
        using var machine = Machine.Static(Profile(kernel));
        machine.SwitchOn("mce0");
        machine.Kernel.Settle();
        machine.Kernel.Events.Devctl.ShouldContain("!system=HYPERV_NIC_VF subsystem=hn0 type=VF_UP");

        machine.Run("vfup", "hn0").ShouldBe(ExitCode.Done);
        machine.Programs.Started.Count.ShouldBe(1); // and devd continues
        machine.RunBackground();
        WithoutOther(machine.State()).ShouldBe(Joined, machine.Out.ToString());
        machine.State().ShouldNotContain("mce0 fe80:");
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_live_migration_takes_the_VF_away_and_brings_it_back(string kernel)
    {
        using var machine = Machine.Static(Profile(kernel));
        machine.VfArrived();

        machine.Kernel.Unplug("mce0");
        machine.Kernel.Settle();
        machine.State().ShouldContain("primary hn0 active hn0");
        machine.Run("vfdown", "hn0").ShouldBe(ExitCode.Done);
        machine.RunBackground();

        machine.PlugVf();
        machine.VfArrived();
        WithoutOther(machine.State()).ShouldBe(Joined, machine.Out.ToString());
        machine.Run("vfup", "hn0").ShouldBe(ExitCode.Done);
        machine.Programs.Started.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_second_run_finds_nothing_to_do(string kernel)
    {
        using var machine = Machine.Static(Profile(kernel));
        machine.VfArrived();
        string state = machine.State();
        int changes = 0;
        machine.Waiting.Moment = () => { changes++; return 0; };
        foreach (string[] again in (string[][])[["--event", "mce0"], ["--foreground", "mce0", "2"], ["vfup", "hn0"], ["scan"], ["--foreground", "scan"]])
        {
            machine.Run(again).ShouldBe(ExitCode.Done, machine.Out.ToString());
            machine.RunBackground();
        }
        machine.State().ShouldBe(state);
        changes.ShouldBe(0);
    }

    [Fact]
    public void A_dry_run_shows_the_plan_and_changes_nothing()
    {
        using var machine = Machine.Dhcp();
        string before = machine.State();
        machine.Run("--dry-run", "mce0").ShouldBe(ExitCode.Done);
        machine.State().ShouldBe(before);
        machine.Out.ToString().ShouldBeApproved();
    }

    [Fact]
    public void A_dry_run_of_a_static_join_shows_every_address_and_route()
    {
        using var machine = Machine.Static();
        machine.Run("--dry-run", "mce0").ShouldBe(ExitCode.Done);
        machine.Out.ToString().ShouldBeApproved();
    }

    [Fact]
    public void What_syslog_gets()
    {
        using var machine = Machine.Dhcp();
        machine.VfArrived();
        machine.Kernel.Unplug("mce0");
        machine.Kernel.Settle();
        machine.Run("vfdown", "hn0");
        machine.PlugVf();
        machine.VfArrived();
        machine.Run("detach", "hn0");
        string.Join('\n', machine.Programs.Log.Append("")).ShouldBeApproved();
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void A_refusal_at_any_change_leaves_everything_as_it_was(string kernel, bool dhcp)
    {
        for (int refused = 0; ; refused++)
        {
            using var machine = dhcp ? Machine.Dhcp(Profile(kernel)) : Machine.Static(Profile(kernel));
            string before = machine.State();
            int moment = 0;
            bool hit = false;
            // Only once: another test covers a kernel that also refuses the undo.
            machine.Waiting.Moment = () => moment++ == refused ? Hit(12) : 0;
            machine.Programs.Fails = line => !line.StartsWith("/usr/bin/env") && moment++ == refused && Hit(1) != 0;
            machine.Run("--event", "mce0").ShouldBe(ExitCode.Done);
            machine.RunBackground();
            if (!hit)
            {
                refused.ShouldBeGreaterThan(9);
                break;
            }
            string after = machine.State();
            if (after.Contains("lagg0"))
                after.ShouldContain(dhcp ? "dhclient on lagg0" : "lagg0 2001:db8::10/64", Case.Sensitive,
                    $"#{refused}: {machine.Out}"); // without the VF
            else
                after.ShouldBe(before, $"#{refused}: {machine.Out}");
            machine.Out.ToString().ShouldNotContain("could not be undone");

            int Hit(int errno)
            {
                hit = true;
                return errno;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void A_process_killed_at_any_change_is_recovered(string kernel, bool dhcp)
    {
        for (int killed = 0; ; killed++)
        {
            using var machine = dhcp ? Machine.Dhcp(Profile(kernel)) : Machine.Static(Profile(kernel));
            string before = machine.State();
            int moment = 0;
            // Killed for good: all that would run after it is killed as well.
            machine.Waiting.Moment = () => moment++ >= killed ? throw new KilledException() : 0;
            machine.Programs.Moment = line =>
            {
                if (!line.StartsWith("/usr/bin/env", StringComparison.Ordinal) && moment++ >= killed)
                    throw new KilledException();
            };
            machine.Run("--event", "mce0").ShouldBe(ExitCode.Done);
            try
            {
                machine.RunBackground();
            }
            catch (KilledException)
            {
            }
            bool hit = moment > killed;
            machine.Waiting.Moment = () => 0;
            machine.Programs.Moment = _ => { };
            if (!hit)
            {
                killed.ShouldBeGreaterThan(9);
                break;
            }
            machine.Run("scan", "--unfinished");
            string after = machine.State();
            if (!after.Contains("lagg0"))
                after.ShouldBe(before, $"#{killed}: {machine.Out}");
            // Whatever was interrupted, the next event finishes it.
            machine.VfArrived();
            machine.State().ShouldContain("active mce0", Case.Sensitive, $"#{killed}: {machine.Out}");
            machine.State().ShouldContain(dhcp ? "dhclient on lagg0" : "lagg0 2001:db8::10/64");
        }
    }

    [Fact]
    public void A_detach_killed_at_any_change_is_recovered()
    {
        for (int killed = 0; ; killed++)
        {
            using var machine = Machine.Dhcp();
            machine.VfArrived();
            int moment = 0;
            // Killed for good: all that would run after it is killed as well.
            machine.Waiting.Moment = () => moment++ >= killed ? throw new KilledException() : 0;
            machine.Programs.Moment = _ =>
            {
                if (moment++ >= killed)
                    throw new KilledException();
            };
            try
            {
                machine.Run("detach", "hn0");
            }
            catch (KilledException)
            {
            }
            bool hit = moment > killed;
            machine.Waiting.Moment = () => 0;
            machine.Programs.Moment = _ => { };
            if (!hit)
            {
                killed.ShouldBeGreaterThan(9);
                break;
            }
            machine.Run("scan", "--unfinished");
            string state = machine.State();
            state.Split('\n').Count(line => line.Contains("dhclient")).ShouldBe(1, $"#{killed}: {state}{machine.Out}");
            state.ShouldContain(state.Contains("lagg0") ? "lagg0 10.0.0.4/24" : "hn0 10.0.0.4/24", Case.Sensitive,
                $"#{killed}: {state}{machine.Out}");
        }
    }

    [Fact]
    public void The_VF_may_leave_at_any_moment()
    {
        for (int left = 0; ; left++)
        {
            using var machine = Machine.Static();
            int moment = 0;
            machine.Waiting.Moment = () =>
            {
                if (moment++ == left)
                    machine.Kernel.Unplug("mce0");
                return 0;
            };
            machine.Run("--event", "mce0").ShouldBe(ExitCode.Done);
            machine.RunBackground();
            machine.Waiting.Moment = () => 0;
            if (moment <= left)
                break;
            machine.Kernel.Settle();
            machine.State().ShouldContain("lagg0 192.0.2.10/24", Case.Sensitive, $"#{left}: {machine.State()}{machine.Out}");
            machine.State().ShouldContain("active hn0", Case.Sensitive, $"#{left}: {machine.State()}{machine.Out}");
            machine.Out.ToString().ShouldNotContain("could not be undone", Case.Sensitive, $"#{left}");
        }
    }
}
