using System.Collections.Immutable;
using System.Text;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;

namespace HypervVfattach.Report;

/// <summary>A plan for people: numbered steps, one line per change.</summary>
internal static class PlanText
{
    /// <summary>The whole plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="reason">Why the plan is made, a sentence without full stop.</param>
    /// <param name="snapshot">Has the interfaces' names.</param>
    public static string Of(Plan plan, string reason, Snapshot snapshot)
    {
        Func<int, string> name = Names(plan, snapshot);
        var lines = new StringBuilder().Append(reason).Append('\n');
        foreach (string note in plan.Notes)
            lines.Append("note: ").Append(note).Append('\n');
        int number = 0;
        foreach (Step step in plan.Steps)
        {
            ImmutableArray<Expectation> checks = [.. step.Expect.Where(expectation => !IsEmpty(expectation))];
            if (step.Changes.IsEmpty && checks.IsEmpty)
                continue;
            lines.Append($"\n{++number}. {step.Name}{(step.Optional ? " (optional)" : "")}\n");
            foreach (Change change in step.Changes)
                lines.Append("   ").Append(change.Describe(name)).Append('\n');
            foreach (Expectation check in checks)
                lines.Append("   check: ").Append(check.Describe(name)).Append('\n');
        }
        return lines.ToString();
    }

    private static bool IsEmpty(Expectation expectation) => expectation switch
    {
        Answers answers => answers.Neighbours.IsEmpty,
        Holds { Configuration: var all } => all.Addresses.IsEmpty && all.NextHops.IsEmpty && all.Routes.IsEmpty
            && all.Rules.IsEmpty && all.Neighbours.IsEmpty,
        _ => false,
    };

    /// <summary>Maps the indexes in a plan to the names of the interfaces.</summary>
    public static Func<int, string> Names(Plan plan, Snapshot snapshot) => index => index switch
    {
        Link.OfAggregate => plan.AggregateName,
        0 => "default",
        _ when snapshot.Find(index) is { } link => link.Name,
        _ when index == plan.Synthetic => plan.SyntheticName,
        _ when index == plan.Vf && plan.VfName is { } vf => vf,
        _ => $"#{index}",
    };
}
