using System.Text;
using System.Text.Json;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Apply;

public sealed class JournalTests : IDisposable
{
    private static readonly HostIdentity Here = new("boot", "net:[1]");
    private readonly TemporaryDirectory _directory = new();
    private readonly Journals _journals;

    public JournalTests() => _journals = new Journals(Path.Combine(_directory.Path, "made"), Here);

    public void Dispose() => _directory.Dispose();

    private byte[] Whole()
    {
        using Journal journal = _journals.Start(Plans.Join());
        journal.Write(new StepBegun(0));
        journal.Write(new AggregateKnown(4));
        journal.Write(new StepDone(0));
        journal.Write(new StepBegun(1));
        journal.Write(new StepDone(1));
        journal.Write(new StepBegun(2));
        journal.Write(new Undoing());
        journal.Write(new StepUndone(2));
        journal.Write(new StepUndone(1));
        return File.ReadAllBytes(journal.Path);
    }

    [Fact]
    public void Only_its_owner_may_read_it_and_all_may_see_it()
    {
        Whole();
        const UnixFileMode read = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.GetUnixFileMode(_journals.PathOf(Plans.Mac)).ShouldBe(read);
        File.GetUnixFileMode(_journals.Directory).ShouldBe(read | UnixFileMode.UserExecute | UnixFileMode.GroupRead
            | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        Path.GetFileName(_journals.PathOf(Plans.Mac)).ShouldBe("00-0d-3a-12-34-56.journal");
    }

    [Fact]
    public void Every_property_of_every_kind_of_change_is_read_back()
    {
        foreach (Type kind in typeof(Change).Assembly.GetTypes()
            .Where(type => !type.IsAbstract
                && (type.IsSubclassOf(typeof(Change)) || type.IsSubclassOf(typeof(Expectation)))))
        {
            object sample = Samples.Of(kind);
            Plan plan = (Plan)Samples.Of(typeof(Plan)) with
            {
                Kind = sample is CreateLagg ? JoinKind.Lagg : JoinKind.Bond,
                Steps =
                [
                    sample is Change change
                        ? new Step("name", [change], [change])
                        : new Step("name", [], []) { Expect = [(Expectation)sample], Optional = true },
                ],
            };
            byte[] line = JournalCodec.Write(new Planned(plan));
            Plan read = ((Planned)JournalCodec.ReadEntry(line)).Plan;
            Samples.Describe(read).ShouldBe(Samples.Describe(plan));
            JournalCodec.Write(new Planned(read)).ShouldBe(line);
        }
    }

    /// <summary>The format is read by the next release too, so a change of a line is a new format.</summary>
    [Fact]
    public void Every_kind_of_change_has_its_line()
    {
        string[] lines = [.. typeof(Change).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Change)) && !type.IsAbstract)
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .Select(kind => Plans.Join() with { Steps = [new Step("step", [(Change)Samples.Of(kind)], [])], Notes = [] })
            .Select(plan => Encoding.UTF8.GetString(JournalCodec.Write(new Planned(plan))))
            .Select(line => line[line.IndexOf("{\"do\"", StringComparison.Ordinal)..line.IndexOf("],\"undo\"", StringComparison.Ordinal)])];
        (string.Join('\n', lines) + "\n").ShouldBeApproved();
    }

    [Theory]
    [InlineData((int)JoinKind.Bond)]
    [InlineData((int)JoinKind.Redirect)]
    [InlineData((int)JoinKind.Lagg)]
    public void The_kind_of_a_join_is_read_back(int kind)
    {
        Plan plan = Plans.Join() with { Kind = (JoinKind)kind };
        ((Planned)JournalCodec.ReadEntry(JournalCodec.Write(new Planned(plan)))).Plan.Kind.ShouldBe((JoinKind)kind);
    }

    [Fact]
    public void A_lagg_in_the_journal_of_an_earlier_version_is_a_lagg()
    {
        Plan plan = Plans.Join() with { Kind = JoinKind.Lagg, Steps = [new Step("create", [new CreateLagg("lagg0")], [])] };
        string line = Encoding.UTF8.GetString(JournalCodec.Write(new Planned(plan)));
        line.ShouldContain("\"kind\":\"lagg\",");
        ((Planned)JournalCodec.ReadEntry(Encoding.UTF8.GetBytes(line.Replace("\"kind\":\"lagg\",", "")))).Plan.Kind.ShouldBe(JoinKind.Lagg);
    }

    [Theory]
    [InlineData("team")]
    [InlineData("none")]
    public void A_kind_of_join_that_is_not_known_is_no_plan(string kind) => Should.Throw<JsonException>(() => JournalCodec.ReadEntry(
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(JournalCodec.Write(new Planned(Plans.Join() with { Kind = JoinKind.Lagg })))
            .Replace("\"kind\":\"lagg\"", $"\"kind\":\"{kind}\"", StringComparison.Ordinal))));

    [Fact]
    public void Every_plan_is_read_back_as_it_was_written()
    {
        Plan random = new RandomPlan(Enumerable.Range(0, 200), optional: true).Plan;
        foreach (Plan plan in new[] { Plans.Join(), Plans.AddPort(4, 7), Plans.Detach(4), random })
        {
            var read = (Planned)JournalCodec.ReadEntry(JournalCodec.Write(new Planned(plan)));
            Samples.Describe(read.Plan).ShouldBe(Samples.Describe(plan));
        }
    }

    [Fact]
    public void A_file_cut_at_any_byte_is_a_shorter_journal_or_damaged()
    {
        byte[] whole = Whole();
        int[] ends = [.. Enumerable.Range(0, whole.Length).Where(i => whole[i] == '\n').Select(i => i + 1)];
        for (int length = 0; length <= whole.Length; length++)
        {
            if (length < ends[1])
            {
                Should.Throw<JournalDamaged>(() => JournalReader.Read("file", whole.AsSpan(0, length)));
                continue;
            }
            JournalFile file = JournalReader.Read("file", whole.AsSpan(0, length));
            file.Length.ShouldBe(ends.Last(end => end <= length));
            // Exactly the contents of the complete lines.
            JournalState exact = JournalReader.Read("file", whole.AsSpan(0, (int)file.Length)).State;
            file.State.StepsBegun.ShouldBe(exact.StepsBegun);
            file.State.Last!.Steps.ShouldBe(exact.Last!.Steps);
            file.State.IsJoined.ShouldBeFalse();
        }
    }

    [Fact]
    public void Any_changed_byte_is_noticed_or_harmless()
    {
        byte[] whole = Whole();
        for (int at = 0; at < whole.Length; at += 7)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 0x15;
            try
            {
                JournalReader.Read("file", changed);
            }
            catch (JournalDamaged)
            {
                // The only allowed exception.
            }
        }
    }

    [Fact]
    public void A_cut_off_line_is_removed_before_the_next_is_written()
    {
        byte[] whole = Whole();
        string path = _journals.PathOf(Plans.Mac);
        File.WriteAllBytes(path, whole.AsSpan(0, whole.Length - 3));
        JournalFile file = _journals.Read(Plans.Mac)!;
        file.State.Last!.Steps[1].ShouldBe(StepProgress.Done);
        using (Journal journal = Journals.Continue(file))
            journal.Write(new StepUndone(1));
        File.ReadAllBytes(path).ShouldBe(whole);
    }

    [Theory]
    [InlineData("", "its beginning is missing; no plan could be read")]
    [InlineData("\n", "line 1 is not the header of a journal; no plan could be read")]
    [InlineData("{}\n", "line 1 is not the header of a journal; no plan could be read")]
    [InlineData("[]\n", "line 1 is not the header of a journal; no plan could be read")]
    [InlineData("{\"format\":2,\"new\":1}\n",
        "it has format 2, this program supports 1: another version wrote it; no plan could be read")]
    [InlineData("{\"format\":1,\"host\":{\"boot\":\"b\",\"namespace\":\"n\"}}\n", "its beginning is missing; no plan could be read")]
    [InlineData("{\"format\":1,\"host\":{\"boot\":\"b\",\"namespace\":\"n\"}}\n{\"is\":\"joined\"}\n",
        "line 2 is not valid; no plan could be read")]
    public void Damage_is_described(string text, string words) =>
        Should.Throw<JournalDamaged>(() => JournalReader.Read("/run/x.journal", Encoding.UTF8.GetBytes(text)))
            .Message.ShouldBe("/run/x.journal: damaged journal: " + words);

    [Theory]
    [InlineData("garbage")]
    [InlineData("{\"is\":\"begin\",\"step\":3}")]
    [InlineData("{\"is\":\"begin\"}")]
    [InlineData("{\"is\":\"begin\",\"step\":0,\"more\":1}")]
    [InlineData("{\"is\":\"done\",\"step\":1}")]
    [InlineData("{\"is\":\"something\"}")]
    [InlineData("{\"is\":\"joined\"}")]
    [InlineData("")]
    public void Damage_names_what_could_still_be_read(string line)
    {
        Whole();
        string path = _journals.PathOf(Plans.Mac);
        string[] lines = [.. File.ReadAllLines(path).Take(5), line, ""];
        File.WriteAllText(path, string.Join('\n', lines));
        Should.Throw<JournalDamaged>(() => _journals.Read(Plans.Mac)).Message.ShouldBe(
            $"{path}: damaged journal: line 6 is not valid; "
            + "what could be read: join of eth0 (00:0d:3a:12:34:56), 1 of 4 steps begun");
        // It does not affect other pairs.
        _journals.Joins().ShouldBeEmpty();
    }

    [Fact]
    public void A_missing_directory_means_no_journals()
    {
        _journals.Joins().ShouldBeEmpty();
        _journals.Read(Plans.Mac).ShouldBeNull();
        Directory.Exists(_journals.Directory).ShouldBeFalse();
    }
}
