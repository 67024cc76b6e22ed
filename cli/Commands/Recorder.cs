using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Commands;

/// <summary>Adds to the history what a command saw and did. It is called after the work on the network, and an entry that cannot be written
/// is lost.</summary>
internal sealed class Recorder(World world)
{
    private readonly string _boot = world.System.Identity.Boot is var boot && boot == HostIdentity.UnknownBoot ? "" : boot[..Math.Min(8, boot.Length)];

    private readonly DateTimeOffset _now = world.Clock.GetUtcNow();

    private string By => world.Request switch
    {
        ScanRequest { Repair: true } => "timer",
        ScanRequest => "scan",
        { IsEvent: true } => "event",
        _ => "command",
    };

    /// <summary>A pair as an event or a command saw it: its VF that arrived, and whether the kernel joined it.</summary>
    public void Seen(Pair pair, Observation observed) =>
        Add(pair.Mac, history => pair.Vf is null ? [] : Present(history, pair, observed));

    /// <summary>A pair as the timer sees it each minute: also a VF that left, a join that was taken apart, and the path.</summary>
    public void SeenByTimer(Pair pair, Observation observed) => Add(pair.Mac, history =>
    {
        List<HistoryEntry> news = [.. Present(history, pair, observed)];
        if (PairObstacles.JoinOf(pair, observed.Host) is { } join)
        {
            bool isIntact = world.Policy.Joins.Of(join.Kind).IsIntact(pair, join, observed.Host);
            if (isIntact == history.LastOfJoin is { Kind: HistoryKind.TakenApart })
                news.Add(Entry(isIntact ? HistoryKind.Joined : HistoryKind.TakenApart, pair) with
                {
                    Detail = isIntact ? "another program has mended the join" : null,
                });
        }
        UsedPath before = history.Last?.Boot == _boot ? history.Path : UsedPath.None;
        if (pair.Vf is not null && PathMeter.LastOf(pair, observed, world) is var path && path != UsedPath.None && path != before)
            news.Add(Entry(path == UsedPath.Vf ? HistoryKind.PathVf : HistoryKind.PathSynthetic, pair));
        return news;
    });

    /// <summary>A VF that udev saw leave.</summary>
    /// <param name="index">Its index; one that is not the last that arrived is no news.</param>
    public void Left(HardwareAddress mac, string synthetic, string vf, int index) => Add(mac, history =>
        history.LastOfVf is { } last && (last.Kind == HistoryKind.VfLeft || (last.VfIndex, last.Boot) != (index, _boot)) ? []
            : [new HistoryEntry(_now, HistoryKind.VfLeft, mac, synthetic) { Vf = vf, VfIndex = index, Boot = _boot, By = By }]);

    /// <summary>An hn(4) whose data path the host has switched.</summary>
    public void Switched(Pair pair, bool toVf, Observation observed) => Add(pair.Mac, history =>
    {
        UsedPath path = toVf ? UsedPath.Vf : UsedPath.Synthetic;
        List<HistoryEntry> news = [.. Present(history, pair, observed)];
        if (history.Path != path || history.Last?.Boot != _boot)
            news.Add(Entry(toVf ? HistoryKind.PathVf : HistoryKind.PathSynthetic, pair));
        return news;
    });

    /// <summary>The end of a plan.</summary>
    public void Ended(Outcome outcome) => Add(outcome.Plan.Mac, history =>
    {
        Plan plan = outcome.Plan;
        HistoryKind made = plan.Goal == Goal.Detach ? HistoryKind.Detached : HistoryKind.Joined;
        string done = world.Policy.Joins.Of(plan.Kind).Done(plan);
        return outcome switch
        {
            Done => [.. Arrived(history, plan), Entry(made, plan, done)],
            VfLeft when plan.Goal == Goal.Join => [Entry(made, plan, "the VF left while it was being added")],
            DoneWithout { LacksVf: false } without => [.. Arrived(history, plan),
                Entry(made, plan, $"{done}, without: {string.Join(", ", without.LeftOut.Select(it => it.Step.Name))}")],
            Restored => [Entry(HistoryKind.Detached, plan, "it has again what it had before it was joined")],
            _ when world.Outcomes.Failure(outcome) is { } failure => [.. Arrived(history, plan), Entry(HistoryKind.Failed, plan, failure)],
            _ => [],
        };
    });

    /// <summary>A plan that ended without an outcome.</summary>
    public void Failed(Plan plan, string why) => Add(plan.Mac, history => [.. Arrived(history, plan), Entry(HistoryKind.Failed, plan, why)]);

    /// <summary>An interrupted run that was finished or undone.</summary>
    public void Recovered(Outcome outcome) => Add(outcome.Plan.Mac, _ =>
        [Entry(HistoryKind.Recovered, outcome.Plan, $"{GoalWords.Of(outcome.Plan.Goal)} of {outcome.Plan.SyntheticName} was interrupted, and "
            + outcome switch
            {
                Undone => "is undone",
                PartlyUndone => "could be undone only in part",
                _ => "is finished",
            })]);

    /// <summary>A refusal; the same again is no news.</summary>
    public void Refused(Pair pair, string reason) => Add(pair.Mac, history =>
    {
        HistoryEntry[] arrived = pair.Vf is { } vf ? Arrived(history, pair, vf) : [];
        return arrived.Length == 0 && history.Refusal == Cut(reason) ? []
            : [.. arrived, Entry(HistoryKind.Refused, pair) with { Detail = Cut(reason) }];
    });

    private static string Cut(string reason) => reason.Length > History.MaxDetail ? reason[..History.MaxDetail] : reason;

    private HistoryEntry[] Present(PairHistory history, Pair pair, Observation observed)
    {
        if (pair.Vf is not { } vf)
            return history.LastOfVf is { Kind: HistoryKind.VfArrived } left ? [Left(left)] : [];
        HistoryEntry[] arrived = Arrived(history, pair, vf);
        bool isNewlyJoined = world.Policy.HasKernelJoined(pair, observed.Host) && (arrived.Length > 0 || !history.IsVfJoined);
        return isNewlyJoined ? [.. arrived, Entry(HistoryKind.Joined, pair) with { Detail = "by the kernel" }] : arrived;
    }

    // A VF that left while the plan was made does not arrive again.
    private HistoryEntry[] Arrived(PairHistory history, Plan plan) =>
        HasVf(plan) && Entry(HistoryKind.VfArrived, plan, null) is var now && history.LastOfVf?.HasVfOf(now) != true ? Arrived(history, now) : [];

    private HistoryEntry[] Arrived(PairHistory history, Pair pair, Link vf) =>
        Arrived(history, Entry(HistoryKind.VfArrived, pair) with { Vf = vf.Name });

    private HistoryEntry[] Arrived(PairHistory history, HistoryEntry now) => history.LastOfVf switch
    {
        { Kind: HistoryKind.VfArrived } last when last.HasVfOf(now) => [],
        // A departure that nobody saw.
        { Kind: HistoryKind.VfArrived } last when last.Boot == _boot => [Left(last), now],
        { Kind: HistoryKind.VfArrived } => [now with { Detail = "the machine was started" }],
        _ => [now],
    };

    private HistoryEntry Left(HistoryEntry arrived) =>
        arrived with { Time = _now, Kind = HistoryKind.VfLeft, Boot = _boot, By = By, Detail = null };

    private HistoryEntry Entry(HistoryKind kind, Pair pair) => new(_now, kind, pair.Mac, pair.Synthetic.Name)
    {
        Vf = pair.Vf?.Name, VfIndex = pair.Vf?.Index ?? 0, Boot = _boot, By = By,
    };

    private HistoryEntry Entry(HistoryKind kind, Plan plan, string? detail) => new(_now, kind, plan.Mac, plan.SyntheticName)
    {
        Vf = HasVf(plan) ? plan.VfName : null, VfIndex = HasVf(plan) ? plan.Vf : 0, Boot = _boot, By = By, Detail = detail,
    };

    // A plan that makes the synthetic NIC a port again has that in the place of the VF.
    private static bool HasVf(Plan plan) => plan.Vf > 0 && plan.Vf != plan.Synthetic;

    private void Add(HardwareAddress mac, Func<PairHistory, IEnumerable<HistoryEntry>> next)
    {
        try
        {
            world.History.Add(mac, next);
        }
        catch (SystemRefusal e)
        {
            world.Log.Debug($"nothing is added to the history: {e.Message}", Report.Field.Mac(mac.ToString()));
        }
    }
}
