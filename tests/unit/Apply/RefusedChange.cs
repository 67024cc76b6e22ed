using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using Shouldly;

namespace HypervVfattach.Tests.Unit.Apply;

/// <summary>What the system may look like when a refusal is reported, before anything is undone.</summary>
internal static class RefusedChange
{
    /// <summary>Nothing that was there when a plan's change was refused is taken away before that is known.</summary>
    public static void ShouldHaveTakenNothingAway(this MemorySystem system, Plan plan)
    {
        Change refused = plan.Steps.SelectMany(step => step.Changes).ElementAt(system.RefuseAt!.Value);
        if (refused.Batch == Batch.Removals)
            return; // Those beside it in the batch are no less wanted than it is.
        string[] lost = [.. Serving(system.BeforeRefusal!).Except(Serving(system.AtRefusal!))];
        // The kernel switches a port off before its master refuses it, and that takes more than we ask for.
        if (refused is SetMaster { Down: true })
            lost = [.. lost.Where(line => line.StartsWith("rule ", StringComparison.Ordinal)
                || line.StartsWith("address ", StringComparison.Ordinal) && line.Contains('.', StringComparison.Ordinal))];
        lost.ShouldBeEmpty($"{refused}");
    }

    // What carries traffic; that it has been given other flags, another name or MTU is no loss.
    private static IEnumerable<string> Serving(string system) => system.Split('\n')
        .Where(line => !line.StartsWith("sysctl ", StringComparison.Ordinal) && !line.StartsWith("order ", StringComparison.Ordinal))
        .Where(line => !line.StartsWith("link ", StringComparison.Ordinal) || line.Contains(" up=True ", StringComparison.Ordinal))
        .Select(line => line.Split(' ') switch
        {
            ["link", var name, ..] => $"link {name} is on",
            ["address" or "neighbour", ..] words => string.Join(' ', words[..3]),
            _ => line,
        });
}
