using System.Collections.Immutable;
using System.Net;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Tests.Unit.Apply;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

public class ScanCommandTests
{
    [Fact]
    public void Every_pair_gets_what_its_event_would_have_done()
    {
        using var world = new TestWorld("kvm-two-pairs");
        world.Run("scan").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.Select(run => run.Index).ShouldBe([5, 4]);
        world.System.Changes.ShouldBe(0);
    }

    [Fact]
    public void With_foreground_the_pairs_are_joined_at_once()
    {
        using var world = new TestWorld("kvm-two-pairs");
        world.Run("scan", "--foreground").ShouldBeApproved();
        world.Waited.ShouldBe(TimeSpan.Zero);
        world.Journals.Joins().Length.ShouldBe(2);
        int changes = world.System.Changes;
        world.Run("scan", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        world.System.Changes.ShouldBe(changes);
    }

    [Fact]
    public void One_pairs_trouble_does_not_keep_the_others_waiting()
    {
        using var world = new TestWorld("kvm-two-pairs");
        world.System.Refuses = change => change is SetMaster { Link: 2, Master: not 0 };
        world.Run("scan", "--foreground").ShouldEndWith("exit 1 (Refused)\n");
        world.Journals.Joins().ShouldHaveSingleItem().Synthetic.ShouldBe(3);
    }

    [Fact]
    public void A_dry_run_shows_all_plans_and_recovers_nothing()
    {
        using var world = new TestWorld("kvm-two-pairs");
        world.Run("scan", "--dry-run").ShouldBeApproved();
        world.System.Changes.ShouldBe(0);
        Directory.Exists(world.Journals.Directory).ShouldBeFalse();
    }

    [Fact]
    public void Unfinished_looks_at_nothing_else()
    {
        using var world = new TestWorld("kvm");
        // An invalid configuration must not prevent an undo.
        world.Load = _ => throw new HypervVfattach.Config.ConfigurationError("x", 1, 1, "wrong");
        world.Run("scan", "--unfinished").ShouldEndWith("exit 0 (Done)\n");
        world.Run("scan").ShouldEndWith("exit 3 (Configuration)\n");
        world.Runs.ShouldBeEmpty();
    }

    [Fact]
    public void A_mistake_in_the_configuration_does_not_hide_a_damaged_journal()
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground");
        string journal = world.Journals.PathOf(new HardwareAddress("52:54:00:00:00:01"));
        File.WriteAllText(journal, "no journal\n");
        world.Load = _ => throw new HypervVfattach.Config.ConfigurationError("x", 1, 1, "wrong");
        string text = world.Run("scan");
        text.ShouldContain("wrong");
        text.ShouldEndWith("exit 4 (Partly)\n");
    }

    [Fact]
    public void It_needs_the_privilege()
    {
        using var world = new TestWorld("kvm") { MissingPrivilege = "CAP_NET_ADMIN" };
        world.Run("scan", "--unfinished").ShouldContain("CAP_NET_ADMIN");
    }

    [Fact]
    public void A_pair_at_which_another_process_is_at_work_is_left_to_it()
    {
        using var world = new TestWorld("kvm");
        world.System.Disappoints = _ =>
        {
            // The first process is in the middle of its plan.
            string text = world.Run("scan", "--verbose");
            text.ShouldContain("another process is at work on 52:54:00:00:00:01");
            text.ShouldContain("another process is at work on enp0s3");
            text.ShouldEndWith("exit 0 (Done)\n");
            return false;
        };
        world.Run("enp1s0", "0", "--foreground").ShouldContain("are joined in");
    }

    [Fact]
    public void The_timer_has_a_pair_joined_that_was_not_ready_at_its_event()
    {
        using var world = new TestWorld("kvm");
        world.System.Set(2, link => link with { Flags = link.Flags & ~LinkFlags.Up });
        world.Run("scan", "--repair").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.ShouldBeEmpty();
        world.System.Set(2, link => link with { Flags = link.Flags | LinkFlags.Up });
        world.Run("scan", "--repair").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.ShouldHaveSingleItem();
        world.System.Changes.ShouldBe(0);
    }

    [Fact]
    public void The_timer_leaves_alone_what_failed_until_the_vf_comes_again()
    {
        using TestWorld world = WithGateway();
        world.System.Answering = new HashSet<string> { Gateway };
        world.System.Refuses = change => change is SetMaster { Link: 2, Master: not 0 };
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 1 (Refused)\n");
        world.System.Refuses = _ => false;
        world.Run("scan", "--repair");
        world.Runs.ShouldBeEmpty();
        Replug(world);
        world.Run("scan", "--repair");
        world.Runs.ShouldHaveSingleItem();
    }

    // The host delivers to the VF, which only a join makes receive.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_try_that_failed_or_was_killed_is_repeated_by_the_timer_while_the_vf_cuts_the_network(bool isKilled)
    {
        using TestWorld world = WithGateway();
        world.System.Answering = new HashSet<string>();
        if (isKilled)
        {
            // For good: all that runs after the fault is killed as well.
            world.System.Disappoints = _ =>
            {
                world.System.KillAt = world.System.Moments;
                throw new KilledException();
            };
            Should.Throw<KilledException>(() => world.Run("enp1s0", "0", "--foreground"));
            world.System = world.System.Reborn();
            world.System.Answering = new HashSet<string>();
            world.Run("scan", "--unfinished").ShouldContain("it is undone");
        }
        else
        {
            world.System.Refuses = change => change is SetMaster { Link: 2, Master: not 0 };
            world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 1 (Refused)\n");
        }
        world.Run("status").ShouldContain("; while a neighbour answers, the timer leaves the pair alone until its VF comes again");
        world.System.Patience.Clear();
        world.Run("scan", "--repair").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.ShouldHaveSingleItem();
        // A neighbour that is slow to answer must not cost the network a try.
        world.System.Patience.ShouldAllBe(time => time == IBackend.Asking);
    }

    // Else the guest could stay on a dead VF whose first join had shown that.
    [Theory]
    [InlineData("bond", false)]
    [InlineData("bond", true)]
    [InlineData("redirect", false)]
    [InlineData("redirect", true)]
    public void What_the_timer_repeats_is_undone_if_nothing_answers_then_either(string join, bool answers)
    {
        using TestWorld world = WithGateway();
        world.Settings = world.Settings with { Join = join == "bond" ? JoinKind.Bond : JoinKind.Redirect };
        string before = world.System.Describe();
        world.System.Answering = new HashSet<string>();
        world.Journals.HoldOff.Vf(new HardwareAddress("52:54:00:00:00:01"), 3, "joining enp0s3 and enp1s0 failed", default);
        world.System.Disappoints = _ =>
        {
            if (answers)
                world.System.Answering = new HashSet<string> { Gateway };
            return false;
        };
        string text = world.Run("enp1s0", "0", "--foreground", "--event");
        text.ShouldEndWith(answers ? "exit 0 (Done)\n" : "exit 1 (Refused)\n");
        world.Journals.Joins().Length.ShouldBe(answers ? 1 : 0);
        world.Journals.HoldOff.IsVf(new HardwareAddress("52:54:00:00:00:01"), 3).ShouldBe(!answers);
        if (answers)
            return;
        world.System.Now = world.System.Now with { Neighbours = [] };
        world.System.Describe().ShouldBe(before);
        world.Run("status").ShouldContain("is undone: no neighbour answers through enp1s0");
    }

    // What failed would fail each minute; what was killed leaves the guest without a network.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Where_there_is_no_neighbour_to_ask_only_what_was_killed_is_tried_again(bool isKilled)
    {
        using TestWorld world = WithGateway();
        world.System.Answering = new HashSet<string>();
        world.System.Now = world.System.Now with { Routes = [], Neighbours = [] };
        world.Journals.HoldOff.Vf(new HardwareAddress("52:54:00:00:00:01"), 3, $"joining {(isKilled ? "was begun and did not end" : "failed")}", default);
        world.Run("scan", "--repair");
        world.Runs.Count.ShouldBe(isKilled ? 1 : 0);
        if (!isKilled)
            return;
        world.Run("enp1s0", "0", "--foreground", "--event").ShouldEndWith("exit 0 (Done)\n");
        world.Said.ShouldContain("not verified");
        world.Journals.Joins().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void So_is_a_vf_that_came_back_and_could_not_be_added_to_the_bond(bool answers)
    {
        using TestWorld world = WithGateway();
        world.System.Answering = new HashSet<string> { Gateway };
        world.Run("enp1s0", "0", "--foreground").ShouldContain("are joined in");
        Replug(world);
        world.System.Refuses = change => change is SetMaster { Link: 99, Master: not 0 };
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 5 (WithoutVf)\n");
        if (!answers)
            world.System.Answering = new HashSet<string>();
        world.Run("scan", "--repair").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.Count.ShouldBe(answers ? 0 : 1);
        if (answers)
            return;
        // Nothing answers then either.
        world.System.Refuses = _ => false;
        world.Run("enp1s0", "0", "--foreground", "--event").ShouldEndWith("exit 5 (WithoutVf)\n");
        world.System.Now.Find(99)!.Master.ShouldBe(0);
        world.Journals.Joins().ShouldHaveSingleItem();
        world.System.Answering = new HashSet<string> { Gateway };
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
    }

    [Fact]
    public void On_Hyper_V_a_vf_that_is_not_joined_cuts_nothing()
    {
        using TestWorld world = WithGateway();
        world.System.Now = world.System.Now with
        {
            Kernel = new Version(4, 9),
            Links = [.. world.System.Now.Links.Select(link => link.Name == "enp0s3" ? link with { Device = link.Device! with { Driver = "hv_netvsc", Bus = "vmbus" } } : link)],
        };
        world.System.Answering = new HashSet<string>();
        world.System.Refuses = change => change is SetMaster { Link: 2, Master: not 0 };
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 1 (Refused)\n");
        world.Run("status").ShouldContain("; the timer leaves the pair alone until its VF comes again");
        world.Run("scan", "--repair");
        world.Runs.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_timer_leaves_alone_what_a_person_detached(bool vfWasTakenOutBefore)
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground").ShouldContain("are joined in");
        if (vfWasTakenOutBefore)
            world.System.Set(world.System.Now.Find("enp1s0")!.Index, link => link with { Master = 0 });
        world.Run("detach", "enp0s3").ShouldEndWith("exit 0 (Done)\n");
        world.Run("scan", "--repair");
        world.Runs.ShouldBeEmpty();
        // An explicit request by a person overrides the hold-off.
        world.Run("enp1s0", "0", "--foreground").ShouldContain("are joined in");
        world.System.Set(world.System.Now.Find("enp1s0")!.Index, link => link with { Master = 0 });
        world.Run("scan", "--repair");
        world.Runs.ShouldHaveSingleItem();
    }

    [Fact]
    public void What_could_not_be_undone_is_tried_again_by_a_person_and_not_each_minute()
    {
        using var world = new TestWorld("kvm");
        world.System.Refuses = change => change is SetMaster { Link: 2 };
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 4 (Partly)\n");
        world.Run("scan", "--repair").ShouldEndWith("exit 4 (Partly)\n");
        int changes = world.System.Changes;
        world.Run("scan", "--repair").ShouldEndWith("exit 0 (Done)\n");
        world.System.Changes.ShouldBe(changes);
        world.System.Refuses = _ => false;
        world.Run("scan", "--unfinished").ShouldEndWith("exit 0 (Done)\n");
        world.System.Now.Find("bond-enp0s3").ShouldBeNull();
    }

    [Fact]
    public void After_a_person_has_had_it_undone_the_timer_repairs_the_pair_again()
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground").ShouldContain("are joined in");
        // Its detach can be neither executed nor undone.
        world.System.Refuses = change => change is SetMaster { Link: 2 } or DeleteLink;
        world.Run("detach", "enp0s3").ShouldEndWith("exit 4 (Partly)\n");
        world.Run("scan", "--repair").ShouldEndWith("exit 4 (Partly)\n");
        world.System.Refuses = _ => false;
        world.Run("scan", "--unfinished").ShouldEndWith("exit 0 (Done)\n");
        // Its VF leaves the bond, and the timer puts it back.
        world.System.Set(world.System.Now.Find("enp1s0")!.Index, link => link with { Master = 0 });
        world.Run("scan", "--repair").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_system_that_did_not_answer_once_is_asked_again_by_the_timer()
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground").ShouldContain("are joined in");
        world.System.Set(world.System.Now.Find("enp1s0")!.Index, link => link with { Master = 0 });
        world.System.IsBlind = true;
        world.Run("scan", "--repair").ShouldNotEndWith("exit 0 (Done)\n");
        world.System.IsBlind = false;
        world.Run("scan", "--repair").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.ShouldHaveSingleItem();
    }

    [Fact]
    public void What_a_person_detached_stays_so_when_an_undo_of_it_was_incomplete_and_then_completed()
    {
        using var directory = new TemporaryDirectory();
        var holdOff = new RetryHoldOff(directory.Path);
        holdOff.Vf(Plans.Mac, 7, "it was detached", DateTimeOffset.UnixEpoch);
        holdOff.Undo(Plans.Mac, incomplete: true);
        holdOff.Undo(Plans.Mac, incomplete: false);
        (holdOff.IsVf(Plans.Mac, 7), holdOff.IsVf(Plans.Mac, 8), holdOff.IsUndo(Plans.Mac)).ShouldBe((true, false, false));
    }

    [Theory]
    [InlineData(typeof(DirectoryNotFoundException), "exit 1 (Refused)")]
    [InlineData(typeof(InvalidOperationException), "exit 4 (Partly)")]
    public void Whatever_one_pair_comes_to_the_others_are_looked_at_and_the_log_has_it(Type thrown, string code)
    {
        using var world = new TestWorld("kvm-two-pairs");
        int first = world.System.Now.Links.Single(link => link.Name == "enp0s3").Index;
        world.LooksForOwners = asked =>
        {
            if (asked.Contains(first))
                throw (Exception)Activator.CreateInstance(thrown, "went away")!;
        };
        string text = world.Run("scan", "--foreground");
        text.ShouldEndWith($"{code}\n");
        text.ShouldContain("went away");
        world.Log.ShouldContain(line => line.Message.Contains("went away"));
        world.System.Now.Find("bond-enp0s4").ShouldNotBeNull();
        world.System.Now.Find("bond-enp0s3").ShouldBeNull();
    }

    [Fact]
    public void A_mistake_of_ours_in_deciding_about_one_pair_does_not_end_the_scan()
    {
        using var world = new TestWorld("kvm-two-pairs");
        world.Settings = world.Settings with
        {
            Interfaces = ImmutableDictionary.Create<string, InterfaceSettings>(new Stumbling("enp0s3")).Add("x", new InterfaceSettings()),
        };
        world.Run("scan", "--foreground").ShouldEndWith("exit 4 (Partly)\n");
        world.Log.ShouldContain(line => line.Message.StartsWith("internal error: "));
        world.System.Now.Find("bond-enp0s4").ShouldNotBeNull();
    }

    private sealed class Stumbling(string over) : EqualityComparer<string>
    {
        public override bool Equals(string? one, string? other) => one == other;

        public override int GetHashCode(string name) => name == over ? throw new InvalidOperationException("a mistake") : 0;
    }

    private const string Gateway = "192.0.2.1";

    private static TestWorld WithGateway()
    {
        Snapshot host = Fixtures.Host("kvm");
        return new TestWorld(host with
        {
            Routes = [.. host.Routes.Select(route => route.DestinationLength == 0 ? route with { Legs = [new RouteLeg(2, IPAddress.Parse(Gateway))] } : route)],
        });
    }

    private static void Replug(TestWorld world)
    {
        Link vf = world.System.Now.Find("enp1s0")!;
        world.System.Remove(vf.Index);
        world.System.Now = world.System.Now with { Links = world.System.Now.Links.Add(vf with { Index = 99, Master = 0 }) };
    }
}
