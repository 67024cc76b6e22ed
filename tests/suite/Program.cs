// Started by tests/run.sh: runs tests and prints the results. See Usage below.
using System.Diagnostics;
using HypervVfattach.Machines;
using HypervVfattach.Suite;

const string Usage = """
    usage: tests/run.sh                          the core of all tiers, as CI does
           tests/run.sh unit|kernel|vm [FILTER]  one tier: its core, or all tests whose names contain FILTER
           tests/run.sh --part NAME...           named parts of all tests, each within 45 minutes
           tests/run.sh --all                    all parts that have not passed yet for this commit
           tests/run.sh --report                 what the parts came to for this commit
    """;

// CI kills everything after 90 minutes: shortly before that, no more tests are started.
var noStartAfter = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(75);
var directory = Path.Combine(Repository.Top, "artifacts", "tests");
Directory.CreateDirectory(directory);

switch (args)
{
    case []:
        return Ended(await CoreAsync(Tier.All));
    case ["--report"]:
        return Ended(new Results(await CommitAsync()).Report());
    case ["--all"]:
        return await PartsAsync(Part.All, again: false);
    case ["--part", _, ..] when args[1..].All(name => Part.All.Any(part => part.Name == name)):
        return await PartsAsync([.. Part.All.Where(part => args[1..].Contains(part.Name))], again: true);
    case [var name] when Tier.All.FirstOrDefault(tier => tier.Name == name) is { } tier:
        return Ended(await CoreAsync([tier]));
    case [var name, var filter] when Tier.All.FirstOrDefault(tier => tier.Name == name) is { } tier:
        var outcome = await new Selection(tier.Name, tier, ["-method", $"*{filter}*"]).RunAsync(directory, noStartAfter);
        if (outcome is { Passed: 0, Failed.Count: 0, Skipped: 0 })
        {
            Console.Error.WriteLine($"tests/run.sh: no test of tier {tier} has \"{filter}\" in its name");
            return 2;
        }
        return Ended(outcome);
    default:
        Console.Error.WriteLine(args is ["--part", ..]
            ? $"tests/run.sh: the parts are {string.Join(", ", Part.All.Select(part => part.Name))}" : Usage);
        return 2;
}

async Task<Outcome> CoreAsync(IReadOnlyList<Tier> tiers)
{
    // The image takes a minute or more of waiting for disk and network, and the unit tests do not need it.
    var image = tiers.Any(tier => tier != Tier.Unit) ? Task.Run(() => Image.GetAsync(new MachineOptions().Release, Say.Step)) : Task.CompletedTask;
    // hv_netvsc's host belongs to few scenarios, so no other test waits for it; those that need it do, in the cache.
    var host = tiers.Contains(Tier.Vm) ? Task.Run(async () => { await image; await NetvscHost.BuildAsync(new MachineOptions().Release); }) : Task.CompletedTask;
    List<Task<Outcome>> running = [];
    foreach (var tier in tiers)
    {
        if (tier != Tier.Unit)
            await image;
        var run = Task.Run(() => new Selection(tier.Name, tier, tier.Core).RunAsync(directory, noStartAfter));
        running.Add(run);
        // The kernel tier's guest has one processor and the scenarios wait often, so these run at the same time.
        if (tier == Tier.Unit)
            await run;
    }
    var outcomes = await Task.WhenAll(running);
    // Without it these scenarios have failed, with the reason.
    await host.ContinueWith(_ => { }, TaskScheduler.Default);
    return outcomes.Aggregate((left, right) => left + right);
}

async Task<int> PartsAsync(IReadOnlyList<Part> parts, bool again)
{
    var results = new Results(await CommitAsync());
    var all = true;
    foreach (var part in parts.Where(part => again || !results.Has(part)))
    {
        var watch = Stopwatch.StartNew();
        var outcome = await new Selection(part.Name, part.Tier, part.Filter).RunAsync(results.Directory, DateTimeOffset.UtcNow + Part.Limit);
        if (outcome is { Passed: 0, Failed.Count: 0 })
            outcome = outcome with { Failed = [$"{part.Name}: no test belongs to this part"] };
        results.Add(part, watch.Elapsed, outcome);
        all &= outcome.Succeeded;
    }
    if (parts == Part.All)
        return Ended(results.Report());
    results.Report();
    return all ? 0 : 1;
}

static int Ended(Outcome outcome)
{
    outcome.Print();
    return outcome.Succeeded ? 0 : 1;
}

static async Task<string> CommitAsync()
{
    var id = (await GitAsync("rev-parse", "HEAD")).Trim();
    return (await GitAsync("status", "--porcelain")).Length > 0 ? $"{id}-dirty" : id;
}

static async Task<string> GitAsync(params string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo("git", ["-C", Repository.Top, .. arguments]) { RedirectStandardOutput = true })!;
    var output = await process.StandardOutput.ReadToEndAsync();
    await process.WaitForExitAsync();
    return process.ExitCode == 0 ? output : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: exit code {process.ExitCode}");
}
