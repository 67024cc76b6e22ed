using System.Collections.Immutable;
using HypervVfattach.Commands;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.FreeBSD;
using HypervVfattach.Tests.Unit.FreeBSD.Workflows;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary>Where observe_only is set, nothing changes the network, whatever started the program.</summary>
public class ObserveOnlyTests
{
    private const string Words = "observe_only is set in the configuration file, and nothing is changed; without it: ";
    private const string Joining = Words + "joining enp0s3 and enp1s0 in the new bond bond-enp0s3; remove observe_only to permit that";

    public static TheoryData<string> ByHand => ["enp1s0", "enp1s0 0", "enp0s3 5 --foreground", "scan", "scan --foreground"];

    [Theory]
    [MemberData(nameof(ByHand))]
    public void By_hand_it_is_refused_with_what_to_do(string arguments)
    {
        using TestWorld world = Observing("kvm");
        string before = world.System.Describe();
        string text = world.Run(arguments.Split(' '));
        text.ShouldBe($"$ hyperv-vfattach {arguments}\n! {Joining}\nexit 1 (Refused)\n");
        world.Runs.ShouldBeEmpty();
        world.Journals.Pairs().ShouldBeEmpty();
        world.System.Describe().ShouldBe(before);
        world.System.Asked.ShouldBeEmpty();
    }

    [Fact]
    public void An_event_says_once_what_it_would_have_done()
    {
        using TestWorld world = Observing("kvm");
        string before = world.System.Describe();
        world.AsUdev("enp1s0").Run("enp1s0").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.ShouldHaveSingleItem();
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        world.Log.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            line => line.Message.ShouldBe(Joining), line => line.Priority.ShouldBe(LogPriority.Notice));
        world.System.Describe().ShouldBe(before);
        world.System.Asked.ShouldBeEmpty();
        world.History.Read(out _).Select(entry => entry.Kind).ShouldBe([HistoryKind.VfArrived]);
    }

    [Fact]
    public void An_event_of_what_would_be_prepared_at_once_changes_nothing_either()
    {
        using TestWorld world = Observing("kvm");
        world.Settings = world.Settings with { Join = JoinKind.Redirect };
        world.System.Set(2, link => link with { Flags = link.Flags & ~LinkFlags.Up });
        string before = world.System.Describe();
        world.AsUdev("enp0s3").Run("enp0s3").ShouldEndWith("exit 0 (Done)\n");
        world.Log.ShouldHaveSingleItem().Message.ShouldContain("enp0s3 is made ready to be redirected");
        world.System.Describe().ShouldBe(before);
    }

    [Fact]
    public void An_event_says_why_it_would_have_refused()
    {
        using TestWorld world = Observing("azure-mlx4-not-joined");
        world.AsUdev("enP1s1").Run("enP1s1", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        world.Log.ShouldHaveSingleItem().Message.ShouldStartWith(Words + "enP1s1 is left alone: the kernel has not joined enP1s1 to eth0");
        world.ByHand().Run("enP1s1", "0", "--foreground").ShouldEndWith("exit 1 (Refused)\n");
    }

    [Fact]
    public void At_boot_and_each_minute_nothing_is_changed()
    {
        using TestWorld world = Observing("kvm-two-pairs");
        world.Run("scan", "--event").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.Count.ShouldBe(2);
        world.Runs.Clear();
        for (int i = 0; i < 3; i++)
            world.Run("scan", "--event", "--repair").ShouldEndWith("exit 0 (Done)\n");
        world.Runs.ShouldBeEmpty();
        world.Log.ShouldBeEmpty();
        world.System.Changes.ShouldBe(0);
    }

    [Fact]
    public void What_is_joined_stays_so_and_is_left_as_it_is()
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground").ShouldContain("are joined in");
        Link vf = world.System.Now.Find("enp1s0")!;
        world.System.Remove(vf.Index);
        world.System.Now = world.System.Now with { Links = world.System.Now.Links.Add(vf with { Index = 99, Master = 0 }) };
        string before = world.System.Describe();
        world.Settings = world.Settings with { ObserveOnly = true };
        world.Run("detach", "enp0s3").ShouldBe($"$ hyperv-vfattach detach enp0s3\n! {Words}enp0s3 is detached; remove observe_only to permit that\n"
            + "exit 1 (Refused)\n");
        world.Run("detach", "enp0s3", "--dry-run").ShouldEndWith("exit 0 (Done)\n");
        world.AsUdev("enp1s0").Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        world.Log[^1].Message.ShouldStartWith(Words + "enp1s0 is back: putting it into bond-enp0s3");
        world.ByHand().Run("scan", "--repair").ShouldEndWith("exit 0 (Done)\n");
        // Another program takes it apart.
        world.System.Set(2, link => link with { Master = 0 });
        world.Run("detach", "enp0s3").ShouldEndWith("exit 1 (Refused)\n");
        world.System.Set(2, link => link with { Master = world.Journals.Joins().Single().Aggregate });
        world.System.Describe().ShouldBe(before);
        world.Settings = world.Settings with { ObserveOnly = false };
        world.Run("scan", "--foreground").ShouldContain("enp1s0 is a port of bond-enp0s3 again");
        world.Run("detach", "enp0s3").ShouldEndWith("exit 0 (Done)\n");
    }

    public static TheoryData<string, string> AfterAKill => new()
    {
        { "scan", "exit 1 (Refused)\n" },
        { "scan --unfinished", "exit 1 (Refused)\n" },
        { "enp1s0 0 --foreground", "exit 1 (Refused)\n" },
        { "enp1s0", "exit 1 (Refused)\n" },
        { "detach enp0s3", "exit 1 (Refused)\n" },
        { "--event enp1s0 0 --foreground", "exit 0 (Done)\n" },
        { "--event scan", "exit 0 (Done)\n" },
        { "--event scan --unfinished", "exit 0 (Done)\n" },
        { "--event scan --repair", "exit 0 (Done)\n" },
    };

    [Theory]
    [MemberData(nameof(AfterAKill))]
    public void An_interrupted_run_is_left_as_it_is_and_told_of(string arguments, string end)
    {
        using var world = new TestWorld("kvm");
        Kill(world);
        string half = world.System.Describe();
        string journal = File.ReadAllText(world.Journals.PathOf(new HardwareAddress("52:54:00:00:00:01")));
        world.Settings = world.Settings with { ObserveOnly = true };
        world.Log.Clear();
        world.Run(arguments.Split(' ')).ShouldEndWith(end);
        string[] told = [.. world.Log.Select(line => line.Message).Where(message => message.StartsWith(Words, StringComparison.Ordinal))];
        told.Length.ShouldBe(arguments.EndsWith("--repair", StringComparison.Ordinal) ? 0 : 1);
        world.System.Describe().ShouldBe(half);
        File.ReadAllText(world.Journals.PathOf(new HardwareAddress("52:54:00:00:00:01"))).ShouldBe(journal);
        world.Run("status").ShouldContain("note        observe only: what was interrupted is left as it is until observe_only is removed\n");
        world.Settings = world.Settings with { ObserveOnly = false };
        world.Run("scan", "--foreground").ShouldContain("are joined in");
    }

    [Fact]
    public void A_mistake_in_the_file_does_not_keep_an_interrupted_run_from_being_undone()
    {
        using var world = new TestWorld("kvm");
        string before = world.System.Describe();
        Kill(world);
        world.Load = _ => throw new HypervVfattach.Config.ConfigurationError("x", 1, 1, "wrong");
        world.Run("scan").ShouldEndWith("exit 3 (Configuration)\n");
        world.System.Describe().ShouldBe(before);
    }

    [Fact]
    public void What_only_shows_works_as_always()
    {
        using TestWorld world = Observing("kvm");
        using var other = new TestWorld("kvm");
        foreach (string arguments in (string[])["scan --dry-run", "enp1s0 --dry-run", "import enp1s0", "detach enp0s3 --dry-run"])
            world.Run(arguments.Split(' ')).ShouldBe(other.Run(arguments.Split(' ')));
        world.Run("status").ShouldContain("note        observe only: nothing is joined until observe_only is removed from the configuration file\n");
        using TestWorld refused = Observing("azure-mlx4-not-joined");
        refused.Run("status").ShouldContain("note        observe only: nothing is joined, and a join would be refused: the kernel has not joined");
        // Where the kernel joins, there is nothing to forbid.
        using TestWorld azure = Observing("azure-mlx5-two-pairs");
        azure.Run("status").ShouldNotContain("observe");
        azure.Run("eth0").ShouldEndWith("exit 0 (Done)\n");
        azure.Run("scan").ShouldEndWith("exit 0 (Done)\n");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Programs_learn_it_once_for_the_host_also_where_there_is_no_pair(bool isSet)
    {
        foreach (Snapshot host in (Snapshot[])[Fixtures.Host("azure-mlx5-two-pairs"), Fixtures.Parse("kernel 6.1.0")])
        {
            using var world = new TestWorld(host);
            world.Settings = world.Settings with { ObserveOnly = isSet };
            world.Run("status", "--json").ShouldContain($"\n  \"observe_only\": {(isSet ? "true" : "false")},\n");
            world.Run("status", "--prometheus").Split('\n').Where(line => line.Contains("observe_only ", StringComparison.Ordinal)).ShouldBe([
                "# HELP hyperv_vfattach_observe_only Whether the configuration file forbids every change of the network.",
                "# TYPE hyperv_vfattach_observe_only gauge", $"hyperv_vfattach_observe_only {(isSet ? 1 : 0)}",
            ]);
        }
    }

    [Fact]
    public void A_change_that_nobody_asked_about_is_refused_all_the_same()
    {
        var system = new MemorySystem { Now = Fixtures.Host("kvm") };
        ImmutableArray<Change> change = [new SetUp(2, false)];
        Should.Throw<ObserveOnly>(() => ((IBackend)new GuardedNetwork(system, () => true)).Apply(change, 0, repeat: false));
        system.Changes.ShouldBe(0);
        new GuardedNetwork(system, () => false).Apply(change, 0, repeat: false);
        system.Changes.ShouldBe(1);
    }

    /// <summary>A member that has a body in the interface and is not passed on would not be missed by the compiler.</summary>
    [Fact]
    public void The_guard_passes_everything_on() =>
        typeof(GuardedNetwork).GetInterfaceMap(typeof(IBackend)).TargetMethods.ShouldAllBe(method => method.DeclaringType == typeof(GuardedNetwork));

    [Fact]
    public void On_FreeBSD_devds_events_change_nothing()
    {
        using Machine machine = Machine.Static();
        using var file = new ConfigurationFile(machine);
        machine.SwitchOn("mce0");
        string before = machine.State();
        foreach (string[] arguments in (string[][])[["mce0"], ["vfup", "hn0"], ["vfdown", "hn0"], ["scan"]])
        {
            machine.Run(["--event", "--config", file.Path, .. arguments]).ShouldBe(ExitCode.Done);
            machine.RunBackground();
        }
        machine.State().ShouldBe(before);
        machine.Journals.ShouldBe(0);
        machine.Programs.Log.Count(line => line.Contains("without it: joining hn0 and mce0 in the new failover lagg lagg0")).ShouldBeGreaterThan(0);
        machine.Run("--config", file.Path, "vfup", "hn0", "--foreground").ShouldBe(ExitCode.Refused);
        machine.Run("--config", file.Path, "mce0").ShouldBe(ExitCode.Refused);
        machine.State().ShouldBe(before);
        machine.Run("status", "--history");
        machine.Out.ToString().ShouldContain("hn0  the VF carries the traffic\n");
    }

    [Fact]
    public void On_FreeBSD_the_administrators_own_program_is_not_started()
    {
        using Machine machine = Machine.Static();
        using var file = new ConfigurationFile(machine);
        machine.Programs.Facts["/usr/libexec/hyperv/hyperv_vfup.hn0"] = new FileFacts(0, UnixFileMode.UserRead | UnixFileMode.UserExecute, true);
        machine.Run("--event", "--config", file.Path, "vfup", "hn0").ShouldBe(ExitCode.Done);
        machine.Programs.Started.ShouldBeEmpty();
        machine.Programs.Log[^1].ShouldContain("hyperv_vfup.hn0 joins hn0 and mce0");
        machine.Run("--event", "--config", file.Path, "--foreground", "mce0", "0").ShouldBe(ExitCode.Done);
        machine.Programs.Started.ShouldBeEmpty();
    }

    [Fact]
    public void On_FreeBSD_linkup_starts_a_client_only_where_the_system_would()
    {
        using Machine machine = Machine.Dhcp();
        using var file = new ConfigurationFile(machine);
        machine.Run("--event", "--config", file.Path, "linkup", "hn0").ShouldBe(ExitCode.Done);
        machine.Programs.Started.ShouldHaveSingleItem().ShouldBe(["/usr/sbin/service", "dhclient", "quietstart", "hn0"]);
        machine.Programs.Started.Clear();
        machine.VfArrived();
        machine.Programs.Processes.Clear();
        machine.Run("--event", "--config", file.Path, "linkup", "lagg0").ShouldBe(ExitCode.Done);
        machine.Programs.Clients.ShouldBeEmpty();
        machine.Programs.Log[^1].ShouldContain("dhclient is started on lagg0");
        machine.Run("linkup", "lagg0").ShouldBe(ExitCode.Done);
        machine.Programs.Clients.ShouldHaveSingleItem().ShouldBe("lagg0");
    }

    private static TestWorld Observing(string host)
    {
        var world = new TestWorld(host);
        world.Settings = world.Settings with { ObserveOnly = true };
        return world;
    }

    // For good: all that runs after the fault is killed as well.
    private static void Kill(TestWorld world)
    {
        world.System.Disappoints = _ =>
        {
            world.System.KillAt = world.System.Moments;
            throw new KilledException();
        };
        Should.Throw<KilledException>(() => world.Run("enp1s0", "0", "--foreground"));
        world.System = world.System.Reborn();
    }

    private sealed class ConfigurationFile : IDisposable
    {
        public ConfigurationFile(Machine machine)
        {
            File.WriteAllText(Path, "observe_only = true\n");
            machine.Programs.Facts[Path] = new FileFacts(0, UnixFileMode.UserRead | UnixFileMode.UserWrite, true);
        }

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
