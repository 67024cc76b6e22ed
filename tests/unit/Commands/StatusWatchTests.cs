using HypervVfattach.Posix;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary><c>status --watch</c>, <c>status --output</c>, and a kernel that does not answer.</summary>
public sealed class StatusWatchTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // What is written until the look with this number is over; 100 packets pass between two looks.
    private static string Watch(TestWorld world, int looks, params string[] arguments)
    {
        var output = new StringWriter();
        int pauses = 0;
        world.Meanwhile = () =>
        {
            world.System.Set(3, link => link with { SentPackets = link.SentPackets + 100 });
            // The first pause is the sample's.
            if (++pauses > looks)
                throw new KilledException();
        };
        Should.Throw<KilledException>(() => world.Run(output, ["status", "--watch", .. arguments]));
        return output.ToString();
    }

    [Fact]
    public void A_terminal_is_redrawn_in_place_and_shows_the_rates()
    {
        using var world = new TestWorld("kvm") { Terminal = new Terminal(80, 24) };
        world.Variables["NO_COLOR"] = "1";
        string[] looks = Watch(world, 3).Split("\e[H");
        looks.Length.ShouldBe(4);
        looks[0].ShouldBeEmpty();
        looks[1].ShouldStartWith("2026-11-28 00:00:00Z, every 2 s; Ctrl-C ends\e[K\n\e[K\n");
        looks[1].ShouldContain("100 %  400/s\e[K\n");
        looks[2].ShouldStartWith("2026-11-28 00:00:02Z");
        looks[2].ShouldContain("enp1s0  VF         vmxnet3     off  100 %  50/s\e[K\n");
        foreach (string look in looks[1..])
        {
            // The cursor stands at the beginning of a line, and nothing of an earlier text is left.
            look.ShouldEndWith("\n\e[J");
            foreach (string line in look.Split('\n')[..^1])
                line.ShouldEndWith("\e[K");
        }
    }

    [Fact]
    public void What_is_higher_than_the_terminal_is_cut()
    {
        using var world = new TestWorld("kvm") { Terminal = new Terminal(80, 8) };
        string look = Watch(world, 2).Split("\e[H")[2];
        look.Count(c => c == '\n').ShouldBe(7);
        look.ShouldEndWith("...: a higher terminal shows more, or name an interface\e[K\n\e[J");
    }

    [Fact]
    public void Without_a_terminal_one_text_follows_the_other()
    {
        using var world = new TestWorld("kvm");
        string text = Watch(world, 2, "enp0s3");
        text.ShouldNotContain("\e");
        text.Split("\n\n2026-11-28 00:00:02Z, every 2 s").Length.ShouldBe(2);
        using var dumb = new TestWorld("kvm") { Terminal = new Terminal(80, 24) };
        dumb.Variables["TERM"] = "dumb";
        Watch(dumb, 2).ShouldNotContain("\e");
    }

    [Fact]
    public void A_file_is_written_in_each_format_and_the_exit_code_is_the_same()
    {
        using var world = new TestWorld("kvm") { Terminal = new Terminal(20, 24) };
        string file = Path.Combine(_directory, "status");
        foreach (string[] format in (string[][])[[], ["--json"], ["--prometheus"]])
        {
            world.Run(["status", .. format, "--output", file]).Split('\n', 2)[1].ShouldBe("exit 6 (Degraded)\n");
            string written = File.ReadAllText(file);
            world.Terminal = null;
            world.Run(["status", .. format]).Split('\n', 2)[1].ShouldBe(written + "exit 6 (Degraded)\n");
        }
    }

    [Fact]
    public void The_history_is_written_to_a_file_too()
    {
        using var world = new TestWorld("kvm");
        world.Run("enp1s0", "0", "--foreground");
        string file = Path.Combine(_directory, "history");
        foreach (string[] format in (string[][])[[], ["--json"]])
        {
            world.Run(["status", "--history", .. format, "--output", file]).Split('\n', 2)[1].ShouldBe("exit 0 (Done)\n");
            string written = File.ReadAllText(file);
            written.ShouldContain("enp1s0");
            world.Run(["status", "--history", .. format]).Split('\n', 2)[1].ShouldBe(written + "exit 0 (Done)\n");
        }
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_a_refusal()
    {
        using var world = new TestWorld("kvm");
        world.Run("status", "--output", _directory).ShouldContain($"! {_directory}: replace: Is a directory (errno 21)\nexit 1 (Refused)\n");
        world.Run("status", "--json", "--output", $"{_directory}/nothing/x").ShouldContain("open the directory nothing: No such file or directory");
        Directory.GetFileSystemEntries(_directory).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("--watch", "--json")]
    [InlineData("--watch", "--history")]
    [InlineData("--history", "--prometheus")]
    [InlineData("--watch=5", "--prometheus")]
    [InlineData("--watch", "--output=x")]
    [InlineData("--watch=0")]
    [InlineData("--watch=3601")]
    [InlineData("--watch=")]
    [InlineData("--watch=1.5")]
    [InlineData("--output")]
    [InlineData("--output=")]
    public void What_means_nothing_is_refused(params string[] options)
    {
        using var world = new TestWorld("kvm");
        world.Run(["status", .. options]).ShouldEndWith("exit 2 (Usage)\n");
        world.Run(["scan", .. options]).ShouldEndWith("exit 2 (Usage)\n");
    }

    [Fact]
    public void A_person_learns_what_status_waits_for()
    {
        using var world = new TestWorld("kvm") { LockPatience = TimeSpan.FromMilliseconds(20) };
        world.System.BeforeLook = () => SpinWait.SpinUntil(() => world.Said.Contains("waiting", StringComparison.Ordinal), TimeSpan.FromSeconds(20)).ShouldBeTrue();
        world.Run("status").ShouldContain("! still waiting for the kernel's network lock, which a driver or another program holds; if hv_netvsc waits for the "
            + "host with it, dmesg says \"Waiting for the VF association from host\"\n");
        using var quick = new TestWorld("kvm");
        quick.Run("status").ShouldNotContain("waiting");
    }
}
