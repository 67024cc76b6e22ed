using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
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
        // A configuration with a mistake must not keep anybody from undoing.
        world.Load = _ => throw new HypervVfattach.Config.ConfigurationError("x", 1, 1, "wrong");
        world.Run("scan", "--unfinished").ShouldEndWith("exit 0 (Done)\n");
        world.Run("scan").ShouldEndWith("exit 3 (Configuration)\n");
        world.Runs.ShouldBeEmpty();
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
        using var world = new TestWorld("kvm");
        world.System.Refuses = change => change is SetMaster { Link: 2, Master: not 0 };
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 1 (Refused)\n");
        world.System.Refuses = _ => false;
        world.Run("scan", "--repair");
        world.Runs.ShouldBeEmpty();
        Replug(world);
        world.Run("scan", "--repair");
        world.Runs.ShouldHaveSingleItem();
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
        // A person who asks for it again means it.
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
    public void What_could_not_be_undone_is_looked_at_by_the_timer_again_once_it_is_undone()
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground").ShouldContain("are joined in");
        int bond = world.System.Now.Find("bond-enp0s3")!.Index;
        world.System.Refuses = change => change is SetUp { Link: 2 } or SetMaster { Link: 2, Master: not 0 };
        world.Run("detach", "enp0s3").ShouldEndWith("exit 4 (Partly)\n");
        world.Run("scan", "--repair").ShouldEndWith("exit 4 (Partly)\n");
        world.System.Refuses = _ => false;
        world.Run("scan").ShouldEndWith("exit 0 (Done)\n");
        world.Journals.Joins().ShouldHaveSingleItem();
        // From now on it is a pair like any other: its VF, which fell out, is put back within a minute.
        world.Runs.Clear();
        world.System.Set(3, link => link with { Master = 0 });
        world.System.Now.Find(bond).ShouldNotBeNull();
        world.Run("scan", "--repair").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_persons_scan_makes_the_timer_look_at_what_had_failed_again()
    {
        using var world = new TestWorld("kvm");
        world.System.Refuses = change => change is SetMaster { Link: 2, Master: not 0 };
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 1 (Refused)\n");
        world.System.Refuses = _ => false;
        // Not what follows each background run, nor what only shows.
        world.Run("scan", "--unfinished");
        world.Run("scan", "--dry-run");
        world.Run("scan", "--repair");
        world.Runs.ShouldBeEmpty();
        world.Run("scan");
        world.Runs.Clear();
        world.Run("scan", "--repair");
        world.Runs.ShouldHaveSingleItem();
    }

    /// <summary>What can become of a look, and of making, in one pair's turn.</summary>
    public static TheoryData<Exception> Troubles => [new IOException("IO_Whatever, /x"), new InvalidOperationException("Arg_Whatever"),
        new UnauthorizedAccessException("no"), new SystemRefusal("netlink", "dump", 16), new FormatException()];

    [Theory]
    [MemberData(nameof(Troubles), DisableDiscoveryEnumeration = true)]
    public void Whatever_happens_to_one_pair_the_next_one_has_its_turn(Exception trouble)
    {
        using var world = new TestWorld("kvm-two-pairs");
        world.System.Refuses = change => change is SetMaster { Link: 2, Master: not 0 } ? throw trouble : false;
        string text = world.Run("scan", "--foreground");
        text.ShouldEndWith("exit 1 (Refused)\n");
        world.Journals.Joins().ShouldHaveSingleItem().Synthetic.ShouldBe(3);
        world.Log.ShouldContain(line => line.Priority == LogPriority.Error);
    }

    [Theory]
    [MemberData(nameof(Troubles), DisableDiscoveryEnumeration = true)]
    public void A_look_that_fails_once_changes_nothing_for_the_timer(Exception trouble)
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground").ShouldContain("are joined in");
        int looks = 0;
        world.System.Observes = () => looks++ == 0 ? throw trouble : 0;
        // The first look of a run is at the pair's journal: whether what it is about is there.
        world.Run("scan", "--repair").ShouldEndWith("exit 1 (Refused)\n");
        world.System.Observes = () => 0;
        world.System.Set(3, link => link with { Master = 0 });
        world.Run("scan", "--repair").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.ShouldHaveSingleItem();
    }

    private sealed class Full : StringWriter
    {
        public override void Write(string? value) => throw new OutputLost("No space left on device");
    }

    [Fact]
    public void A_full_standard_output_ends_the_command_and_is_logged()
    {
        using var world = new TestWorld("kvm-two-pairs") { Output = new Full() };
        world.Run("scan", "--dry-run").ShouldBe("""
            $ hyperv-vfattach scan --dry-run
            ! standard output: write: No space left on device
            ! hyperv-vfattach: standard output: write: No space left on device
            exit 1 (Refused)

            """);
        world.Log.ShouldHaveSingleItem().Message.ShouldBe("standard output: write: No space left on device");
    }

    [Fact]
    public void A_file_that_is_no_pairs_journal_and_one_that_cannot_be_read_keep_nobody_waiting()
    {
        using var world = new TestWorld("kvm-two-pairs");
        Directory.CreateDirectory(world.Journals.Directory);
        File.WriteAllText(Path.Combine(world.Journals.Directory, "x.journal"), "?");
        Directory.CreateDirectory(Path.Combine(world.Journals.Directory, "y.journal"));
        world.Run("scan", "--foreground");
        world.Journals.Joins().Length.ShouldBe(2);
    }

    private static void Replug(TestWorld world)
    {
        Link vf = world.System.Now.Find("enp1s0")!;
        world.System.Remove(vf.Index);
        world.System.Now = world.System.Now with { Links = world.System.Now.Links.Add(vf with { Index = 99, Master = 0 }) };
    }
}
