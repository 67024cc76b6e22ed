using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Apply;

/// <summary>The file of the history.</summary>
public sealed class HistoryTests : IDisposable
{
    private static readonly HardwareAddress s_mac = new("00:15:5d:01:02:03");
    private static readonly HardwareAddress s_quiet = new("00:15:5d:01:02:04");
    private static readonly DateTimeOffset s_start = new(2026, 11, 28, 7, 30, 0, TimeSpan.Zero);
    private readonly TemporaryDirectory _directory = new();

    private string Lib => Path.Combine(_directory.Path, "hyperv-vfattach");

    private string File => Path.Combine(Lib, "history");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_is_added_is_read_again_by_everybody()
    {
        var history = new History(Lib);
        history.Read(out _).ShouldBeEmpty();
        history.Of(s_mac).ShouldBeNull();
        HistoryEntry[] all = [.. Enum.GetValues<HistoryKind>().Select(kind => Entry(kind, detail: "\"a\"\n\u00e4 \\ {"))];
        foreach (HistoryEntry entry in all)
            history.Add(s_mac, (_, news) => news.Add(entry));
        List<HistoryEntry> entries = history.Read(out int damaged);
        entries.Select(Words).ShouldBe(all.Select(Words));
        damaged.ShouldBe(0);
        System.IO.File.ReadAllLines(File).Length.ShouldBe(all.Length);
        (System.IO.File.GetUnixFileMode(File) & UnixFileMode.OtherRead).ShouldBe(UnixFileMode.OtherRead);
    }

    [Fact]
    public void A_pair_in_short()
    {
        var history = new History(Lib);
        HistoryKind[] kinds =
        [
            HistoryKind.Refused, HistoryKind.VfArrived, HistoryKind.Joined, HistoryKind.PathVf, HistoryKind.VfLeft, HistoryKind.VfArrived,
            HistoryKind.Failed, HistoryKind.Recovered,
        ];
        for (int i = 0; i < kinds.Length; i++)
        {
            HistoryEntry entry = Entry(kinds[i], i, detail: $"{i}");
            history.Add(s_mac, (_, news) => news.Add(entry));
        }
        PairHistory pair = history.Of(s_mac)!;
        (pair.First, pair.Since).ShouldBe((s_start.AddMinutes(1), s_start.AddMinutes(5)));
        (pair.Arrivals, pair.Departures, pair.IsVfJoined, pair.Path).ShouldBe((2, 1, false, UsedPath.Synthetic));
        (pair.LastFailure!.Time, pair.LastFailure.Detail).ShouldBe((s_start.AddMinutes(6), "6"));
        history.Of(s_quiet).ShouldBeNull();
    }

    [Fact]
    public void It_is_bounded_and_keeps_the_present_state_of_a_quiet_pair()
    {
        var history = new History(Lib);
        history.Add(s_quiet, (_, news) => news.AddRange([Entry(HistoryKind.VfArrived, mac: s_quiet), Entry(HistoryKind.Refused, mac: s_quiet)]));
        for (int i = 0; i < 3000; i++)
        {
            HistoryEntry entry = Entry(i % 2 == 0 ? HistoryKind.VfArrived : HistoryKind.VfLeft, i, detail: new string('x', i % 100 * 10));
            history.Add(s_mac, (_, news) => news.Add(entry));
            if (i % 100 == 0)
            {
                new FileInfo(File).Length.ShouldBeLessThanOrEqualTo(History.MaxBytes);
                System.IO.File.ReadAllLines(File).Length.ShouldBeLessThanOrEqualTo(History.MaxLines);
            }
        }
        List<HistoryEntry> entries = history.Read(out int damaged);
        damaged.ShouldBe(0);
        entries[^1].Time.ShouldBe(s_start.AddMinutes(2999));
        entries.Count.ShouldBeGreaterThan(100);
        entries.Where(entry => entry.Mac == s_mac).Select(entry => entry.Time).ShouldBeInOrder();
        history.Of(s_quiet)!.LastOfVf!.Kind.ShouldBe(HistoryKind.VfArrived);
        Directory.GetFiles(Lib).Select(Path.GetFileName).Order().ShouldBe(["history", "history.lock"]);
    }

    [Fact]
    public void A_damaged_line_is_skipped_and_does_not_hide_the_next_one()
    {
        var history = new History(Lib);
        history.Add(s_mac, (_, news) => news.Add(Entry(HistoryKind.VfArrived)));
        string good = System.IO.File.ReadAllText(File);
        System.IO.File.AppendAllText(File, good.Replace("vf-arrived", "flown-away") + "{\"seconds\":2026}\n\n\0\0\0\n" + good.Replace("\"by\"", "\"boy\"")
            + good.Replace("\"seconds\":", "\"seconds\":999999999") + good[..30]);
        System.IO.File.WriteAllBytes(File, [.. System.IO.File.ReadAllBytes(File), 0xff]);
        history.Add(s_mac, (_, news) => news.Add(Entry(HistoryKind.VfLeft, 1)));
        List<HistoryEntry> entries = history.Read(out int damaged);
        entries.Select(entry => entry.Kind).ShouldBe([HistoryKind.VfArrived, HistoryKind.VfLeft]);
        damaged.ShouldBe(7);
        // A text that is no UTF-8, in a line that is otherwise right.
        byte[] line = System.Text.Encoding.Latin1.GetBytes(good.Replace("eth0", "eth\u00ff"));
        System.IO.File.WriteAllBytes(File, line);
        history.Read(out damaged).ShouldBeEmpty();
        damaged.ShouldBe(1);
        history.Of(s_mac).ShouldBeNull();
    }

    [Fact]
    public void Of_a_file_that_somebody_made_long_the_end_counts()
    {
        var history = new History(Lib);
        history.Add(s_mac, (_, news) => news.Add(Entry(HistoryKind.VfArrived)));
        string good = System.IO.File.ReadAllText(File);
        System.IO.File.WriteAllText(File, new string('x', 4 * History.MaxBytes) + "\n" + good);
        history.Of(s_mac)!.Arrivals.ShouldBe(1);
        history.Add(s_mac, (_, news) => news.Add(Entry(HistoryKind.VfLeft, 1)));
        new FileInfo(File).Length.ShouldBeLessThan(History.MaxBytes);
        history.Of(s_mac)!.ShouldSatisfyAllConditions(pair => pair.Arrivals.ShouldBe(1), pair => pair.Departures.ShouldBe(1));
    }

    [Fact]
    public void Writers_at_the_same_time_lose_nothing_and_see_each_other()
    {
        Parallel.For(0, 4, writer =>
        {
            var history = new History(Lib);
            for (int i = 0; i < 50; i++)
                // Each continues what it finds, as an arrival follows a departure only.
                history.Add(s_mac, (pair, news) =>
                    news.Add(Entry(pair.LastOfVf is { Kind: HistoryKind.VfArrived } ? HistoryKind.VfLeft : HistoryKind.VfArrived, writer)));
        });
        List<HistoryEntry> entries = new History(Lib).Read(out int damaged);
        damaged.ShouldBe(0);
        entries.Count.ShouldBe(200);
        entries.Where((entry, i) => entry.Kind != (i % 2 == 0 ? HistoryKind.VfArrived : HistoryKind.VfLeft)).ShouldBeEmpty();
    }

    [Fact]
    public void A_directory_above_that_is_missing_is_not_made()
    {
        var history = new History(Path.Combine(_directory.Path, "var", "lib"));
        Should.Throw<SystemRefusal>(() => history.Add(s_mac, (_, news) => news.Add(Entry(HistoryKind.VfArrived)))).Errno.ShouldBe(2);
        Directory.Exists(Path.Combine(_directory.Path, "var")).ShouldBeFalse();
        history.Read(out _).ShouldBeEmpty();
    }

    [Fact]
    public void A_file_system_that_takes_no_file_refuses_and_names_the_file()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "needs /proc");
        Should.Throw<SystemRefusal>(() => new History("/proc/self").Add(s_mac, (_, news) => news.Add(Entry(HistoryKind.VfArrived)))).Message
            .ShouldContain("/proc/self/history");
        // A directory in the place of the file.
        Directory.CreateDirectory(File);
        Should.Throw<SystemRefusal>(() => new History(Lib).Add(s_mac, (_, news) => news.Add(Entry(HistoryKind.VfArrived)))).Message.ShouldContain(File);
        Should.Throw<SystemRefusal>(() => new History(Lib).Read(out _)).Message.ShouldContain($"{File}: read");
    }

    private static HistoryEntry Entry(HistoryKind kind, int minute = 0, HardwareAddress? mac = null, string? detail = null) =>
        new()
        {
            Time = s_start.AddMinutes(minute), Kind = kind, Mac = mac ?? s_mac, Synthetic = "eth0", Vf = "enP1s1", VfIndex = 4, Boot = "1a2b3c4d",
            By = "event", Detail = detail,
        };

    private static string Words(HistoryEntry entry) => $"{entry.Time} {entry.Kind} {entry.Mac} {entry.Synthetic} {entry.Vf} {entry.VfIndex} "
        + $"{entry.Boot} {entry.By} {entry.Detail}";
}
