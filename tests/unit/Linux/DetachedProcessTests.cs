using System.Globalization;
using HypervVfattach.Core;
using HypervVfattach.Linux;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Linux;

public sealed class DetachedProcessTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task The_child_leads_a_session_and_reads_and_writes_nothing_of_ours()
    {
        OnLinux.OrSkip();
        string result = Path.Combine(_directory, "result");
        // Fields of /proc/PID/stat after the name: state, parent, group, session.
        const string Script = """
            read -r line < /proc/$$/stat
            set -- ${line##*) }
            { echo "$4"; readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2; echo "$WORD" "$HOME"; } 3>&- > "$RESULT.new"
            /bin/mv "$RESULT.new" "$RESULT"
            """;
        int pid = DetachedProcess.Start(
            "/bin/sh", ["child", "-c", Script], [$"RESULT={result}", "WORD=ä b", "PATH=/usr/bin:/bin"]);

        for (int i = 0; i < 200 && !File.Exists(result); i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        // While the script writes its findings, its descriptor 1 is that file; 0 and 2 are the inherited ones.
        (await File.ReadAllLinesAsync(result, TestContext.Current.CancellationToken)).ShouldBe(
            [pid.ToString(CultureInfo.InvariantCulture), "/dev/null", $"{result}.new", "/dev/null", "ä b "]);
    }

    [Fact]
    public void A_refusal_names_the_executable_and_errno()
    {
        OnLinux.OrSkip();
        Should.Throw<SystemRefusal>(() => DetachedProcess.Start("/no/such/program", ["x"], []))
            .Message.ShouldBe("/no/such/program: start in the background: No such file or directory (errno 2)");
    }
}
