using HypervVfattach.Apply;
using HypervVfattach.Commands;
using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Tests.Unit.Apply;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

public class AttachCommandTests
{
    // The hook

    [Fact]
    public void The_hook_has_a_VF_looked_after_when_the_delay_is_over()
    {
        using var world = new TestWorld("kvm");
        string before = world.System.Describe();
        world.AsUdev("enp1s0").Run("enp1s0").ShouldEndWith("exit 0 (Done)\n");
        BackgroundRun run = world.Runs.ShouldHaveSingleItem();
        run.Index.ShouldBe(3);
        run.Interface.ShouldBe("enp1s0");
        run.Delay.ShouldBe(TimeSpan.FromSeconds(2));
        run.AtOnce.ShouldBeFalse();
        run.Options.ShouldBeEmpty();
        world.System.Describe().ShouldBe(before);
        Directory.Exists(world.Journals.Directory).ShouldBeFalse();
    }

    [Fact]
    public void The_delay_is_the_argument_else_the_interfaces_else_the_setting()
    {
        using var world = new TestWorld("kvm");
        world.Settings = world.Settings with { Delay = TimeSpan.FromSeconds(10) };
        world.AsUdev("enp1s0").Run("enp1s0");
        world.Settings = world.Settings with
        {
            Interfaces = world.Settings.Interfaces.Add("enp0s3", new InterfaceSettings { Delay = TimeSpan.FromSeconds(120) }),
        };
        world.Run("enp1s0");
        world.Run("enp1s0", "5");
        world.Run("enp1s0", "0");
        world.Runs.Select(run => run.Delay.TotalSeconds).ShouldBe([10, 120, 5, 0]);
    }

    [Fact]
    public void What_is_in_the_way_while_the_delay_runs_does_not_read_like_a_refusal()
    {
        using var world = new TestWorld(Fixtures.Parse("""
            kernel 6.1.0
            2: enp0s3 52:54:00:00:00:01 up device virtio virtio_net
            3: enp1s0 52:54:00:00:00:01 device pci vmxnet3
            owner 2 systemd-networkd /run/systemd/netif/links/2: configured
            owner 3 systemd-networkd /run/systemd/netif/links/3: pending
            address 2 10.0.0.4/24
            address 3 10.0.0.5/24
            """));
        string text = world.AsUdev("enp1s0").Run("enp1s0");
        text.ShouldContain("! enp1s0 is looked at in 2 s (unit hyperv-vfattach-3), and joined if this is over by then: ");
        text.ShouldEndWith("exit 0 (Done)\n");
    }

    [Fact]
    public void The_synthetics_event_is_about_the_same_pair()
    {
        using var world = new TestWorld("kvm");
        world.AsUdev("enp0s3").Run("enp0s3");
        world.Runs.ShouldHaveSingleItem().Index.ShouldBe(3);
    }

    [Fact]
    public void A_VF_that_came_before_its_synthetic_is_shown_to_udev_again()
    {
        using var world = new TestWorld("kvm");
        world.AsUdev("enp0s3").Run("enp0s3");
        world.Announced.ShouldBe(["enp1s0"]);
        world.AsUdev("enp1s0").Run("enp1s0");
        world.Announced.Count.ShouldBe(1);
    }

    [Fact]
    public void The_event_goes_by_its_index_whatever_the_name_is_by_now()
    {
        using var world = new TestWorld("kvm");
        world.AsUdev("enp1s0");
        world.System.Set(3, link => link with { Name = "vf0" });
        world.System.Set(4, link => link with { Name = "enp1s0" });
        world.Run("enp1s0");
        world.Runs.ShouldHaveSingleItem().Interface.ShouldBe("vf0");
    }

    [Fact]
    public void Options_go_along_to_the_background()
    {
        using var world = new TestWorld("kvm");
        world.AsUdev("enp1s0").Run("enp1s0", "--verbose", "--config", "/etc/other.toml");
        world.Runs.ShouldHaveSingleItem().Options.ShouldBe(["--config", "/etc/other.toml", "--verbose"]);
    }

    [Fact]
    public void A_pair_that_the_kernel_is_about_to_join_is_watched_at_once()
    {
        using var world = new TestWorld("azure-mlx4-not-joined");
        world.AsUdev("enP1s1").Run("enP1s1");
        world.Runs.ShouldHaveSingleItem().AtOnce.ShouldBeTrue();
    }

    [Fact]
    public void The_hook_is_quiet_about_what_is_not_ours()
    {
        using var world = new TestWorld("kvm");
        foreach (string name in new[] { "veth0", "enp2s0", "lo" })
            world.AsUdev(name).Run(name);
        world.Log.ShouldBeEmpty();
        world.Runs.ShouldBeEmpty();
    }

    [Fact]
    public void A_refusal_waits_for_the_end_of_the_delay_in_the_hook_and_comes_at_once_by_hand()
    {
        using var world = new TestWorld("kvm");
        world.System.Now = world.System.Now with
        {
            Links = world.System.Now.Links.Add(new Link { Index = 9, Name = "enp0s3.5", Kind = "vlan", Lower = 2 }),
        };
        world.AsUdev("enp1s0").Run("enp1s0").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.Count.ShouldBe(1);
        world.ByHand().Run("enp1s0").ShouldEndWith("exit 1 (Refused)\n");
        world.Runs.Count.ShouldBe(1);
        world.Log[^1].Priority.ShouldBe(LogPriority.Error);
    }

    // As text

    [Fact]
    public void What_a_person_is_told()
    {
        string text = "";
        using (var world = new TestWorld("kvm"))
        {
            text += world.Run("enp1s0");
            text += world.Run("enp0s3", "120");
            world.AlreadyScheduled = true;
            text += world.Run("enp1s0", "5");
            text += world.Run("nope");
            text += world.Run("veth0");
            text += world.Run("enp2s0");
            world.MissingPrivilege = "CAP_NET_ADMIN";
            text += world.Run("enp1s0");
            world.MissingPrivilege = null;
            world.Load = file => throw new ConfigurationError(file ?? "/etc/hyperv-vfattach.toml", 3, 1, "unknown key \"dely\"");
            text += world.Run("enp1s0");
        }
        foreach ((string host, string name) in new[]
        {
            ("azure-mlx4-not-joined", "enP1s1"), ("azure-mlx5-two-pairs", "enP31819s1"), ("theirs-bond", "enp1s0"),
            ("net-failover", "enp0s8nsby"), ("dpdk", "enP1s1"),
        })
        {
            using var world = new TestWorld(host);
            text += $"\n({host})\n{world.Run(world.System.Now.Find(name)?.Name ?? world.System.Now.Links[^1].Name)}";
        }
        text.ShouldBeApproved();
    }

    [Fact]
    public void A_dry_run_prints_the_plan_and_touches_nothing()
    {
        using var world = new TestWorld("kvm");
        string before = world.System.Describe();
        world.MissingPrivilege = "CAP_NET_ADMIN";
        string text = world.Run("enp1s0", "--dry-run");
        text += world.Run("enp0s3", "5", "--dry-run");
        text += world.Run("nope", "--dry-run");
        text += world.Run("veth0", "--dry-run");
        world.Settings = world.Settings with { AggregateName = "bond0" };
        text += world.Run("enp1s0", "--dry-run");
        world.System.Describe().ShouldBe(before);
        world.System.Changes.ShouldBe(0);
        world.Runs.ShouldBeEmpty();
        world.Log.ShouldAllBe(line => line.Priority >= LogPriority.Info);
        Directory.Exists(world.Journals.Directory).ShouldBeFalse();
        text.ShouldBeApproved();
    }

    // The background run

    [Fact]
    public void With_foreground_the_pair_is_joined_when_the_delay_is_over()
    {
        using var world = new TestWorld("kvm");
        string text = world.Run("enp1s0", "5", "--foreground", "--verbose");
        world.Waited.ShouldBe(TimeSpan.FromSeconds(5));
        world.System.Now.Find("enp1s0")!.Master.ShouldBe(world.System.Now.Find("bond-enp0s3")!.Index);
        world.Journals.Joins().ShouldHaveSingleItem().SyntheticName.ShouldBe("enp0s3");
        // A second run finds nothing to do.
        string joined = world.System.Describe();
        text += world.Run("enp1s0", "0", "--foreground");
        text += world.Run("enp0s3", "0", "--foreground");
        world.System.Describe().ShouldBe(joined);
        text.ShouldBeApproved();
    }

    [Fact]
    public void Messages_say_for_programs_what_they_are_about()
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground");
        world.Log[^1].Priority.ShouldBe(LogPriority.Notice);
        world.Log[^1].Fields.Select(field => $"{field.Key}={field.Value}").ShouldBe(
            ["HYPERV_MAC=52:54:00:00:00:01", "HYPERV_SYNTHETIC=enp0s3", "HYPERV_VF=enp1s0", "HYPERV_AGGREGATE=bond-enp0s3"]);
    }

    [Fact]
    public void A_VF_that_leaves_while_the_delay_runs_is_a_quiet_success()
    {
        using var world = new TestWorld("kvm");
        world.System.Later(system => system.Set(4, link => link with { Mtu = 1400 }));
        world.System.Later(system => system.Remove(3));
        string text = world.Run("enp1s0", "60", "--foreground");
        text.ShouldContain("it left while the delay ran");
        text.ShouldEndWith("exit 0 (Done)\n");
        world.Waited.ShouldBe(TimeSpan.Zero);
        world.Log.ShouldHaveSingleItem().Priority.ShouldBe(LogPriority.Info);
    }

    [Fact]
    public void A_VF_that_is_renamed_while_the_delay_runs_is_the_same()
    {
        using var world = new TestWorld("kvm");
        world.System.Later(system => system.Set(3, link => link with { Name = "vf0" }));
        world.AsUdev("enp1s0").Run("enp1s0", "2", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        world.System.Now.Find("vf0")!.Master.ShouldNotBe(0);
    }

    [Fact]
    public void A_pair_that_the_kernel_joins_ends_the_waiting()
    {
        using var world = new TestWorld("azure-mlx4-not-joined");
        world.System.Later(_ => { });
        world.System.Later(system => system.Set(3, link => link with { Master = 2 }));
        string text = world.Run("enP1s1", "30", "--foreground");
        text.ShouldContain("the kernel has joined enP1s1 to eth0");
        text.ShouldEndWith("exit 0 (Done)\n");
        world.Waited.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_pair_that_the_kernel_does_not_join_is_said_loudly()
    {
        using var world = new TestWorld("azure-mlx4-not-joined");
        string before = world.System.Describe();
        string text = world.Run("enP1s1", "30", "--foreground");
        text.ShouldContain("the kernel has not joined enP1s1 to eth0, though its netvsc driver joins pairs");
        text.ShouldEndWith("exit 1 (Refused)\n");
        world.Waited.ShouldBe(TimeSpan.FromSeconds(30));
        world.Log[^1].Priority.ShouldBe(LogPriority.Error);
        world.System.Describe().ShouldBe(before);
    }

    [Fact]
    public void What_stands_in_the_way_counts_at_the_end_of_the_delay()
    {
        using var world = new TestWorld("kvm");
        world.System.Later(system => system.Now = system.Now with { Owners = [new Owner(2, "dhclient", "process 812")] });
        world.Run("enp1s0", "2", "--foreground").ShouldContain("dhclient (process 812)");
        world.System.Changes.ShouldBe(0);
    }

    /// <remarks>systemd-networkd decides about an interface when udev has finished with it, which a short delay does not wait for.</remarks>
    [Fact]
    public void A_manager_that_has_not_decided_about_the_VF_is_waited_for()
    {
        using var world = new TestWorld("kvm");
        var undecided = new Owner(3, "systemd-networkd", "pending") { IsUndecided = true };
        world.System.Now = world.System.Now with { Owners = [undecided] };
        world.System.Later(_ => { });
        world.System.Later(system => system.Now = system.Now with { Owners = [] });
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        world.System.Now.Find("enp1s0")!.Master.ShouldNotBe(0);
    }

    [Fact]
    public void A_manager_that_never_decides_about_the_VF_is_in_the_way()
    {
        using var world = new TestWorld("kvm");
        world.System.Now = world.System.Now with { Owners = [new Owner(3, "systemd-networkd", "pending") { IsUndecided = true }] };
        world.Run("enp1s0", "0", "--foreground").ShouldContain("systemd-networkd (pending)");
        world.Waited.ShouldBe(TimeSpan.FromSeconds(10));
        world.System.Changes.ShouldBe(0);
    }

    [Fact]
    public void A_failure_is_undone_and_said()
    {
        using var world = new TestWorld("kvm");
        string before = world.System.Describe();
        world.System.Refuses = change => change is SetMaster { Link: 2, Master: not 0 };
        string text = world.Run("enp1s0", "0", "--foreground");
        text.ShouldEndWith("exit 1 (Refused)\n");
        world.System.Describe().ShouldBe(before);

        world.System.Refuses = change => change is SetMaster { Link: 2, Master: not 0 } or DeleteLink;
        text += world.Run("enp1s0", "0", "--foreground");
        text += world.Run("status");
        text += world.Run("scan", "--unfinished");
        world.System.Refuses = _ => false;
        text += world.Run("scan", "--unfinished");
        world.System.Describe().ShouldBe(before);
        text.ShouldBeApproved();
    }

    [Fact]
    public void A_mistake_of_ours_is_undone_before_it_is_known()
    {
        using var world = new TestWorld("kvm");
        string before = world.System.Describe();
        bool broken = false;
        world.System.Disappoints = _ => broken ? false : throw new InvalidOperationException($"{broken = true}");
        string text = world.Run("enp1s0", "0", "--foreground");
        text.ShouldContain("internal error: InvalidOperationException: True");
        text.ShouldEndWith("exit 1 (Refused)\n");
        world.System.Describe().ShouldBe(before);
        world.Log.ShouldContain(line => line.Message.Contains("interrupted"));
    }

    [Fact]
    public void A_mistake_of_ours_that_could_be_undone_only_in_part_is_no_refusal()
    {
        using var world = new TestWorld("kvm");
        world.System.Disappoints = _ => throw new InvalidOperationException("ours");
        world.System.Refuses = change => change is DeleteLink;
        string text = world.Run("enp1s0", "0", "--foreground");
        text.ShouldContain("could not be undone: create the bond");
        text.ShouldEndWith("exit 4 (Partly)\n");
    }

    [Fact]
    public void A_look_that_is_refused_in_the_middle_of_an_undo_is_no_refusal_of_the_plan()
    {
        using var world = new TestWorld("kvm");
        string before = world.System.Describe();
        world.System.Disappoints = _ => world.System.IsBlind = true;
        world.System.Refuses = change => change is DeleteLink;
        string text = world.Run("enp1s0", "0", "--foreground");
        text.ShouldContain("could be neither finished nor undone");
        text.ShouldEndWith("exit 4 (Partly)\n");
        world.System.IsBlind = false;
        world.System.Refuses = _ => false;
        world.Run("scan", "--unfinished").ShouldEndWith("exit 0 (Done)\n");
        world.System.Describe().ShouldBe(before);
    }

    [Fact]
    public void A_join_without_its_VF_has_an_exit_code_of_its_own()
    {
        using var world = new TestWorld("kvm");
        world.System.Refuses = change => change is SetMaster { Link: 3, Master: not 0 };
        string text = world.Run("enp1s0", "0", "--foreground");
        text.ShouldContain("enp0s3 is joined in bond-enp0s3, but without enp1s0: add the VF");
        text.ShouldEndWith("exit 5 (WithoutVf)\n");
        // The same for an existing bond, and in a scan of all pairs.
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 5 (WithoutVf)\n");
        world.Run("scan", "--foreground").ShouldEndWith("exit 5 (WithoutVf)\n");
        world.System.Refuses = _ => false;
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
    }

    [Fact]
    public void A_mistake_of_ours_in_adding_the_VF_leaves_the_join()
    {
        using var world = new TestWorld("kvm");
        world.System.Refuses = change =>
            change is SetMaster { Link: 3, Master: not 0 } ? throw new InvalidOperationException("ours") : false;
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 5 (WithoutVf)\n");
        world.System.Now.Find("bond-enp0s3").ShouldNotBeNull();
    }

    [Fact]
    public void A_VF_that_leaves_while_it_is_added_leaves_a_join_without_it()
    {
        using var world = new TestWorld("kvm");
        world.System.Refuses = change =>
        {
            if (change is SetMaster { Link: 3, Master: not 0 })
                world.System.Remove(3);
            return false;
        };
        string text = world.Run("enp1s0", "0", "--foreground");
        text.ShouldContain("enp0s3 is joined in bond-enp0s3; enp1s0 left while it was being added, and is added when it is back");
        text.ShouldEndWith("exit 5 (WithoutVf)\n");
    }

    [Fact]
    public void The_worse_of_two_ends_is_what_needs_attention_most()
    {
        ExitCodes.Worse(ExitCode.WithoutVf, ExitCode.Partly).ShouldBe(ExitCode.Partly);
        ExitCodes.Worse(ExitCode.Refused, ExitCode.WithoutVf).ShouldBe(ExitCode.Refused);
        ExitCodes.Worse(ExitCode.Done, ExitCode.WithoutVf).ShouldBe(ExitCode.WithoutVf);
    }

    [Fact]
    public void A_pair_that_another_process_holds_is_not_waited_for_for_ever()
    {
        using var world = new TestWorld("kvm");
        using PairLock held = PairLock.TryTake(world.Journals.Directory, new HardwareAddress("52:54:00:00:00:01"))!;
        world.Settings = world.Settings with { Join = JoinKind.Redirect };
        world.System.Set(2, link => link with { Flags = link.Flags & ~LinkFlags.Up });
        var clock = System.Diagnostics.Stopwatch.StartNew();
        string text = world.AsUdev("enp0s3").Run("enp0s3");
        text.ShouldContain($"pair 52:54:00:00:00:01: lock");
        text.ShouldContain($"process {Environment.ProcessId} has held it for more than 5 s");
        text.ShouldEndWith("exit 1 (Refused)\n");
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void A_VF_that_returns_becomes_a_port_again()
    {
        using var world = new TestWorld("kvm");
        Link vf = world.System.Now.Find(3)!;
        world.Run("enp1s0", "0", "--foreground");
        string joined = world.System.Describe();
        world.System.Remove(3);
        world.System.Now = world.System.Now with { Links = world.System.Now.Links.Add(vf with { Index = 30 }) };
        world.Run("enp1s0", "0", "--foreground").ShouldContain("enp1s0 is a port of bond-enp0s3 again");
        world.System.Describe().ShouldBe(joined);
    }

    [Fact]
    public void A_damaged_journal_stops_everything_for_its_pair()
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground");
        string path = world.Journals.PathOf(new HardwareAddress("52:54:00:00:00:01"));
        File.AppendAllText(path, "rubbish\n");
        string before = world.System.Describe();
        string text = world.Run("detach", "enp0s3");
        text += world.Run("scan");
        text += world.Run("status");
        world.System.Describe().ShouldBe(before);
        File.ReadAllText(path).ShouldEndWith("rubbish\n");
        text.ShouldBeApproved();
    }

    [Fact]
    public void A_run_finishes_first_what_an_interrupted_one_left()
    {
        using var world = new TestWorld("kvm");
        string before = world.System.Describe();
        world.System.Disappoints = _ => throw new KilledException();
        world.System.KillAt = null;
        try
        {
            // Killed for good: all that runs after the fault is killed as well.
            world.System.Disappoints = _ =>
            {
                world.System.KillAt = world.System.Moments;
                throw new KilledException();
            };
            world.Run("enp1s0", "0", "--foreground");
        }
        catch (KilledException)
        {
        }
        world.System = world.System.Reborn();
        world.System.Describe().ShouldNotBe(before);
        string half = world.System.Describe();
        string text = world.Run("status");
        text += world.Run("scan", "--unfinished", "--dry-run");
        text += world.Run("scan", "--dry-run");
        text += world.Run("enp1s0", "--dry-run");
        text += world.Run("detach", "enp0s3", "--dry-run");
        text += world.AsUdev("enp1s0").Run("enp1s0");
        world.Runs.ShouldHaveSingleItem().AtOnce.ShouldBeTrue();
        world.System.Describe().ShouldBe(half);
        text += world.ByHand().Run("enp1s0", "0", "--foreground");
        world.System.Now.Find("bond-enp0s3").ShouldNotBeNull();
        text += world.Run("status");
        text.ShouldBeApproved();
    }
}
