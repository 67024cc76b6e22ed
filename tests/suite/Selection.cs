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
        foreach (var old in Directory.EnumerateFiles(directory, $"{Name}.again*.xml"))
            File.Delete(old);
        Say.Step($"{Name}: running");
        await Tier.RunAsync(Filter, report, noStartAfter);
        if (TestReport.Read(report) is not { } tests)
            return new Outcome { Failed = [$"{Name}: ended without a complete report"] };

        HashSet<string> late = [];
        var failed = tests.Where(test => test.Result == "Fail").ToList();
        if (Tier.MayBeLate && failed.Count is > 0 and <= SecondAttemptsAtMost && DateTimeOffset.UtcNow < noStartAfter)
        {
            // A theory with a row for each kernel runs again on that kernel only.
            foreach (var kernel in failed.Where(test => test.Method.Length > 0).GroupBy(test => test.Kernel))
            {
                var again = Path.Combine(directory, $"{Name}.again{kernel.Key}.xml");
                string[] methods = [.. kernel.Select(test => test.Method).Distinct()];
                Say.Step($"{Name}: once more, one at a time{(kernel.Key is null ? "" : $", on {kernel.Key}")}: {string.Join(' ', methods)}");
                await Tier.RunAsync([.. methods.SelectMany(method => new[] { "-method", method }), .. kernel.Key is null ? [] : new[] { "-trait", $"kernel={kernel.Key}" },
                    "-parallel", "none"], again, noStartAfter);
                late.UnionWith((TestReport.Read(again) ?? []).Where(test => test.Result == "Pass").Select(test => test.Name));
            }
        }
        var outcome = Outcome.Of(Tier, tests, late);
        Say.Step($"{Name}: {outcome.Passed} passed, {outcome.Failed.Count} failed, {outcome.Skipped} skipped, {outcome.Flaky.Count} flaky; "
            + $"reports in {Path.GetRelativePath(Repository.Top, directory)}");
        return outcome;
    }
}
