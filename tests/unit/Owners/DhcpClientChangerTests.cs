using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Interop;
using HypervVfattach.Owners;
using HypervVfattach.Tests.Unit.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Owners;

/// <summary>A DHCP client is stopped or continued; a shell acts as the client, with real processes.</summary>
public sealed class DhcpClientChangerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_its_script_is_at_work_on_is_finished_before_it_is_stopped()
    {
        OnLinux.OrSkip();
        string begun = Path.Combine(_directory, "begun"), done = Path.Combine(_directory, "done");
        LeaseClient client = Start($"(echo > {begun}; sleep 0.5; echo > {done}) & wait; echo > {_directory}/went-on; sleep 60");
        SpinWait.SpinUntil(() => File.Exists(begun), TimeSpan.FromSeconds(10)).ShouldBeTrue();

        DhcpClientChanger.Stop(client);

        File.Exists(done).ShouldBeTrue();
        Directory.Exists($"/proc/{client.Process}").ShouldBeFalse();
        File.Exists(Path.Combine(_directory, "went-on")).ShouldBeFalse();
    }

    [Fact]
    public void One_that_was_held_goes_on_where_nothing_was_moved()
    {
        OnLinux.OrSkip();
        LeaseClient client = Start("while :; do sleep 0.1; done");
        Libc.kill(client.Process, Libc.SIGSTOP).ShouldBe(0);
        SpinWait.SpinUntil(() => State(client) == 'T', TimeSpan.FromSeconds(10)).ShouldBeTrue();

        DhcpClientChanger.Start(new StartClient(client, client.Link, 600), "eth0");

        SpinWait.SpinUntil(() => State(client) != 'T', TimeSpan.FromSeconds(10)).ShouldBeTrue();
        DhcpClientChanger.Stop(client);
    }

    private LeaseClient Start(string script)
    {
        ImmutableArray<string> arguments = ["dhclient", "-c", $"{script} # {_directory} eth0"];
        int process = DetachedProcess.Start("/bin/sh", arguments, ["PATH=/usr/bin:/bin"]);
        long started = long.Parse(Stat(process).Split(' ')[19], System.Globalization.CultureInfo.InvariantCulture);
        return new LeaseClient(2, process, started, "/bin/sh", arguments, "");
    }

    private static char State(LeaseClient client) => Stat(client.Process)[0];

    private static string Stat(int process)
    {
        string stat = File.ReadAllText($"/proc/{process}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..];
    }
}
