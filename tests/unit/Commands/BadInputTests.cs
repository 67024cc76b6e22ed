using System.Text;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Posix;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary><c>status</c> and <c>doctor</c> on a host that does not answer as it should: one line says why, and what can be shown is shown.</summary>
public class BadInputTests
{
    private const string Azure = """
        kernel 6.8.0
        2: eth0 00:0d:3a:00:00:01 up device vmbus hv_netvsc
        3: enP1s1 00:0d:3a:00:00:01 up slave master 2 device pci mlx5_core
        """;

    // ALTIFNAMSIZ is 128 with the byte 0 at the end.
    private static readonly string s_longest = "ä" + new string('n', 125);

    [Fact]
    public void A_journal_that_cannot_be_read_is_damaged()
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground").ShouldEndWith("exit 0 (Done)\n");
        string journal = Directory.GetFiles(world.Journals.Directory, "*.journal").Single();
        File.Delete(journal);
        // Not even root can read what points to itself.
        File.CreateSymbolicLink(journal, journal);
        string status = world.Run("status"), doctor = world.Run("doctor");
        status.ShouldContain("journal damaged");
        status.ShouldContain(Path.GetFileName(journal));
        status.ShouldEndWith("exit 7 (Broken)\n");
        doctor.ShouldContain("broken  enp0s3  (journal)");
        doctor.ShouldEndWith("exit 7 (Broken)\n");
    }

    [Fact]
    public void A_history_that_cannot_be_read_is_missing_from_status_and_a_note_of_doctor()
    {
        using var world = new TestWorld(Fixtures.Parse(Azure));
        Directory.CreateDirectory(Path.Combine(world.HistoryDirectory, "history"));
        world.Run("status").ShouldEndWith("exit 0 (Done)\n");
        world.Run("status", "--json").ShouldContain("\"history\": null");
        string doctor = world.Run("doctor");
        doctor.ShouldContain("note  this run  (unseen)\n");
        doctor.ShouldContain("history: read: ");
        doctor.ShouldEndWith("exit 0 (Done)\n");
        world.Run("status", "--history").ShouldEndWith("exit 1 (Refused)\n");
    }

    [Fact]
    public void A_history_of_any_bytes_costs_its_lines_and_nothing_else()
    {
        using var world = new TestWorld(Fixtures.Parse(Azure));
        Directory.CreateDirectory(world.HistoryDirectory);
        File.WriteAllBytes(Path.Combine(world.HistoryDirectory, "history"), [0xff, 0xfe, 0, (byte)'\n', (byte)'{', 0xc3, 0x28, (byte)'"', (byte)'\n', (byte)'x']);
        world.Run("status").ShouldEndWith("exit 0 (Done)\n");
        world.Run("doctor").ShouldEndWith("nothing found\nexit 0 (Done)\n");
        world.Run("status", "--history").ShouldEndWith("the history has no entry yet\n3 lines of the history could not be read\nexit 0 (Done)\n");
    }

    [Fact]
    public void A_driver_without_counters_of_its_VF_leaves_the_path_to_what_the_kernel_does()
    {
        using var world = new TestWorld(Fixtures.Parse(Azure));
        world.System.Set(2, link => link with { VfTraffic = null, ReceivedPackets = 10, SentPackets = 10 });
        string status = world.Run("status");
        status.ShouldContain("carried by  enP1s1 (VF)");
        status.ShouldEndWith("exit 0 (Done)\n");
        world.Run("status", "--json").ShouldContain("\"idle\": false");
        world.Run("status", "--prometheus").ShouldEndWith("exit 0 (Done)\n");
        world.Run("doctor").ShouldEndWith("nothing found\nexit 0 (Done)\n");
    }

    [Theory]
    [InlineData()]
    [InlineData("--json")]
    [InlineData("--prometheus")]
    public void A_VF_that_leaves_while_it_is_counted_is_shown_as_it_was(params string[] options)
    {
        using var world = new TestWorld(Fixtures.Parse(Azure));
        world.System.Set(2, link => link with { VfTraffic = new VfTraffic(1, 1), ReceivedPackets = 2, SentPackets = 2 });
        bool left = false;
        world.Meanwhile = () =>
        {
            left = true;
            world.System.Remove(3);
        };
        string status = world.Run(["status", .. options]);
        left.ShouldBeTrue();
        status.ShouldContain("enP1s1");
        status.ShouldNotContain("!");
        status.ShouldEndWith("exit 0 (Done)\n");
    }

    [Fact]
    public void A_name_of_127_bytes_is_a_name()
    {
        Encoding.UTF8.GetByteCount(s_longest).ShouldBe(127);
        using var world = new TestWorld("kvm");
        world.System.Set(2, link => link with { AltNames = [s_longest] });
        world.Run("status", s_longest).ShouldContain("enp0s3  52:54:00:00:00:01  not joined");
        world.Run(s_longest, "0", "--foreground").ShouldContain("are joined in");
        world.Run("status", s_longest, "--history").Split('\n')[1..].ShouldBe([
            "2026-11-28 00:00:00Z  enp0s3  the VF enp1s0 arrived", "2026-11-28 00:00:00Z  enp0s3  joined: enp0s3 and enp1s0 are joined in bond-enp0s3",
            "exit 0 (Done)", ""]);
        world.Run("detach", s_longest).ShouldEndWith("exit 0 (Done)\n");
        world.Run("status", s_longest + "n").ShouldContain("! ");
        world.Run("status", new string('n', 128)).ShouldNotContain("exit 0");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(39)]
    [InlineData(132)]
    public void Doctor_has_no_line_that_is_wider_than_the_terminal_and_loses_no_word(int columns)
    {
        using TestWorld whole = Ill(null), narrow = Ill(new Terminal(columns, 24));
        string expected = whole.Run("doctor"), text = narrow.Run("doctor");
        text.Split('\n')[1..^2].ShouldAllBe(line => line.Length <= columns);
        Words(text).ShouldBe(Words(expected));

        static TestWorld Ill(Terminal? terminal)
        {
            var world = new TestWorld(Fixtures.Parse(Azure + "\naddress 3 10.0.0.9/24\nroute 3 default proto dhcp")) { Terminal = terminal };
            world.Variables["NO_COLOR"] = "1";
            return world;
        }

        static string Words(string text) => string.Concat(text.Where(c => c is not (' ' or '\n')));
    }

    [Fact]
    public void Only_a_terminal_has_the_colours_of_doctor()
    {
        using var world = new TestWorld(Fixtures.Parse(Azure + "\naddress 3 10.0.0.9/24"));
        world.Run("doctor").ShouldNotContain("\e");
        world.Terminal = new Terminal(80, 24);
        world.Run("doctor").ShouldContain("\e[33mdegraded\e[0m  enP1s1  (vf-address)\n");
        world.Variables["NO_COLOR"] = "1";
        world.Run("doctor").ShouldNotContain("\e");
    }
}
