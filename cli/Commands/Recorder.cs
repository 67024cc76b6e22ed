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

    private string By => world.Request switch
    {
        ScanRequest { Repair: true } => "timer",
        ScanRequest => "scan",
        { IsEvent: true } => "event",
        _ => "command",
    };

    /// <summary>A pair as an event or a command saw it: its VF that arrived, and whether the kernel joined it.</summary>
    public void Seen(Pair pair, Observation observed)
    {
        if (pair.Vf is not null)
            Add(pair.Mac, (history, news) => Present(history, news, pair, observed));
    }

    /// <summary>A pair as the timer sees it each minute: also a VF that left, a join that was taken apart, and the path.</summary>
    public void SeenByTimer(Pair pair, Observation observed) => Add(pair.Mac, (history, news) =>
    {
        Present(history, news, pair, observed);
        if (PairObstacles.JoinOf(pair, observed.Host) is { } join)
        {
            bool isIntact = world.Policy.Joins.Of(join.Kind).IsIntact(pair, join, observed.Host);
            if (isIntact == history.IsTakenApart)
                news.Add(Entry(isIntact ? HistoryKind.Joined : HistoryKind.TakenApart, pair, isIntact ? "another program has mended the join" : null));
        }
        if (pair.Vf is not null && PathMeter.LastOf(pair, observed, world) is var path && path != UsedPath.None && path != PathIn(history))
            news.Add(Entry(path == UsedPath.Vf ? HistoryKind.PathVf : HistoryKind.PathSynthetic, pair));
    });

    /// <summary>A VF that udev saw leave.</summary>
    /// <param name="mac">The pair's address.</param>
    /// <param name="synthetic">Name of the synthetic NIC.</param>
    /// <param name="vf">Name of the VF.</param>
    /// <param name="index">Its index; one that is not the last that arrived is no news.</param>
    public void Left(HardwareAddress mac, string synthetic, string vf, int index) => Add(mac, (history, news) =>
    {
        HistoryEntry left = Entry(HistoryKind.VfLeft, mac, synthetic, vf, index, null);
        if (history.LastOfVf is not { } last || last.Kind == HistoryKind.VfArrived && last.HasVfOf(left))
            news.Add(left);
    });

    /// <summary>An hn(4) whose data path the host has switched.</summary>
    public void Switched(Pair pair, bool toVf, Observation observed) => Add(pair.Mac, (history, news) =>
    {
        Present(history, news, pair, observed);
        if (PathIn(history) != (toVf ? UsedPath.Vf : UsedPath.Synthetic))
            news.Add(Entry(toVf ? HistoryKind.PathVf : HistoryKind.PathSynthetic, pair));
    });

    /// <summary>A path that the path check has switched.</summary>
    public void Switched(Pair pair, bool toVf, string why) =>
        Add(pair.Mac, (history, news) => news.Add(Entry(toVf ? HistoryKind.PathVf : HistoryKind.PathSynthetic, pair, why)));

    /// <summary>The end of a plan.</summary>
    public void Ended(Outcome outcome)
    {
        Plan plan = outcome.Plan;
        HistoryKind made = plan.Goal == Goal.Detach ? HistoryKind.Detached : HistoryKind.Joined;
        string done = world.Policy.Joins.Of(plan.Kind).Done(plan);
        switch (outcome)
        {
            case Done:
                Add(plan, made, done);
                break;
            case VfLeft when plan.Goal == Goal.Join:
                Add(plan, made, "the VF left while it was being added");
                break;
            case DoneWithout { LacksVf: false } without:
                Add(plan, made, $"{done}, without: {string.Join(", ", without.LeftOut.Select(it => it.Step.Name))}");
                break;
            case Restored:
                Add(plan, HistoryKind.Detached, "it has again what it had before it was joined");
                break;
            case var _ when world.Outcomes.Failure(outcome) is { } failure:
                Add(plan, HistoryKind.Failed, failure);
                break;
        }
    }

    /// <summary>A plan that ended without an outcome.</summary>
    public void Failed(Plan plan, string why) => Add(plan, HistoryKind.Failed, why);

    /// <summary>An interrupted run that was finished or undone.</summary>
    public void Recovered(Outcome outcome) => Add(outcome.Plan, HistoryKind.Recovered,
        $"{GoalWords.Of(outcome.Plan.Goal)} of {outcome.Plan.SyntheticName} was interrupted, and "
            + outcome switch
            {
                Undone => "is undone",
                PartlyUndone => "could be undone only in part",
                _ => "is finished",
            });

    /// <summary>A refusal; the same again is no news.</summary>
    public void Refused(Pair pair, string reason) => Add(pair.Mac, (history, news) =>
    {
        HistoryEntry refused = Entry(HistoryKind.Refused, pair, reason);
        if (pair.Vf is not null)
            Arrived(history, news, Entry(HistoryKind.VfArrived, pair));
        if (news.Count > 0 || history.Refusal != refused.Detail)
            news.Add(refused);
    });

    // A VF that left while the plan was made does not arrive again.
    private void Add(Plan plan, HistoryKind kind, string detail) => Add(plan.Mac, (history, news) =>
    {
        // A plan that makes the synthetic NIC a port again has that in the place of the VF.
        bool hasVf = plan.Vf > 0 && plan.Vf != plan.Synthetic;
        HistoryEntry arrived = Of(HistoryKind.VfArrived, null), entry = Of(kind, detail);
        // The timer may have the same tried each minute.
        if (kind is HistoryKind.Failed or HistoryKind.Recovered && world.Request.IsEvent
            && history.Last is { } last && last.Kind == kind && last.Detail == entry.Detail && last.HasVfOf(entry))
            return;
        if (hasVf && kind != HistoryKind.Recovered && history.LastOfVf?.HasVfOf(arrived) != true)
            Arrived(history, news, arrived);
        news.Add(entry);

        HistoryEntry Of(HistoryKind kind, string? detail) =>
            Entry(kind, plan.Mac, plan.SyntheticName, hasVf ? plan.VfName : null, hasVf ? plan.Vf : 0, detail);
    });

    private void Present(PairHistory history, List<HistoryEntry> news, Pair pair, Observation observed)
    {
        if (pair.Vf is null)
        {
            if (history.LastOfVf is { Kind: HistoryKind.VfArrived } last)
                news.Add(Left(last));
            return;
        }
        Arrived(history, news, Entry(HistoryKind.VfArrived, pair));
        if ((news.Count > 0 || !history.IsVfJoined) && world.Policy.HasKernelJoined(pair, observed.Host))
            news.Add(Entry(HistoryKind.Joined, pair, "by the kernel"));
    }

    private void Arrived(PairHistory history, List<HistoryEntry> news, HistoryEntry now)
    {
        bool isBefore = history.LastOfVf is { Kind: HistoryKind.VfArrived };
        if (isBefore && history.LastOfVf!.HasVfOf(now))
            return;
        bool isNewBoot = isBefore && history.LastOfVf!.Boot != _boot;
        // A departure of which there was no event.
        if (isBefore && !isNewBoot)
            news.Add(Left(history.LastOfVf!));
        news.Add(!isNewBoot ? now : Entry(now.Kind, now.Mac, now.Synthetic, now.Vf, now.VfIndex, "the machine was started"));
    }

    private UsedPath PathIn(PairHistory history) => history.Last?.Boot == _boot ? history.Path : UsedPath.None;

    private HistoryEntry Left(HistoryEntry last) => Entry(HistoryKind.VfLeft, last.Mac, last.Synthetic, last.Vf, last.VfIndex, null);

    private HistoryEntry Entry(HistoryKind kind, Pair pair, string? detail = null) =>
        Entry(kind, pair.Mac, pair.Synthetic.Name, pair.Vf?.Name, pair.Vf?.Index ?? 0, detail);

    private HistoryEntry Entry(HistoryKind kind, HardwareAddress mac, string synthetic, string? vf, int index, string? detail) => new()
    {
        Time = world.Clock.GetUtcNow(), Kind = kind, Mac = mac, Synthetic = synthetic, Vf = vf, VfIndex = index, Boot = _boot, By = By,
        Detail = detail?.Length > History.MaxDetail ? detail[..History.MaxDetail] : detail,
    };

    private void Add(HardwareAddress mac, Action<PairHistory, List<HistoryEntry>> next)
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
