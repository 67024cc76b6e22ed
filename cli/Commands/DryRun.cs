using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>Shows what would be done.</summary>
internal static class DryRun
{
    /// <summary>Prints the plan, or why there is none.</summary>
    public static ExitCode Show((Decision Decision, Snapshot Snapshot) decided, string name, World world)
    {
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
