namespace HypervVfattach.Suite;

/// <summary>Result of a selection of tests, after a second attempt for those that may have been late.</summary>
internal sealed record Outcome
{
    /// <summary>How many tests may pass only at the second attempt.</summary>
    public const int FlakyAtMost = 2;

    /// <summary>How many tests passed, at either attempt.</summary>
    public int Passed { get; init; }

    /// <summary>The failed tests, and other faults of the run.</summary>
    public IReadOnlyList<string> Failed { get; init; } = [];

    /// <summary>How many were skipped.</summary>
    public int Skipped { get; init; }

    /// <summary>The skipped tests for which there was no time.</summary>
    public IReadOnlyList<string> NotStarted { get; init; } = [];

    /// <summary>The tests that passed at the second attempt.</summary>
    public IReadOnlyList<string> Flaky { get; init; } = [];

    /// <summary>The runs of scenarios on the kernels of several releases.</summary>
    public IReadOnlyList<KernelRun> KernelRuns { get; init; } = [];

    /// <summary>Whether all is well.</summary>
    public bool Succeeded => Failed.Count == 0 && Flaky.Count <= FlakyAtMost && Passed > 0;

    /// <summary>Judges the tests of a tier.</summary>
    /// <param name="tier">The tier.</param>
    /// <param name="tests">The report of the first attempt.</param>
    /// <param name="late">Names of the tests that passed at the second attempt.</param>
    public static Outcome Of(Tier tier, IReadOnlyList<TestCase> tests, IReadOnlySet<string> late)
    {
        List<TestCase> failed = [.. tests.Where(test => test.Result == "Fail")];
        return new Outcome
        {
            Passed = tests.Count(test => test.Result == "Pass") + failed.Count(test => late.Contains(test.Name)),
            Failed =
            [
                .. failed.Where(test => !late.Contains(test.Name)).Select(test => test.Name),
                .. tests.Where(test => test is { NotStarted: true, IsCore: true }).Select(test => $"{test.Name}: of the core, and not started"),
                .. tests.Where(test => tier == Tier.Kernel && test.Result == "Skip").Select(test => $"{test.Name}: skipped in the guest: {test.Reason}"),
            ],
            Skipped = tests.Count(test => test.Result == "Skip"),
            NotStarted = [.. tests.Where(test => test.NotStarted).Select(test => test.Name)],
            Flaky = [.. failed.Select(test => test.Name).Where(late.Contains)],
            KernelRuns = [.. tests.Select(test => KernelRun.Of(test, late)).OfType<KernelRun>()],
        };
    }

    /// <summary>The sum of both.</summary>
    public static Outcome operator +(Outcome left, Outcome right) => new()
    {
        Passed = left.Passed + right.Passed,
        Failed = [.. left.Failed, .. right.Failed],
        Skipped = left.Skipped + right.Skipped,
        NotStarted = [.. left.NotStarted, .. right.NotStarted],
        Flaky = [.. left.Flaky, .. right.Flaky],
        KernelRuns = [.. left.KernelRuns, .. right.KernelRuns],
    };

    /// <summary>Prints it; the last line is the count, the one before it the number of flaky tests.</summary>
    public void Print()
    {
        Console.Write(KernelTable.Of(KernelRuns));
        foreach (var name in NotStarted)
            Console.WriteLine($"not started: {name}");
        foreach (var name in Flaky)
            Console.WriteLine($"flaky: {name}");
        foreach (var name in Failed)
            Console.WriteLine($"failed: {name}");
        Console.WriteLine($"{Flaky.Count} flaky (passed at the second attempt only{(Flaky.Count > FlakyAtMost ? $"; more than {FlakyAtMost} fail the run" : "")})");
        Console.WriteLine($"{Passed} passed, {Failed.Count} failed, {Skipped} skipped");
    }
}
