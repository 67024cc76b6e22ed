using System.Collections.Immutable;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>Does what there is to do about one pair, in this process, as the only one.</summary>
internal sealed class PairRun(World world, Sight sight)
{
    /// <summary>Does what there is to do now that the delay is over.</summary>
    /// <param name="link">Index of one of the pair's interfaces.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="patience">How long another process may be at work on the pair before this one gives up.</param>
    public ExitCode Run(int link, string name, TimeSpan patience)
    {
        if (sight.PairOf(sight.Links(), link) is not { } pair)
            return Say(sight.Decide(link, delayOver: true).Decision, name, null);
        using PairLock held = PairLock.Take(world.Journals.Directory, pair.Mac, patience);
        if (Recover(held) is { } recovered and not ExitCode.Done)
            return recovered;

        // Only now nobody else changes the pair.
        (Decision decision, Snapshot snapshot) = sight.Decide(link, delayOver: true);
        if (decision is Do { Plan: var first } && AskNeighbours(first, snapshot))
            (decision, snapshot) = sight.Decide(link, delayOver: true);
        if (decision is Do { Plan: { Goal: Goal.Join } joining } && world.Devd?.HookOf(joining.SyntheticName, out _) is { } hook)
            return SwitchOnFor(hook, joining, snapshot);
        // After the removal of a bond, or once the synthetic is a port again, the VF may still need a step.
        bool isPort = decision is Do { Plan: { Goal: Goal.AddPort } port } && port.Vf == port.Synthetic;
        if (decision is Do half && (isPort || half.Plan.Goal == Goal.Detach))
        {
            if (Make(half.Plan, half.Reason, snapshot, held) is var code and not ExitCode.Done)
                return code;
            (decision, snapshot) = sight.Decide(link, delayOver: true);
            if (isPort && decision is not Do)
                return ExitCode.Done;
        }
        return decision is Do(var plan, var reason) ? Make(plan, reason, snapshot, held) : Say(decision, name, pair);
    }

    /// <summary>Finds out what answers before the path changes: a VF can have a link and carry nothing, and what shows that is a
    /// neighbour that answered before and no longer does. Asked are the gateways, in the neighbour table or not, and where none
    /// of a family answers, a few neighbours. Nothing is disturbed; it takes up to 4 s for each of the two.</summary>
    /// <returns>Whether any was asked, so that it is worth another look.</returns>
    private bool AskNeighbours(Plan plan, Snapshot snapshot)
    {
        if (!plan.ChangesPath || snapshot.Find(plan.Bearer) is not { } carrier)
            return false;
        ImmutableArray<Neighbour> gateways = Configuration.Of(snapshot, carrier).GatewaysToAsk(carrier.Index);
        if (!gateways.IsEmpty)
        {
            world.Backend.Ask(carrier.Index, gateways);
            snapshot = world.Backend.ObserveAll(carrier.Index);
        }
        ImmutableArray<Neighbour> others = Configuration.Of(snapshot, carrier).NeighboursToAsk();
        if (!others.IsEmpty)
            world.Backend.Ask(carrier.Index, others);
        return !gateways.IsEmpty || !others.IsEmpty;
    }

    // The administrator's own program joins the pair when the kernel says that the VF is on.
    private ExitCode SwitchOnFor(string hook, Plan joining, Snapshot snapshot)
    {
        if (snapshot.Find(joining.Vf) is { IsUp: false })
        {
            world.Backend.Apply([new SetUp(joining.Vf, true)], 0, repeat: false);
            world.Log.Notice($"{joining.VfName} is switched on; {hook} joins it with {joining.SyntheticName}");
        }
        else
        {
            world.Log.Info($"nothing to do for {joining.VfName}: {hook} joins it with {joining.SyntheticName}");
        }
        return ExitCode.Done;
    }

    /// <summary>Finishes or undoes what an interrupted run left of a pair.</summary>
    /// <returns>How that ended; null when there was nothing.</returns>
    public ExitCode? Recover(PairLock held)
    {
        try
        {
            Outcome? outcome = new Recovery(world.Backend, world.Journals).Run(held);
            world.Journals.HoldOff.Undo(held.Mac, outcome is PartlyUndone);
            return outcome is null ? null : SayRecovered(outcome);
        }
        catch (JournalDamaged)
        {
            world.Journals.HoldOff.Undo(held.Mac, incomplete: true);
            throw;
        }
        catch (SystemRefusal refusal)
        {
            return SayUnfinished(refusal, held);
        }
    }

    private ExitCode SayRecovered(Outcome outcome)
    {
        if (outcome is Forgotten)
            return world.Log.Say(outcome);
        Plan plan = outcome.Plan;
        Field[] fields = [Field.Mac(plan.Mac.ToString()), Field.Synthetic(plan.SyntheticName), Field.Vf(plan.VfName)];
        world.Log.Warning($"an earlier run was interrupted: {GoalWords.Of(plan.Goal)} of {plan.SyntheticName}", fields);
        switch (outcome)
        {
            case Undone:
                world.Log.Notice($"it is undone: {plan.SyntheticName} is as before", fields);
                return ExitCode.Done;
            case DoneWithout without:
                world.Log.Notice($"it is finished, without the step that was interrupted "
                    + $"({string.Join(", ", without.LeftOut.Select(it => it.Step.Name))}); the next event or scan tries that again", fields);
                return ExitCode.Done;
            case PartlyUndone partly:
                return world.Log.SayLeft(partly, fields);
            default:
                return world.Log.Say(outcome);
        }
    }

    /// <summary>Makes a plan and says how it ended.</summary>
    public ExitCode Make(Plan plan, string reason, Snapshot snapshot, PairLock held)
    {
        Field[] fields =
            [Field.Mac(plan.Mac.ToString()), Field.Synthetic(plan.SyntheticName), Field.Vf(plan.VfName)];
        world.Log.Info(reason, fields);
        foreach (string note in plan.Notes)
            world.Log.Warning(note, fields);
        foreach (string line in PlanText.Of(plan, reason, snapshot).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
            world.Log.Debug(line, fields);
        Outcome outcome;
        try
        {
            // Should it fail, or not even come to an end, then until the VF's next event or until somebody asks for it.
            Leave($"{OutcomeReport.What(plan)} was begun and did not end");
            outcome = new Transaction(world.Backend, world.Journals).Run(plan, held);
        }
        catch (Exception e) when (e is not JournalDamaged)
        {
            // Neither a mistake of ours nor a look that was refused may cost the network.
            string words = e is SystemRefusal ? e.Message : InternalError.Words(e);
            world.Log.Error(words, fields);
            Leave($"{OutcomeReport.What(plan)} failed: {words}");
            return AfterFailure(held);
        }
        if (OutcomeReport.Failure(outcome) is { } failure)
            Leave(failure);
        if (outcome is Done && plan.Goal != Goal.Detach)
            world.Journals.HoldOff.NotVf(plan.Mac);
        if (outcome is Done or DoneWithout && plan is { Goal: not Goal.Detach, ChangesPath: true, ProvesPath: false })
            world.Log.Warning($"not verified: nothing answers: neither a gateway of {snapshot.Find(plan.Bearer)?.Name} nor a neighbour "
                + "answered before, so whether anything answers now is not known", fields);
        return world.Log.Say(outcome);

        void Leave(string why)
        {
            if (plan.Goal != Goal.Detach && sight.PairOf(snapshot, plan.Mac) is { Vf: { } vf })
                world.Journals.HoldOff.Vf(plan.Mac, vf.Index, why, world.Clock.GetUtcNow());
        }
    }

    // The journal tells how far a plan has come that ended without an outcome.
    private ExitCode AfterFailure(PairLock held)
    {
        try
        {
            Outcome? outcome = new Recovery(world.Backend, world.Journals).Run(held);
            ExitCode said = outcome is null ? ExitCode.Done : SayRecovered(outcome);
            return outcome switch
            {
                null or Undone => ExitCode.Refused,
                DoneWithout { LacksVf: true } or VfLeft => ExitCode.WithoutVf,
                _ => said,
            };
        }
        catch (SystemRefusal refusal)
        {
            return SayUnfinished(refusal, held);
        }
    }

    private ExitCode SayUnfinished(SystemRefusal refusal, PairLock held)
    {
        world.Log.Error($"an interrupted run of {held.Mac} could be neither finished nor undone: {refusal.Message}; "
            + "hyperv-vfattach scan tries again", Field.Mac(held.Mac.ToString()));
        return ExitCode.Partly;
    }

    /// <summary>Says why nothing is done.</summary>
    public ExitCode Say(Decision decision, string name, Pair? pair)
    {
        Field[] fields = pair is null ? [] :
            [Field.Mac(pair.Mac.ToString()), Field.Synthetic(pair.Synthetic.Name), Field.Vf(pair.Vf?.Name)];
        switch (decision)
        {
            case Refuse refuse:
                world.Log.Error($"{name} is left alone: {refuse.Reason}; {refuse.Advice}", fields);
                return ExitCode.Refused;
            default:
                world.Log.Info($"nothing to do for {name}: {decision.Reason}", fields);
                return ExitCode.Done;
        }
    }
}
