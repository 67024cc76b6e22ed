using System.Collections.Immutable;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>Acts on one pair: takes its lock, recovers what an interrupted run left, observes the host, decides, and makes the
/// plan.</summary>
internal sealed class PairSession(World world, HostReader host)
{
    private readonly PathProof _proof = new(world, host);

    /// <summary>Does what there is to do now that the delay is over.</summary>
    /// <param name="mac">The pair's address.</param>
    /// <param name="link">Index of the interface whose event it is.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="patience">How long to wait for another process that is at work on the pair.</param>
    public ExitCode Run(HardwareAddress mac, int link, string name, TimeSpan patience)
    {
        using PairLock held = PairLock.Take(world.Journals.Directory, mac, patience);
        if (Recover(held) is { } recovered and not ExitCode.Done)
            return recovered;

        Observation observed = host.PairOf(link);
        bool isRetry = world.Request.IsEvent && observed.PairOf(link) is { Vf: { } vf } && world.Journals.HoldOff.WhyVf(mac, vf.Index) is { } why
            && LeftAlone.IsByTry(why);
        Decision decision = observed.Decide(link, delayOver: true);
        if (decision is Do planned)
            world.Network.Permit(planned.Reason);
        if (decision is Do { Plan: var first } && _proof.Ask(first, observed))
        {
            // Asking takes up to 8 s, in which the host can change.
            observed = host.PairOf(link);
            decision = observed.Decide(link, delayOver: true);
        }
        if (decision is Do { Plan: { Goal: Goal.Join } joining }
            && (world.System as IDevd)?.HookOf(joining.SyntheticName, out _) is { } hook)
            return SwitchOnFor(hook, joining, observed.Host);
        // After the removal of a bond, or once the synthetic NIC is a port again, the VF may still need a step.
        bool isPort = decision is Do { Plan: { Goal: Goal.AddPort } port } && port.Vf == port.Synthetic;
        if (decision is Do half && (isPort || half.Plan.Goal == Goal.Detach))
        {
            if (Make(half.Plan, half.Reason, observed, held) is var code and not ExitCode.Done)
                return code;
            observed = host.PairOf(link);
            decision = observed.Decide(link, delayOver: true);
            if (isPort && decision is not Do)
                return ExitCode.Done;
        }
        return decision is Do(var plan, var reason)
            ? Make(plan, reason, observed, held, isRetry) : Explain(decision, name, observed.PairOf(link));
    }

    // The administrator's own program joins the pair when the kernel reports that the VF is up.
    private ExitCode SwitchOnFor(string hook, Plan joining, Snapshot snapshot)
    {
        if (snapshot.Find(joining.Vf) is { IsUp: false })
        {
            world.Network.Apply([new SetUp(joining.Vf, true)], 0, repeat: false);
            world.Log.Notice($"{joining.VfName} is switched on; {hook} joins it with {joining.SyntheticName}");
        }
        else
        {
            world.Log.Info($"nothing to do for {joining.VfName}: {hook} joins it with {joining.SyntheticName}");
        }
        return ExitCode.Done;
    }

    /// <summary>Finishes or undoes what an interrupted run left of a pair.</summary>
    /// <returns>How that ended; null if there was nothing to recover.</returns>
    public ExitCode? Recover(PairLock held)
    {
        try
        {
            Outcome? outcome = new Recovery(world.Network, world.Journals).Run(held);
            world.Journals.HoldOff.Undo(held.Mac, outcome is PartlyUndone);
            return outcome is null ? null : ReportRecovered(outcome);
        }
        catch (JournalDamaged)
        {
            world.Journals.HoldOff.Undo(held.Mac, incomplete: true);
            throw;
        }
        catch (SystemRefusal refusal)
        {
            return ReportUnfinished(refusal, held);
        }
    }

    /// <summary>Undoes the join of a pair that another program took apart.</summary>
    public ExitCode Restore(PairLock held)
    {
        Outcome outcome = new Recovery(world.Network, world.Journals).Restore(held);
        world.Recorder.Ended(outcome);
        return world.Outcomes.Report(outcome);
    }

    private ExitCode ReportRecovered(Outcome outcome)
    {
        if (outcome is Forgotten)
            return world.Outcomes.Report(outcome);
        world.Recorder.Recovered(outcome);
        Plan plan = outcome.Plan;
        Field[] fields = Field.Of(plan);
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
                return world.Outcomes.ReportLeft(partly, fields);
            default:
                return world.Outcomes.Report(outcome);
        }
    }

    /// <summary>Makes a plan and logs the outcome.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="reason">Why it is made.</param>
    /// <param name="observed">What it was made from.</param>
    /// <param name="held">The lock of the pair.</param>
    /// <param name="isRetry">Whether no person asks, and an earlier join failed, so that another one has to prove that it works.</param>
    public ExitCode Make(Plan plan, string reason, Observation observed, PairLock held, bool isRetry = false)
    {
        Snapshot snapshot = observed.Host;
        Field[] fields = Field.Of(plan);
        world.Log.Info(reason, fields);
        foreach (string note in plan.Notes)
            world.Log.Warning(note, fields);
        foreach (string line in PlanText.Of(plan, reason, snapshot).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
            world.Log.Debug(line, fields);
        Outcome outcome;
        try
        {
            // If it fails or the process dies, the timer leaves the pair alone until the VF's next event or a command, unless the network is cut.
            HoldOff($"{world.Outcomes.What(plan)} {LeftAlone.DidNotEnd}");
            outcome = new Transaction(world.Network, world.Journals).Run(plan, held);
        }
        catch (Exception e) when (e is not JournalDamaged)
        {
            // Neither a defect of ours nor a refused observation may cost the network.
            string words = e is SystemRefusal ? e.Message : InternalError.Words(e);
            world.Log.Error(words, fields);
            HoldOff($"{world.Outcomes.What(plan)} failed: {words}");
            ExitCode code = AfterFailure(held);
            world.Recorder.Failed(plan, $"{world.Outcomes.What(plan)} failed: {words}");
            return code;
        }
        if (world.Outcomes.Failure(outcome) is { } failure)
            HoldOff(failure);
        if (outcome is Done or DoneWithout && plan is { ChangesPath: true, ProvesPath: false }
            && _proof.AnswersNow(plan, observed, fields) is var answers and not true)
        {
            if (isRetry && answers is false && outcome is Done && PathProof.CanBeWithdrawn(plan))
                return Withdraw(plan, held, HoldOff, fields);
            world.Log.Warning($"not verified: nothing answers: neither a gateway of {snapshot.Find(plan.ConfiguredLink)?.Name ?? plan.SyntheticName} nor "
                + $"a neighbour answered before{(answers is false ? ", or answers now" : ", so whether anything answers now is not known")}", fields);
        }
        if (outcome is Done && plan.Goal != Goal.Detach)
            world.Journals.HoldOff.NotVf(plan.Mac);
        if (outcome is Done)
        {
            VfAddressList.Verify(plan, world, fields);
            if (plan.Goal != Goal.Detach && plan.Vf != 0)
                PathCommand.Start(plan.Mac, observed, world);
        }
        world.Recorder.Ended(outcome);
        return world.Outcomes.Report(outcome);

        void HoldOff(string why)
        {
            if (plan.Goal != Goal.Detach && observed.PairOf(plan.Mac) is { Vf: { } vf })
                world.Journals.HoldOff.Vf(plan.Mac, vf.Index, why, world.Clock.GetUtcNow());
        }
    }

    // While nothing answers at all, a join cannot show that its VF works. Where the host delivers to the synthetic NIC again when the VF is
    // off, the guest must not stay on a dead VF.
    private ExitCode Withdraw(Plan plan, PairLock held, Action<string> holdOff, Field[] fields)
    {
        string why = $"{world.Outcomes.What(plan)} is undone: no neighbour answers through {plan.VfName}";
        holdOff(why);
        world.Recorder.Failed(plan, why);
        world.Log.Error(why, fields);
        if (plan.Goal == Goal.AddPort)
        {
            world.Network.Apply([.. plan.Steps.Reverse().SelectMany(step => step.Undo)], plan.Aggregate, repeat: true);
            return ExitCode.WithoutVf;
        }
        Outcome outcome = new Recovery(world.Network, world.Journals).Restore(held);
        world.Journals.HoldOff.Undo(plan.Mac, outcome is PartlyUndone);
        return outcome is PartlyUndone ? world.Outcomes.Report(outcome) : ExitCode.Refused;
    }

    // The journal shows how far a plan came that ended without an outcome.
    private ExitCode AfterFailure(PairLock held)
    {
        try
        {
            Outcome? outcome = new Recovery(world.Network, world.Journals).Run(held);
            ExitCode code = outcome is null ? ExitCode.Done : ReportRecovered(outcome);
            return outcome switch
            {
                null or Undone => ExitCode.Refused,
                DoneWithout { LacksVf: true } or VfLeft => ExitCode.WithoutVf,
                _ => code,
            };
        }
        catch (SystemRefusal refusal)
        {
            return ReportUnfinished(refusal, held);
        }
    }

    private ExitCode ReportUnfinished(SystemRefusal refusal, PairLock held)
    {
        world.Log.Error($"an interrupted run of {held.Mac} could be neither finished nor undone: {refusal.Message}; "
            + "hyperv-vfattach scan tries again", Field.Mac(held.Mac.ToString()));
        return ExitCode.Partly;
    }

    /// <summary>Records a refusal, and keeps the timer from a pair that is refused because of a use of its synthetic NIC.</summary>
    public void Remember(Decision decision, Pair? pair)
    {
        if (decision is not Refuse refuse || pair is null)
            return;
        world.Recorder.Refused(pair, refuse.Reason);
        if (refuse.IsByUse && pair.Vf is { } vf)
            world.Journals.HoldOff.Vf(pair.Mac, vf.Index, $"{LeftAlone.Refused}: {refuse.Reason}", world.Clock.GetUtcNow());
    }

    /// <summary>Logs why nothing is done.</summary>
    public ExitCode Explain(Decision decision, string name, Pair? pair)
    {
        Field[] fields = pair is null ? [] : Field.Of(pair);
        switch (decision)
        {
            case Refuse refuse:
                Remember(refuse, pair);
                world.Network.Permit($"{name} is left alone: {refuse.Reason}; {refuse.Advice}");
                world.Log.Error($"{name} is left alone: {refuse.Reason}; {refuse.Advice}"
                    + (refuse.IsByUse ? "; then run hyperv-vfattach scan" : ""), fields);
                return ExitCode.Refused;
            default:
                world.Log.Info($"nothing to do for {name}: {decision.Reason}", fields);
                return ExitCode.Done;
        }
    }
}
