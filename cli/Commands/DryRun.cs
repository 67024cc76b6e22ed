using HypervVfattach.Apply;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>Shows what would be done.</summary>
internal static class DryRun
{
    /// <summary>Prints the plan, or why there is none.</summary>
    /// <param name="observed">The host, with everything of the pair.</param>
    /// <param name="link">The interface in question.</param>
    /// <param name="unfinished">The plan that an interrupted run left unfinished.</param>
    /// <param name="name">What to call the pair.</param>
    /// <param name="world">The world.</param>
    public static ExitCode Show(Observation observed, Link link, Plan? unfinished, string name, World world)
    {
        if (unfinished is not null)
        {
            world.Out.Write($"first, the interrupted {GoalWords.Of(unfinished.Goal)} of {unfinished.SyntheticName} would be "
                + "finished or undone; what is to be done then will show\n");
            return ExitCode.Done;
        }
        switch (observed.Decide(link.Index, delayOver: true))
        {
            case Do(var plan, var reason):
                world.Out.Write(PlanText.Of(plan, reason, observed.Host));
                return ExitCode.Done;
            case Refuse refuse:
                world.Out.Write($"{name} would be left alone: {refuse.Reason}; {refuse.Advice}\n");
                return ExitCode.Refused;
            case var decision:
                world.Out.Write($"nothing to do for {name}: {decision.Reason}\n");
                return ExitCode.Done;
        }
    }
}
