using System.Globalization;
using System.Text.Json;
using HypervVfattach.Machines;

namespace HypervVfattach.Suite;

/// <summary>The results of the parts for one commit, stored under the commit's id outside the checkout.</summary>
/// <param name="Commit">The commit's id; with "-dirty" if the checkout has more than that.</param>
internal sealed record Results(string Commit)
{
    private sealed record Kept(string Commit, DateTimeOffset Ended, int Minutes, Outcome Outcome);

    /// <summary>Their directory.</summary>
    public string Directory => Path.Combine(Cache.Top, "results", Commit);

    /// <summary>Whether a part has already succeeded and need not run again.</summary>
    public bool Has(Part part) => !Commit.EndsWith("-dirty", StringComparison.Ordinal) && Read(Commit, part) is { Outcome.Succeeded: true, Outcome.NotStarted.Count: 0 };

    /// <summary>Stores the result of a part.</summary>
    public void Add(Part part, TimeSpan duration, Outcome outcome) => File.WriteAllText(Path.Combine(Directory, $"{part.Name}.json"),
        JsonSerializer.Serialize(new Kept(Commit, DateTimeOffset.UtcNow, (int)Math.Ceiling(duration.TotalMinutes), outcome)));

    /// <summary>Prints all parts in one table and returns their sum; a missing part is a failure.</summary>
    public Outcome Report()
    {
        Console.WriteLine($"commit {Commit}");
        var sum = new Outcome();
        if (Commit.EndsWith("-dirty", StringComparison.Ordinal))
            sum += new Outcome { Failed = ["the checkout has changes that belong to no commit"] };
        foreach (var part in Part.All)
        {
            var kept = Read(Commit, part);
            Console.WriteLine(kept is null ? $"  {part.Name,-16} missing{Elsewhere(part)}" : string.Create(CultureInfo.InvariantCulture,
                $"  {part.Name,-16} {kept.Outcome.Passed,4} passed {kept.Outcome.Failed.Count,3} failed {kept.Outcome.Skipped,3} skipped {kept.Outcome.Flaky.Count,2} flaky {kept.Minutes,3} min  {kept.Ended:u}"));
            sum += kept is null ? new Outcome { Failed = [$"{part.Name}: no result for this commit"] }
                : kept.Outcome with { Failed = [.. kept.Outcome.Failed, .. kept.Outcome.NotStarted.Select(name => $"{name}: not started")] };
        }
        return sum;
    }

    private static Kept? Read(string commit, Part part)
    {
        var path = Path.Combine(Cache.Top, "results", commit, $"{part.Name}.json");
        return File.Exists(path) && JsonSerializer.Deserialize<Kept>(File.ReadAllText(path)) is { } kept && kept.Commit == commit ? kept : null;
    }

    private static string Elsewhere(Part part)
    {
        var all = Path.Combine(Cache.Top, "results");
        var others = System.IO.Directory.Exists(all)
            ? System.IO.Directory.EnumerateDirectories(all).Select(Path.GetFileName).Where(commit => Read(commit!, part) is not null).ToList() : [];
        return others.Count == 0 ? "" : $"; there is one of {string.Join(", ", others.Select(commit => commit![..Math.Min(commit!.Length, 12)]))}";
    }
}
