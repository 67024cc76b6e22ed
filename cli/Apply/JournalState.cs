using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Apply;

/// <summary>The progress of a step.</summary>
internal enum StepProgress
{
    NotBegun,
    Begun,
    Done,
    Undone,
}

/// <summary>One plan of a journal, and its progress.</summary>
internal sealed record PlanProgress(Plan Plan, ImmutableArray<StepProgress> Steps)
{
    /// <summary>Whether the whole plan is being undone.</summary>
    public bool Undoing { get; init; }

    /// <summary>Index of the first step that is not done; the number of steps when all are.</summary>
    public int Reached
    {
        get
        {
            int step = 0;
            while (step < Steps.Length && Steps[step] == StepProgress.Done)
                step++;
            return step;
        }
    }

    /// <summary>Whether all required steps are done.</summary>
    public bool IsComplete => !Undoing && StandsWithout(Steps.Length);

    /// <summary>Whether all steps before this one are done or optional.</summary>
    public bool StandsWithout(int step)
    {
        while (step > 0 && (Steps[step - 1] == StepProgress.Done || Plan.Steps[step - 1].Optional))
            step--;
        return step == 0;
    }

    /// <summary>Index of the finished step with which a redirect prepared its VF; -1 if there is none.</summary>
    public int Prepared
    {
        get
        {
            for (int step = 0; step < Steps.Length; step++)
            {
                if (Steps[step] == StepProgress.Done && Plan.Goal != Goal.Detach
                    && Plan.Steps[step].Changes.Any(change => change is AttachIngress))
                    return step;
            }
            return -1;
        }
    }

    /// <summary>Indexes of the steps of which something may have been made, in reverse order.</summary>
    public List<int> ToUndo
    {
        get
        {
            List<int> steps = [];
            for (int step = Steps.Length - 1; step >= 0; step--)
            {
                if (Steps[step] is StepProgress.Begun or StepProgress.Done)
                    steps.Add(step);
            }
            return steps;
        }
    }

    /// <summary>Whether a later step has begun.</summary>
    public bool IsBegunAfter(int step)
    {
        while (++step < Steps.Length)
        {
            if (Steps[step] != StepProgress.NotBegun)
                return true;
        }
        return false;
    }

    /// <summary>How many steps have begun, in any state.</summary>
    public int Begun
    {
        get
        {
            int steps = 0;
            while (steps < Steps.Length && Steps[steps] != StepProgress.NotBegun)
                steps++;
            return steps;
        }
    }
}

/// <summary>The state that a journal's lines describe, folded into one value.</summary>
/// <remarks>A journal begins with the plan that joins the pair, and keeps it until the pair is detached. After that comes only the
/// last plan that changed the finished join (another VF, detach). Earlier ones are dropped, because they concern VFs that have
/// left.</remarks>
internal sealed record JournalState
{
    /// <summary>The plan that joins the pair.</summary>
    public PlanProgress? Join { get; private init; }

    /// <summary>The last plan that changed the finished join, or null.</summary>
    public PlanProgress? Later { get; private init; }

    /// <summary>Whether the last plan is neither finished nor undone.</summary>
    public bool IsOpen { get; private init; }

    /// <summary>Whether the first plan was finished.</summary>
    public bool IsJoined { get; private init; }

    /// <summary>Index of the aggregate; 0 while unknown.</summary>
    public int Aggregate { get; private init; }

    /// <summary>The last plan, or null.</summary>
    public PlanProgress? Last => Later ?? Join;

    /// <summary>The plan that is neither finished nor undone, or null.</summary>
    public PlanProgress? Open => IsOpen ? Last : null;

    /// <summary>How many steps of the last plan have begun.</summary>
    public int StepsBegun => Last?.Begun ?? 0;

    /// <summary>The finished join, or null.</summary>
    public Join? Finished => IsJoined && Join is { Plan: { } plan }
        ? new Join(plan.Mac, Last!.Plan.Synthetic, plan.SyntheticName, Aggregate, plan.AggregateName)
        {
            JoinedWith = plan.Synthetic,
            Kind = plan.Kind,
            Neighbours = Later is not null && StaticNeighbours(Later) is { IsEmpty: false } later ? later : StaticNeighbours(Join),
            Vf = Prepared?.Plan.Vf ?? 0,
            VfStep = Prepared is { } prepared ? prepared.Plan.Steps[prepared.Prepared] : null,
            AddedClsact = AddsClsact(Join) || Later is not null && AddsClsact(Later),
        }
        : null;

    private ImmutableArray<Neighbour> StaticNeighbours(PlanProgress progress) =>
    [
        .. progress.Plan.Steps.SelectMany(step => step.Changes).OfType<PutNeighbour>().Select(put => put.Neighbour)
            .Where(neighbour => neighbour.State.HasFlag(NeighbourState.Permanent)).Select(neighbour => neighbour with { Link = Aggregate }).Distinct(),
    ];

    // The last plan that prepared a VF for a redirect.
    private PlanProgress? Prepared => Later?.Prepared >= 0 ? Later : Join?.Prepared >= 0 ? Join : null;

    private static bool AddsClsact(PlanProgress progress) => progress.Plan.Goal != Goal.Detach
        && progress.Plan.Steps.Any(step => step.Undo.Contains(new RemoveClsact(progress.Plan.Synthetic)));

    /// <summary>The state after one more line; null if the line cannot follow.</summary>
    public JournalState? After(JournalEntry entry) => entry switch
    {
        Planned { Plan: { Goal: Goal.Join } plan } when Join is null =>
            this with { Join = Fresh(plan), IsOpen = true },
        Planned { Plan: { Goal: not Goal.Join } plan } when IsJoined && !IsOpen && plan.Mac == Join!.Plan.Mac =>
            this with { Later = Fresh(plan), IsOpen = true, Aggregate = plan.Aggregate > 0 ? plan.Aggregate : Aggregate },
        StepBegun { Step: var step } when Open is { Undoing: false } open && Is(step, StepProgress.NotBegun)
            && open.StandsWithout(step) && !open.IsBegunAfter(step) => With(step, StepProgress.Begun),
        StepDone { Step: var step } when Open is { Undoing: false } && Is(step, StepProgress.Begun) =>
            With(step, StepProgress.Done),
        StepUndone { Step: var step } when IsOpen && (Is(step, StepProgress.Begun) || Is(step, StepProgress.Done)) =>
            With(step, StepProgress.Undone),
        AggregateKnown { Index: > 0 and var index } when IsOpen => this with { Aggregate = index },
        Undoing when Open is { } open => WithLast(open with { Undoing = true }),
        Joined when IsOpen && (Later is not null || Join!.IsComplete) =>
            this with { IsOpen = false, IsJoined = true },
        _ => null,
    };

    /// <summary>The lines that reproduce the join's plan and its progress, without later plans.</summary>
    public IEnumerable<JournalEntry> JoinLines()
    {
        yield return new Planned(Join!.Plan);
        if (Aggregate > 0)
            yield return new AggregateKnown(Aggregate);
        for (int step = 0; step < Join.Steps.Length; step++)
        {
            if (Join.Steps[step] == StepProgress.NotBegun)
                continue;
            yield return new StepBegun(step);
            yield return Join.Steps[step] == StepProgress.Done ? new StepDone(step) : new StepUndone(step);
        }
    }

    private static PlanProgress Fresh(Plan plan) =>
        new(plan, ImmutableArray.Create(new StepProgress[plan.Steps.Length]));

    private bool Is(int step, StepProgress progress) =>
        step >= 0 && step < Last!.Steps.Length && Last.Steps[step] == progress;

    private JournalState With(int step, StepProgress progress) =>
        WithLast(Last! with { Steps = Last.Steps.SetItem(step, progress) });

    private JournalState WithLast(PlanProgress last) =>
        Later is null ? this with { Join = last } : this with { Later = last };
}
