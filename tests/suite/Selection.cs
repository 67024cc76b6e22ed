using HypervVfattach.Machines;

namespace HypervVfattach.Suite;

/// <summary>Some tests of a tier, and how they are run.</summary>
/// <param name="Name">Name of its reports.</param>
/// <param name="Tier">The tier.</param>
/// <param name="Filter">Which tests; all if empty.</param>
internal sealed record Selection(string Name, Tier Tier, IReadOnlyList<string> Filter)
{
    // More failures than this are not caused by lateness.
    private const int SecondAttemptsAtMost = 12;

    /// <summary>Runs the tests, and the failed ones a second time, one after the other. Both reports stay in the directory.</summary>
    public async Task<Outcome> RunAsync(string directory, DateTimeOffset noStartAfter)
    {
        Directory.CreateDirectory(directory);
        var report = Path.Combine(directory, $"{Name}.xml");
        var again = Path.Combine(directory, $"{Name}.again.xml");
        File.Delete(again);
        Say.Step($"{Name}: running");
        await Tier.RunAsync(Filter, report, noStartAfter);
        if (TestReport.Read(report) is not { } tests)
            return new Outcome { Failed = [$"{Name}: ended without a report"] };

        HashSet<string> late = [];
        var failed = tests.Where(test => test.Result == "Fail").ToList();
        if (Tier.MayBeLate && failed.Count is > 0 and <= SecondAttemptsAtMost && DateTimeOffset.UtcNow < noStartAfter)
        {
            string[] methods = [.. failed.Select(test => test.Method).Where(method => method.Length > 0).Distinct()];
            Say.Step($"{Name}: once more, one at a time: {string.Join(' ', methods)}");
            await Tier.RunAsync([.. methods.SelectMany(method => new[] { "-method", method }), "-parallel", "none"], again, noStartAfter);
            late = [.. (TestReport.Read(again) ?? []).Where(test => test.Result == "Pass").Select(test => test.Name)];
        }
        var outcome = Outcome.Of(Tier, tests, late);
        Say.Step($"{Name}: {outcome.Passed} passed, {outcome.Failed.Count} failed, {outcome.Skipped} skipped, {outcome.Flaky.Count} flaky; "
            + $"reports in {Path.GetRelativePath(Repository.Top, directory)}");
        return outcome;
    }
}
