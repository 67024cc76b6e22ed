using HypervVfattach.Commands;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.FreeBSD;
using HypervVfattach.Tests.Unit.FreeBSD.Model;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.FreeBSD.Workflows;

/// <summary>The 25 weaknesses of the scripts, by their numbers in install/freebsd/README.md; those about rc.conf are in RcConfTests, those
/// about order and failures also in WorkflowTests.</summary>
public class WeaknessTests
{
    [Theory]
    [InlineData(1104001, "/var/run/dhclient.hn0.pid")]
    [InlineData(1201517, "/var/run/dhclient/dhclient.hn0.pid")]
    [InlineData(1501502, "/var/run/dhclient/dhclient.hn0.pid")]
    public void W01_The_DHCP_client_is_found_where_its_release_says(int release, string path)
    {
        using var machine = Machine.Dhcp(KernelProfile.Stable12 with { OsRelDate = release });
        machine.Programs.Files.Keys.ShouldContain(path);
        machine.VfArrived();
        machine.Programs.Clients.ShouldBe(["lagg0"]);
    }

    [Fact]
    public void W01_A_pid_file_that_outlived_its_process_kills_nobody()
    {
        using var machine = Machine.Static();
        machine.Programs.Processes[77] = "sshd";
        machine.Programs.Files["/var/run/dhclient/dhclient.hn0.pid"] = "77\n";
        machine.VfArrived();
        machine.Programs.Processes.Keys.ShouldContain(77);
    }

    [Fact]
    public void W02_Addresses_are_removed_by_name_and_each_once()
    {
        using var machine = Machine.Static();
        machine.VfArrived();
        machine.Kernel.Calls.Count(call => call.StartsWith("SIOCDIFADDR hn0", StringComparison.Ordinal)).ShouldBe(3);
    }

    [Theory]
    [InlineData("--event", "mce0")]
    [InlineData("vfup", "hn0")]
    [InlineData("vfdown", "hn0")]
    [InlineData("linkup", "hn0")]
    public void W03_devd_waits_for_nothing(string first, string second)
    {
        using var machine = Machine.Dhcp();
        bool changed = false;
        machine.Waiting.Moment = () => { changed = true; return 0; };
        machine.Run(first, second).ShouldBe(ExitCode.Done);
        changed.ShouldBeFalse();
        machine.Programs.Ran.Where(line => !line.StartsWith("/usr/bin/env", StringComparison.Ordinal)
            && line != "/usr/sbin/service dhclient quietstart hn0").ShouldBeEmpty();
    }

    [Fact]
    public void W04_W05_W06_Routes_aliases_and_IPv6_move()
    {
        using var machine = Machine.Static();
        machine.VfArrived();
        string state = machine.State();
        foreach (string moved in (string[])
            ["192.0.2.11/32", "198.51.100.4/24", "2001:db8::10/64", "route 0.0.0.0/0 via 192.0.2.1 lagg0", "route ::/0 via 2001:db8::1 lagg0"])
            state.ShouldContain(moved);
        state.ShouldNotContain("  hn0 ");
    }

    [Fact]
    public void W07_The_lagg_stands_with_everything_before_the_VF_is_switched_on()
    {
        using var machine = Machine.Static();
        string? then = null;
        machine.Kernel.Before = call =>
        {
            if (call.StartsWith("SIOCSIFFLAGS mce0", StringComparison.Ordinal))
                then ??= machine.State();
            return 0;
        };
        machine.VfArrived();
        then.ShouldNotBeNull().ShouldContain("lagg0 192.0.2.10/24");
        then.ShouldContain("active hn0");
        then.ShouldContain("mce0 00:15:5d:01:02:03 down mtu 1500 port of lagg0");
    }

    [Fact]
    public void W08_A_port_that_is_refused_strips_nobody()
    {
        using var machine = Machine.Dhcp();
        string before = machine.State();
        machine.Kernel.Before = call => call.StartsWith("SIOCSLAGGPORT", StringComparison.Ordinal) ? 16 : 0;
        machine.VfArrived();
        machine.State().ShouldBe(before);
        machine.Programs.Log.ShouldContain(line => line.Contains("EBUSY") && line.Contains("everything is as before"));
    }

    [Fact]
    public void W09_A_run_that_ended_half_way_is_completed_by_the_next_event()
    {
        using var machine = Machine.Static();
        bool killed = false;
        machine.Kernel.Before = call => (killed |= call.StartsWith("SIOCAIFADDR lagg0", StringComparison.Ordinal))
            ? throw new KilledException() : 0;
        machine.Run("--event", "mce0");
        Should.Throw<KilledException>(machine.RunBackground);
        machine.Kernel.Before = null;
        machine.Run("vfup", "hn0").ShouldBe(ExitCode.Done);
        machine.RunBackground();
        machine.State().ShouldContain("lagg0 198.51.100.4/24");
        machine.State().ShouldContain("active mce0");
    }

    [Fact]
    public void W11_An_hn_that_the_host_took_away_and_brought_back_is_a_port_again()
    {
        using var machine = Machine.Static();
        machine.VfArrived();
        machine.Kernel.Unplug("hn0");
        machine.Kernel.Settle();
        machine.PlugHn();
        machine.Run("--event", "hn0").ShouldBe(ExitCode.Done);
        machine.RunBackground();
        machine.State().ShouldContain("hn0 00:15:5d:01:02:03 up", Case.Sensitive, machine.Out.ToString());
        machine.State().ShouldContain("port of lagg0", Case.Sensitive, machine.Out.ToString());
        machine.Run("detach", "lagg0").ShouldBe(ExitCode.Done, machine.Out.ToString());
        machine.State().ShouldContain("hn0 192.0.2.10/24");
    }

    [Fact]
    public void W12_An_hn_that_somebody_switched_off_is_switched_on_when_it_is_needed()
    {
        using var machine = Machine.Static(KernelProfile.Current14);
        machine.VfArrived();
        machine.SwitchOn("hn0", false);
        machine.Kernel.Unplug("mce0");
        machine.RunDevd();
        machine.Kernel.Settle();
        machine.State().ShouldContain("active hn0", Case.Sensitive, machine.Out.ToString());
    }

    [Fact]
    public void W13_mce1_is_not_mce10()
    {
        using var machine = new Machine();
        machine.PlugHn();
        machine.PlugHn(1);
        machine.SwitchOn("hn0");
        machine.SwitchOn("hn1");
        machine.PlugVf("mce10", 1);
        machine.Run("--event", "mce10");
        machine.RunBackground();
        machine.PlugVf("mce1");
        machine.Run("--event", "mce1");
        machine.RunBackground();
        machine.State().ShouldContain("mce1 00:15:5d:01:02:03 up carrier mtu 1500 port of lagg0", Case.Sensitive, machine.Out.ToString());
        machine.State().ShouldContain("mce10 00:15:5d:01:02:04 up carrier mtu 1500 port of lagg1");
    }

    [Fact]
    public void W14_The_delay_may_be_missing_and_no_other_word_is_taken_for_one()
    {
        using var machine = Machine.Static();
        machine.Run("mce0").ShouldBe(ExitCode.Done);
        machine.Programs.Started.Dequeue()[^1].ShouldBe("2");
        CommandLine.Parse(["mce0", "soon"]).ShouldBeOfType<BadRequest>();
    }

    [Fact]
    public void W16_A_VF_that_left_while_the_delay_ran_is_nobody()
    {
        using var machine = Machine.Static();
        machine.Run("--event", "mce0");
        machine.Kernel.Unplug("mce0");
        machine.Kernel.Plug("em5", [2, 3, 4, 5, 6, 7]); // which gets the index of the VF
        string state = machine.State();
        machine.RunBackground();
        machine.State().ShouldBe(state);
        machine.Programs.Log[^1].ShouldContain("gone");
    }

    [Fact]
    public void W17_A_scan_does_what_the_events_would_have_done()
    {
        using var machine = Machine.Static();
        machine.Run("scan").ShouldBe(ExitCode.Done);
        machine.RunBackground();
        machine.State().ShouldContain("active mce0");
    }

    [Fact]
    public void W18_dhclient_does_not_come_back_on_the_member_and_comes_back_on_the_lagg()
    {
        using var machine = Machine.Dhcp();
        machine.RunDevd();
        machine.Programs.Clients.ShouldBe(["lagg0"]);
        machine.Kernel.Unplug("mce0"); // hn0 gets its link back: LINK_UP
        machine.Kernel.Settle();
        machine.Kernel.Events.Devctl.ShouldContain("!system=IFNET subsystem=hn0 type=LINK_UP");
        machine.RunDevd();
        machine.Programs.Clients.ShouldBe(["lagg0"]);
        machine.State().ShouldContain("hn0 00:15:5d:01:02:03 up carrier mtu 1500 port of lagg0");

        machine.Programs.Processes.Clear(); // dhclient ends with the lagg's link
        machine.Run("linkup", "lagg0").ShouldBe(ExitCode.Done);
        machine.Programs.Clients.ShouldBe(["lagg0"]);
    }

    [Fact]
    public void W18_An_hn_that_is_not_joined_gets_its_dhclient_as_before()
    {
        using var machine = Machine.Dhcp();
        machine.Programs.Processes.Clear();
        machine.Run("linkup", "hn0", "--dry-run").ShouldBe(ExitCode.Done);
        machine.RunBackground();
        machine.Programs.Clients.ShouldBeEmpty();
        machine.Run("linkup", "hn0").ShouldBe(ExitCode.Done);
        machine.RunBackground();
        machine.Programs.Clients.ShouldBe(["hn0"]);
    }

    [Fact]
    public void W19_A_VF_that_somebody_gave_an_address_is_refused_with_advice()
    {
        using var machine = Machine.Static();
        machine.Programs.StartClient("mce0");
        string before = machine.State();
        machine.Run("--foreground", "mce0", "2").ShouldBe(ExitCode.Refused);
        machine.State().ShouldBe(before);
        machine.Programs.Log[^1].ShouldContain("ifconfig_mce0=\"NOAUTO\"");
    }

    [Fact]
    public void W20_dhclient_gets_the_administrators_flags()
    {
        using var machine = Machine.Dhcp();
        machine.Programs.RcConf["hn0"] = ["dhcp", "dhclient /sbin/dhclient -c /etc/my.conf"];
        machine.VfArrived();
        machine.Programs.Ran.ShouldContain("/sbin/dhclient -b -c /etc/my.conf lagg0");
    }

    [Fact]
    public void W22_The_laggs_number_is_the_units_whatever_the_NIC_is_called()
    {
        using var machine = Machine.Static();
        using (FreeBsdBackend backend = machine.Backend())
            backend.Apply([new SetName(machine.Index("hn0"), "wan7")], 0, repeat: false);
        machine.VfArrived();
        machine.State().ShouldContain("wan7 00:15:5d:01:02:03 up mtu 1500 port of lagg0", Case.Sensitive, machine.Out.ToString());
    }

    [Theory]
    [InlineData("/usr/libexec/hyperv/hyperv_vfup.hn0")]
    [InlineData("/usr/local/etc/hyperv-vfattach/hyperv_vfup.hn0")]
    public void W24_The_administrators_own_program_joins_the_pair(string hook)
    {
        using var machine = Machine.Static();
        machine.Programs.Facts[hook] = new FileFacts(0, UnixFileMode.UserRead | UnixFileMode.UserExecute, true);
        machine.VfArrived();
        machine.State().ShouldContain("mce0 00:15:5d:01:02:03 up");
        machine.State().ShouldNotContain("lagg0");
        machine.Run("vfup", "hn0").ShouldBe(ExitCode.Done);
        machine.Programs.Started.ShouldHaveSingleItem().ShouldBe([hook, "hn0"]);
    }

    [Fact]
    public void W24_A_program_that_is_not_roots_is_not_run()
    {
        using var machine = Machine.Static();
        machine.Programs.Facts["/usr/libexec/hyperv/hyperv_vfup.hn0"] = new FileFacts(1001, UnixFileMode.UserRead, true);
        machine.SwitchOn("mce0");
        machine.Run("vfup", "hn0").ShouldBe(ExitCode.Done);
        machine.RunBackground();
        machine.State().ShouldContain("active mce0");
        machine.Programs.Log.ShouldContain(line => line.Contains("belongs to user 1001"));
    }

    [Theory]
    [InlineData(1001u, 0b111_101_101, "belongs to user 1001")]
    [InlineData(0u, 0b111_111_101, "is writable by others than root")]
    [InlineData(0u, 0b111_101_111, "is writable by others than root")]
    public void W24_A_program_in_a_directory_that_is_not_roots_is_not_run(uint owner, int mode, string why)
    {
        using var machine = Machine.Static();
        machine.Programs.Facts["/usr/libexec/hyperv/hyperv_vfup.hn0"] = new FileFacts(0, UnixFileMode.UserRead | UnixFileMode.UserExecute, true);
        machine.Programs.Facts["/usr/libexec/hyperv"] = new FileFacts(owner, (UnixFileMode)mode, false);
        machine.SwitchOn("mce0");
        machine.Run("vfup", "hn0").ShouldBe(ExitCode.Done);
        machine.RunBackground();
        machine.State().ShouldContain("active mce0");
        machine.Programs.Log.ShouldContain(line => line.Contains($"/usr/libexec/hyperv {why}"));
    }

    [Theory]
    [InlineData("join = \"redirect\"", "join")]
    [InlineData("miimon = 50", "miimon")]
    public void A_setting_that_means_nothing_here_stops_the_run(string text, string key)
    {
        using var machine = Machine.Static();
        string file = Path.Combine(Directory.CreateTempSubdirectory("hyperv-vfattach-").FullName, "my.toml");
        File.WriteAllText(file, text);
        machine.Programs.Facts[file] = new FileFacts(0, UnixFileMode.UserRead, true);
        machine.Run("--config", file, "--foreground", "mce0", "0").ShouldBe(ExitCode.Configuration);
        machine.Out.ToString().ShouldContain($"my.toml:1:");
        machine.Out.ToString().ShouldContain(key);
        machine.State().ShouldNotContain("lagg0");
    }

    [Fact]
    public void W25_On_a_machine_without_hn_nothing_is_run()
    {
        using var machine = new Machine(KernelProfile.Stable12);
        machine.Kernel.Plug("em9", [0x52, 0x54, 0, 1, 2, 3]);
        machine.Run("--event", "em9").ShouldBe(ExitCode.Done);
        machine.Programs.Ran.ShouldBeEmpty();
        machine.Programs.Log.ShouldBeEmpty();
    }
}
