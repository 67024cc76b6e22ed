using System.Text.Json;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Tests.Unit.FreeBSD.Workflows;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary>What is kept of what happens to the pairs.</summary>
public class HistoryTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private const string Azure = """
        kernel 6.1.0
        2: eth0 00:0d:3a:00:00:01 up device vmbus hv_netvsc
        3: enP1s1 00:0d:3a:00:00:01 up slave master 2 device pci mlx5_core
        """;

    [Fact]
    public void The_life_of_a_pair_that_this_program_joins()
    {
        using var world = new TestWorld("kvm");
        world.AsUdev("enp1s0").Run("enp1s0");
        world.Pass(TimeSpan.FromSeconds(2));
        world.Run("enp1s0", "0", "--foreground");
        world.ByHand();
        Minute(world);
        Gone(world);
        Minute(world);
        Link vf = Back(world, 99);
        world.AsUdev("enp1s0").Run("enp1s0");
        world.Run("enp1s0", "0", "--foreground");
        world.ByHand();
        Minute(world);
        world.System.Set(vf.Index, link => link with { Master = 0 });
        int bond = world.Journals.Joins().Single().Aggregate;
        world.System.Set(2, link => link with { Master = 0 });
        Minute(world);
        Minute(world);
        world.System.Set(2, link => link with { Master = bond });
        Minute(world);
        world.Run("detach", "enp0s3");
        world.System.Refuses = change => change is SetMaster { Link: 2, Master: not 0 };
        world.Run("enp1s0", "0", "--foreground");
        world.System.Refuses = _ => false;
        (world.Run("status", "--history") + world.Run("status") + world.Run("status", "--history", "--json")).ShouldBeApproved();
    }

    [Fact]
    public void The_life_of_a_pair_that_the_kernel_joins()
    {
        using var world = new TestWorld(Fixtures.Parse(Azure));
        world.System.Set(3, link => link with { Master = 0 });
        world.AsUdev("enP1s1").Run("enP1s1");
        world.System.Later(system => system.Set(3, link => link with { Master = 2 }));
        world.Run("enP1s1", "2", "--foreground");
        world.ByHand();
        Count(world, vf: 0, own: 100);
        Minute(world);
        Count(world, vf: 100, own: 100);
        Minute(world);
        Minute(world);
        Count(world, vf: 100, own: 200);
        Minute(world);
        // Its event remove is lost.
        Link vf = world.System.Now.Find(3)!;
        world.System.Now = world.System.Now with { Links = world.System.Now.Links.Remove(vf) };
        Minute(world);
        // So is its arrival.
        world.System.Now = world.System.Now with { Links = world.System.Now.Links.Add(vf with { Index = 7 }) };
        Minute(world);
        world.System.Changes.ShouldBe(0);
        (world.Run("status", "--history") + world.Run("status", "eth0")).ShouldBeApproved();
    }

    [Fact]
    public void The_event_remove_of_a_VF_asks_the_kernel_for_nothing()
    {
        using var world = new TestWorld(Fixtures.Parse(Azure));
        world.AsUdev("enP1s1").Run("enP1s1");
        world.System.IsBlind = true;
        world.System.IsLocked = true;
        world.Load = _ => throw new HypervVfattach.Config.ConfigurationError("x", 1, 1, "not even the settings are read");
        world.Variables["HYPERV_VF_MAC"] = "00:0d:3a:00:00:01";
        world.Variables["HYPERV_VF_SYNTHETIC"] = "eth0";
        int moments = world.System.Moments;
        world.Run("vfleft", "enP1s1").ShouldEndWith("exit 0 (Done)\n");
        world.Run("vfleft", "enP1s1").ShouldEndWith("exit 0 (Done)\n");
        world.System.Moments.ShouldBe(moments);
        Kinds(world).ShouldBe([HistoryKind.VfArrived, HistoryKind.Joined, HistoryKind.VfLeft]);
        // One that comes late is no news: the next VF has arrived.
        world.System.IsBlind = world.System.IsLocked = false;
        world.Load = null;
        world.System.Now = world.System.Now with { Links = [.. world.System.Now.Links.Select(link => link.Index == 3 ? link with { Index = 8 } : link)] };
        world.AsUdev("enP1s1").Run("enP1s1");
        world.Variables["IFINDEX"] = "3";
        world.Run("vfleft", "enP1s1");
        Kinds(world)[3..].ShouldBe([HistoryKind.VfArrived, HistoryKind.Joined]);
    }

    // The kernel announces a bond itself.
    [Theory]
    [InlineData("redirect", true)]
    [InlineData("bond", false)]
    public void When_the_VF_of_a_redirect_has_left_the_synthetic_NIC_is_announced(string join, bool isAnnounced)
    {
        using var world = new TestWorld(Fixtures.Host("kvm")) { Settings = new() { Join = JoinKinds.Find(join)!.Value, SyntheticDrivers = ["virtio_net"] } };
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        Join joined = world.Journals.Joins().ShouldHaveSingleItem();
        world.Variables["IFINDEX"] = "3";
        world.Variables["HYPERV_VF_MAC"] = joined.Mac.ToString();
        world.Run("--dry-run", "vfleft", "enp1s0").ShouldEndWith("exit 0 (Done)\n");
        world.System.Announced.ShouldBeEmpty();
        world.Run("vfleft", "enp1s0").ShouldEndWith("exit 0 (Done)\n");
        world.System.Announced.ShouldBe(isAnnounced ? [joined.Synthetic] : []);
    }

    [Theory]
    [InlineData("IFINDEX")]
    [InlineData("HYPERV_VF_MAC")]
    public void The_event_remove_by_hand_means_nothing(string missing)
    {
        using var world = new TestWorld(Fixtures.Parse(Azure));
        world.Variables["IFINDEX"] = "3";
        world.Variables["HYPERV_VF_MAC"] = "00:0d:3a:00:00:01";
        world.Variables.Remove(missing);
        world.Run("vfleft", "enP1s1").ShouldEndWith("exit 2 (Usage)\n");
        Kinds(world).ShouldBeEmpty();
    }

    [Fact]
    public void The_rule_for_the_event_is_reached_by_a_device_without_parents()
    {
        string[] rules = File.ReadAllLines(Path.Combine(Repository.Root, "rules", "udev", "60-hyperv-vfattach.rules"));
        int remove = Array.IndexOf(rules,
            "ACTION==\"remove\", ENV{HYPERV_VF_MAC}==\"?*\", RUN+=\"/usr/local/sbin/hyperv-vfattach --event vfleft -- $name\"");
        remove.ShouldBeGreaterThan(Array.FindIndex(rules, rule => rule.StartsWith("SUBSYSTEM!=", StringComparison.Ordinal)));
        remove.ShouldBeLessThan(Array.FindIndex(rules, rule => rule.StartsWith("ACTION!=", StringComparison.Ordinal)));
        HypervVfattach.Commands.CommandLine.Parse(["--event", "vfleft", "--", "scan"])
            .ShouldBeOfType<HypervVfattach.Commands.VfLeftRequest>().Interface.ShouldBe("scan");
    }

    [Fact]
    public void The_same_refusal_is_not_repeated()
    {
        using var world = new TestWorld("azure-mlx4-not-joined");
        for (int i = 0; i < 5; i++)
            Minute(world);
        world.Run("enP1s1", "0", "--foreground").ShouldEndWith("exit 1 (Refused)\n");
        PairHistory pair = world.History.Of(world.System.Now.Find("enP1s1")!.PairAddress)!;
        pair.LastFailure!.Time.ShouldBe(new DateTimeOffset(2026, 11, 28, 0, 1, 0, TimeSpan.Zero));
        pair.LastFailure.Detail!.ShouldContain("the kernel has not joined enP1s1 to eth0");
        world.Run("status", "eth0", "--history").Split("refused").Length.ShouldBe(2);
        // With another VF it is another one.
        world.System.Now = world.System.Now with
        {
            Links = [.. world.System.Now.Links.Select(link => link.Name == "enP1s1" ? link with { Index = 77 } : link)],
        };
        Minute(world);
        world.Run("status", "eth0", "--history").Split("refused").Length.ShouldBe(3);
    }

    [Fact]
    public void A_restart_is_an_arrival_without_a_departure()
    {
        using var world = new TestWorld(Fixtures.Parse(Azure));
        Minute(world);
        Minute(world);
        Kinds(world).ShouldBe([HistoryKind.VfArrived, HistoryKind.Joined]);
        world.Boot = "another";
        Minute(world);
        Minute(world);
        Kinds(world).ShouldBe([HistoryKind.VfArrived, HistoryKind.Joined, HistoryKind.VfArrived, HistoryKind.Joined]);
        world.Run("status", "--history").ShouldContain("the VF enP1s1 arrived: the machine was started (seen by the timer)\n");
    }

    [Fact]
    public void An_interrupted_run_is_recorded_when_it_is_recovered()
    {
        using var world = new TestWorld("kvm");
        // Killed for good: all that runs after the fault is killed as well.
        world.System.Disappoints = _ =>
        {
            world.System.KillAt = world.System.Moments;
            throw new KilledException();
        };
        Should.Throw<KilledException>(() => world.Run("enp1s0", "0", "--foreground"));
        world.System = world.System.Reborn();
        world.Run("scan", "--unfinished").ShouldEndWith("exit 0 (Done)\n");
        world.Run("status", "--history").ShouldContain("enp0s3  recovered: join of enp0s3 was interrupted, and is undone");
    }

    [Fact]
    public void The_same_failure_each_minute_is_one_entry()
    {
        using var world = new TestWorld("kvm");
        world.System.Refuses = change => change is SetMaster { Link: 2, Master: not 0 };
        for (int minute = 0; minute < 3; minute++)
        {
            world.AsUdev("enp1s0").Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 1 (Refused)\n");
            world.ByHand();
            Minute(world);
        }
        Kinds(world).ShouldBe([HistoryKind.VfArrived, HistoryKind.Failed]);
        // A person's try is news, and so is a VF that came again.
        world.Run("enp1s0", "0", "--foreground");
        Gone(world);
        Back(world, 99);
        world.AsUdev("enp1s0").Run("enp1s0", "0", "--foreground");
        Kinds(world).ShouldBe([HistoryKind.VfArrived, HistoryKind.Failed, HistoryKind.Failed, HistoryKind.VfLeft, HistoryKind.VfArrived, HistoryKind.Failed]);
    }

    [Fact]
    public void A_history_that_takes_nothing_costs_an_entry_and_nothing_else()
    {
        using var world = new TestWorld("kvm");
        // A directory in the place of the file: not even root can write it.
        Directory.CreateDirectory(Path.Combine(world.HistoryDirectory, "history"));
        string text = world.Run("enp1s0", "0", "--foreground");
        text.ShouldContain("are joined in");
        text.ShouldEndWith("exit 0 (Done)\n");
        text.ShouldNotContain("history");
        world.Run("status").ShouldEndWith("exit 0 (Done)\n");
        world.Run("detach", "enp0s3", "--verbose").ShouldContain("! nothing is added to the history: /lib/history: ");
        world.AsUdev("enp1s0").Variables["HYPERV_VF_MAC"] = "52:54:00:00:00:01";
        world.Run("vfleft", "enp1s0").ShouldEndWith("exit 0 (Done)\n");
        world.ByHand().Run("scan", "--repair").ShouldEndWith("exit 0 (Done)\n");
        string shown = world.Run("status", "--history");
        shown.ShouldContain("! /lib/history: read: ");
        shown.ShouldEndWith("exit 1 (Refused)\n");
    }

    [Fact]
    public void A_dry_run_and_a_look_add_nothing()
    {
        using var world = new TestWorld("kvm");
        foreach (string[] arguments in (string[][])[["scan", "--dry-run"], ["scan", "--repair", "--dry-run"], ["enp1s0", "--dry-run"], ["import", "enp1s0"]])
            world.Run(arguments).ShouldEndWith("exit 0 (Done)\n");
        world.Run("status").ShouldEndWith("exit 6 (Degraded)\n");
        Directory.Exists(world.HistoryDirectory).ShouldBeFalse();
        world.Run("status", "--history").ShouldBe("$ hyperv-vfattach status --history\nthe history has no entry yet\nexit 0 (Done)\n");
    }

    [Fact]
    public void One_interface_shows_its_pair_also_by_a_name_of_then()
    {
        using var world = new TestWorld("azure-mlx5-two-pairs");
        Minute(world);
        string one = world.Run("status", "eth1", "--history");
        one.ShouldContain("eth1  the VF enP41968s2 arrived");
        one.ShouldNotContain("eth0");
        int index = world.System.Now.Find("eth1")!.Index;
        world.System.Set(index, link => link with { Name = "wan" });
        foreach (string name in (string[])["wan", "eth1", "enP41968s2"])
            world.Run("status", name, "--history")[$"$ hyperv-vfattach status {name} --history\n".Length..].ShouldBe(one["$ hyperv-vfattach status eth1 --history\n".Length..]);
        world.Run("status", "nope", "--history").ShouldBe("$ hyperv-vfattach status nope --history\n"
            + "! nope: there is no such interface, and the history does not name it\nexit 1 (Refused)\n");
    }

    [Fact]
    public void Damaged_lines_are_counted()
    {
        using var world = new TestWorld(Fixtures.Parse(Azure));
        Minute(world);
        File.AppendAllText(Path.Combine(world.HistoryDirectory, "history"), "what?\n{}\n");
        world.Run("status", "--history").ShouldEndWith("2 lines of the history could not be read\nexit 0 (Done)\n");
        string json = world.Run("status", "--history", "--json");
        using var document = JsonDocument.Parse(json[json.IndexOf('{')..(json.LastIndexOf('}') + 1)]);
        document.RootElement.GetProperty("unreadable_lines").GetInt32().ShouldBe(2);
        document.RootElement.GetProperty("history").GetArrayLength().ShouldBe(2);
        world.Run("status").ShouldContain("since 2026-11-28 00:01Z the VF arrived once and never left");
    }

    [Fact]
    public void On_FreeBSD_devd_tells()
    {
        using Machine machine = Machine.Static();
        machine.RunDevd();
        machine.Kernel.Unplug("mce0");
        machine.RunDevd();
        machine.Out.GetStringBuilder().Clear();
        machine.Run("status", "--history");
        string text = machine.Out.ToString();
        text.ShouldContain("hn0  the VF mce0 arrived\n");
        text.ShouldContain("hn0  joined: hn0 and mce0 are joined in lagg0\n");
        text.ShouldContain("hn0  the VF carries the traffic\n");
        text.ShouldContain("hn0  the VF mce0 left\n");
        text.ShouldContain("hn0  the synthetic NIC carries the traffic\n");
    }

    private static HistoryKind[] Kinds(TestWorld world) => [.. world.History.Read(out _).Select(entry => entry.Kind)];

    private static void Minute(TestWorld world)
    {
        world.Pass(s_minute);
        world.Run("scan", "--repair");
    }

    // The bond notices it, and so does udev, which keeps the properties of the VF.
    private static void Gone(TestWorld world)
    {
        Link vf = world.System.Now.Find("enp1s0")!;
        world.AsUdev("enp1s0").Variables["HYPERV_VF_MAC"] = vf.PairAddress.ToString();
        world.Variables["HYPERV_VF_SYNTHETIC"] = "enp0s3";
        world.System.Remove(vf.Index);
        world.Run("vfleft", "enp1s0");
        world.ByHand();
    }

    private static Link Back(TestWorld world, int index)
    {
        Link vf = Fixtures.Host("kvm").Find("enp1s0")! with { Index = index };
        world.System.Now = world.System.Now with { Links = world.System.Now.Links.Add(vf) };
        return vf;
    }

    private static void Count(TestWorld world, ulong vf, ulong own) => world.System.Set(2, link => link with
    {
        VfTraffic = new VfTraffic(vf, vf), ReceivedPackets = vf + own, SentPackets = vf + own,
    });
}
