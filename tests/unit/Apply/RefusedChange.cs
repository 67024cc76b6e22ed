using HypervVfattach.Core.Planning;
using HypervVfattach.Core.Planning.Changes;
using Shouldly;

namespace HypervVfattach.Tests.Unit.Apply;

/// <summary>Allowed states of the system when a refusal is reported, before anything is undone.</summary>
internal static class RefusedChange
{
    /// <summary>Nothing that existed when a plan's change was refused has been removed before the refusal is known.</summary>
    public static void ShouldHaveTakenNothingAway(this MemorySystem system, Plan plan)
    {
        Change refused = plan.Steps.SelectMany(step => step.Changes).ElementAt(system.RefuseAt!.Value);
        if (refused.Batch == Batch.Removals)
            return; // The other requests of the batch are wanted as much.
        string[] lost = [.. Serving(system.BeforeRefusal!).Except(Serving(system.AtRefusal!))];
        // The kernel switches a port off before its master refuses it, and the effects go beyond the request.
        if (refused is SetMaster { Down: true })
            lost = [.. lost.Where(line => line.StartsWith("rule ", StringComparison.Ordinal)
                || line.StartsWith("address ", StringComparison.Ordinal) && line.Contains('.', StringComparison.Ordinal))];
        lost.ShouldBeEmpty($"{refused}");
    }

    // Objects that carry traffic; another flag, name or MTU is no loss.
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
