using System.Text;
using HypervVfattach.Commands;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Commands;

public class CommandLineTests
{
    [Fact]
    public void Help() => Outcome("--help").ShouldBeApproved();

    [Theory]
    [InlineData("-h")]
    [InlineData("status", "--help")]
    [InlineData("eth0", "5", "--help")]
    [InlineData("--help", "--nonsense")]
    public void Help_is_the_same_wherever_it_is_asked_for(params string[] arguments) =>
        CommandLine.Parse(arguments).ShouldBe(new HelpRequest());

    [Fact]
    public void Version() => Outcome("--version").ShouldBe("hyperv-vfattach 0.1.0\nexit 0\n");

    [Fact]
    public void What_means_nothing_is_one_line_and_the_usage() => string.Concat(new string[][]
    {
        [],
        ["--dry-run"],
        ["eth0", "x"],
        ["eth0", "-5"],
        ["eth0", "1.5"],
        ["eth0", "86401"],
        ["eth0", "99999999999999999999"],
        ["eth0", ""],
        ["eth0", "+5"],
        ["eth0", " 5"],
        ["eth0", "5s"],
        ["eth0", "5", "6"],
        ["--nonsense"],
        ["eth0", "--nonsense"],
        ["scan", "--nonsense"],
        ["-x", "eth0"],
        ["--json", "eth0"],
        ["eth0", "--unfinished"],
        [""],
        [new string('a', 128)],
        ["a/b"],
        ["eth0:1"],
        ["eth 0"],
        ["eth\n0"],
        ["."],
        ["detach", "eth0:1"],
        ["status", "a/b"],
        ["import", ""],
        ["import"],
        ["detach"],
        ["detach", "eth0", "eth1"],
        ["scan", "eth0"],
        ["status", "eth0", "eth1"],
        ["status", "--json", "--prometheus"],
        ["scan", "--unfinished", "--repair"],
        ["eth0", "status"],
        ["--config"],
        ["eth0", "--config"],
    }.Select(arguments => $"{string.Join(' ', arguments.Select(word => $"[{word.Replace("\n", "\\n")}]"))}\n{Outcome(arguments)}\n"))
        .ShouldBeApproved();

    [Theory]
    [InlineData(127, true)]
    [InlineData(128, false)]
    public void An_alternative_name_may_have_127_bytes(int length, bool isOne)
    {
        string name = new('x', length);
        foreach (string[] arguments in (string[][])[["status", name], ["import", name], ["detach", name], [name], [name, "5", "--dry-run"]])
            (CommandLine.Parse(arguments) is not BadRequest).ShouldBe(isOne, string.Join(' ', arguments));
    }

    [Fact]
    public void The_delay_is_a_whole_number_of_seconds()
    {
        CommandLine.Parse(["eth0"]).ShouldBe(new AttachRequest("eth0", null));
        CommandLine.Parse(["eth0", "0"]).ShouldBe(new AttachRequest("eth0", TimeSpan.Zero));
        CommandLine.Parse(["eth0", "86400"]).ShouldBe(new AttachRequest("eth0", TimeSpan.FromDays(1)));
    }

    [Fact]
    public void Options_stand_anywhere()
    {
        var expected = new AttachRequest("eth0", TimeSpan.FromSeconds(5))
        {
            DryRun = true, Foreground = true, Verbose = true, Config = "/etc/x",
        };
        CommandLine.Parse(["--dry-run", "--foreground", "--verbose", "--config", "/etc/x", "eth0", "5"]).ShouldBe(expected);
        CommandLine.Parse(["eth0", "--config=/etc/x", "5", "--verbose", "--foreground", "--dry-run"]).ShouldBe(expected);
        CommandLine.Parse(["--foreground", "--verbose", "--dry-run", "--config", "/etc/x", "--", "eth0", "5"]).ShouldBe(expected);
        CommandLine.Parse(["--dry-run", "scan", "--unfinished"]).ShouldBe(new ScanRequest(true) { DryRun = true });
        CommandLine.Parse(["--config", "-x", "scan"]).ShouldBe(new ScanRequest(false) { Config = "-x" });
    }

    [Fact]
    public void Verbs_are_verbs_and_interfaces_of_their_name_stand_behind_dashes()
    {
        CommandLine.Parse(["status"]).ShouldBe(new StatusRequest(null, StatusFormat.Text));
        CommandLine.Parse(["status", "eth0", "--json"]).ShouldBe(new StatusRequest("eth0", StatusFormat.Json));
        CommandLine.Parse(["status", "--prometheus"]).ShouldBe(new StatusRequest(null, StatusFormat.Prometheus));
        CommandLine.Parse(["detach", "scan"]).ShouldBe(new DetachRequest("scan"));
        CommandLine.Parse(["import", "status"]).ShouldBe(new ImportRequest("status"));
        CommandLine.Parse(["--", "status"]).ShouldBe(new AttachRequest("status", null));
        CommandLine.Parse(["--", "status", "7"]).ShouldBe(new AttachRequest("status", TimeSpan.FromSeconds(7)));
        CommandLine.Parse(["import", "--", "-x"]).ShouldBe(new ImportRequest("-x"));
        CommandLine.Parse(["--", "--help"]).ShouldBe(new AttachRequest("--help", null));
        CommandLine.Parse(["@eth0"]).ShouldBe(new AttachRequest("@eth0", null));
        CommandLine.Parse(["--", "[suggest]"]).ShouldBe(new AttachRequest("[suggest]", null));
    }

    private static string Outcome(params string[] arguments)
    {
        var output = new StringWriter();
        ExitCode code = Dispatcher.Run(arguments, request => throw new InvalidOperationException($"{request}"), output, output);
        return new StringBuilder().Append(output).Append($"exit {(int)code}\n").ToString();
    }
}
