using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>Logs how a plan ended, and gives the exit code for it.</summary>
internal sealed class OutcomeReport(Log log, JoinModules joins)
{
    /// <summary>Logs how a plan ended.</summary>
    public ExitCode Report(Outcome outcome)
    {
        Plan plan = outcome.Plan;
        IJoin way = joins.Of(plan.Kind);
        Field[] fields = [.. Field.Of(plan), Field.Aggregate(plan.AggregateName)];
        switch (outcome)
        {
            // Without a VF nothing has changed yet that a person would notice.
            case Done when plan is { Goal: not Goal.Detach, Vf: 0 }:
                log.Info(way.Done(plan), fields);
                return ExitCode.Done;
            case Done:
                log.Notice(way.Done(plan), fields);
                return ExitCode.Done;
            case VfLeft when plan.Goal == Goal.Join:
                log.Notice($"{plan.SyntheticName} is joined in {plan.AggregateName}; {plan.VfName} left while it was being added, "
                    + "and is added when it is back", fields);
                return ExitCode.WithoutVf;
            case VfLeft:
                log.Info($"{plan.VfName} left while it was being added: nothing to do until it is back", fields);
                return ExitCode.Done;
            case Forgotten forgotten:
                log.Info($"the journal of {plan.SyntheticName} is removed: {forgotten.Why}", fields);
                return ExitCode.Done;
            case Restored:
                log.Notice($"{plan.SyntheticName} has again what it had before it was joined; the join, which another program had "
                    + "taken apart, is forgotten", fields);
                return ExitCode.Done;
            case DoneWithout without:
                foreach (LeftOut it in without.LeftOut)
                    log.Error(Words(plan, it), fields);
                return without.LacksVf ? ExitCode.WithoutVf : ExitCode.Done;
            case Undone undone:
                log.Error($"{What(plan)} failed, and everything is as before: {undone.Step}: {undone.Why}", fields);
                return ExitCode.Refused;
            case PartlyUndone partly:
                log.Error($"{What(plan)} failed: {partly.Step}: {partly.Why}", fields);
                return ReportLeft(partly, fields);
            default:
                throw new ArgumentException($"unknown outcome {outcome}", nameof(outcome));
        }
    }

    /// <summary>Logs what could not be undone.</summary>
    public ExitCode ReportLeft(PartlyUndone partly, params ReadOnlySpan<Field> fields)
    {
        foreach (string left in partly.Left)
            log.Error($"could not be undone: {left}", fields);
        log.Error($"what is left of {partly.Plan.SyntheticName} is recorded; hyperv-vfattach scan tries again to undo it",
            fields);
        return ExitCode.Partly;
    }

    /// <summary>The failure that the log keeps for later; null if nothing failed that the timer would try again.</summary>
    public string? Failure(Outcome outcome) => outcome switch
    {
        Undone undone => $"{What(undone.Plan)} failed: {undone.Step}: {undone.Why}",
        PartlyUndone partly => $"{What(partly.Plan)} failed: {partly.Step}: {partly.Why}",
        DoneWithout { LacksVf: true } without => string.Join("; ", without.LeftOut.Where(it => it.IsVfOf(without.Plan))
            .Select(it => $"adding {without.Plan.VfName} to {without.Plan.AggregateName} failed: {it.Step.Name}: {it.Why}")),
        _ => null,
    };

    private static string Words(Plan plan, LeftOut it) => it.IsVfOf(plan) switch
    {
        true when plan.Goal == Goal.Join => $"{plan.SyntheticName} is joined in {plan.AggregateName}, but without {plan.VfName}: "
            + $"{it.Step.Name}: {it.Why}; the next event or scan tries again",
        true => $"{plan.VfName} is not a port of {plan.AggregateName}: {it.Step.Name}: {it.Why}; the next event or scan tries again",
        false => $"{plan.SyntheticName} is joined in {plan.AggregateName}, but one step failed: {it.Step.Name}: {it.Why}",
    };

    /// <summary>What a plan does, for a sentence.</summary>
    public string What(Plan plan) => joins.Of(plan.Kind).Doing(plan);
}
