using HypervVfattach.Apply;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>Shows what would be done.</summary>
internal static class DryRun
{
    /// <summary>Prints the plan, or why there is none.</summary>
    /// <param name="decided">What there is to do.</param>
    /// <param name="unfinished">What an earlier run left half done.</param>
    /// <param name="name">Name of the interface.</param>
    /// <param name="world">The outside world.</param>
    public static ExitCode Show(
        (Decision Decision, Snapshot Snapshot) decided, Plan? unfinished, string name, World world)
    {
        if (unfinished is not null)
        {
            world.Out.Write($"first, the interrupted {GoalWords.Of(unfinished.Goal)} of {unfinished.SyntheticName} would be "
                + "finished or undone; what is to be done then will show\n");
            return ExitCode.Done;
        }
        switch (decided.Decision)
        {
            case Do(var plan, var reason):
                world.Out.Write(PlanText.Of(plan, reason, decided.Snapshot));
                return ExitCode.Done;
            case Refuse refuse:
                world.Out.Write($"{name} would be left alone: {refuse.Reason}; {refuse.Advice}\n");
                return ExitCode.Refused;
            default:
                world.Out.Write($"nothing to do for {name}: {decided.Decision.Reason}\n");
                return ExitCode.Done;
        }
    }
}
