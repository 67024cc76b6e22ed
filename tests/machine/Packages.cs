using System.Collections.Concurrent;

namespace HypervVfattach.Machines;

/// <summary>The packages of the executable under test, built once for a run by install/package.sh.</summary>
public static class Packages
{
    /// <summary>Where the guest has them.</summary>
    public const string Directory = "/root/packages";

    /// <summary>Where the guest has those of the commit before.</summary>
    public const string PreviousDirectory = "/root/previous";

    private const int KeptPrevious = 2;

    private static readonly TimeSpan s_build = TimeSpan.FromMinutes(15);
    private static readonly ConcurrentDictionary<(string, int), Lazy<Task>> s_builds = [];

    // Each build may install tools.
    private static readonly SemaphoreSlim s_one = new(1);

    /// <summary>The Debian packages of these revisions, as files for a guest.</summary>
    public static async Task<IReadOnlyList<GuestFile>> DebianAsync(params int[] revisions)
    {
        List<GuestFile> files = [];
        foreach (var revision in revisions)
            files.AddRange((await BuiltAsync("deb", revision)).Select(file => GuestFile.Copy($"{Directory}/{Path.GetFileName(file)}", file)));
        return files;
    }

    /// <summary>The Debian packages of the last tag before this commit, or of the commit before it where there is no tag; built once. Null if
    /// this checkout has no history.</summary>
    public static async Task<IReadOnlyList<GuestFile>?> PreviousAsync()
    {
        var found = await RunAsync("git describe --tags --abbrev=0 HEAD~1 2>/dev/null || git rev-parse --verify --quiet HEAD~1");
        if (found.ExitCode != 0)
            return null;
        var commit = (await InTreeAsync($"git rev-parse '{found.Output.Trim()}^{{commit}}'")).Trim();
        var script = Path.Combine("tests", "machine", "previous.sh");
        var key = Cache.Hash(commit, await System.IO.File.ReadAllTextAsync(Path.Combine(Repository.Top, script)));
        var directory = await Cache.GetAsync("previous", key, KeptPrevious, directory => InTreeAsync($"{script} {commit} '{directory}'"));
        return [.. System.IO.Directory.EnumerateFiles(directory, "*.deb").Select(file => GuestFile.Copy($"{PreviousDirectory}/{Path.GetFileName(file)}", file))];
    }

    /// <summary>The files of the packages of a kind (deb, rpm) on this machine.</summary>
    public static async Task<IReadOnlyList<string>> BuiltAsync(string kind, int revision = 1)
    {
        await s_builds.GetOrAdd((kind, revision), _ => new(() => BuildAsync(kind, revision))).Value;
        return [.. System.IO.Directory.EnumerateFiles(Path.Combine(Repository.Top, "artifacts", "packages"), $"*-{revision}*.{kind}")
            .Where(file => !file.Contains("arm64", StringComparison.Ordinal) && !file.Contains("aarch64", StringComparison.Ordinal)).Order()];
    }

    /// <summary>Runs a program of the host on the packages of a kind; installs the program's Debian package if it is missing.</summary>
    /// <param name="kind">deb or rpm.</param>
    /// <param name="program">The program, and the Debian package that has it.</param>
    /// <param name="arguments">Its arguments before the files, as shell words.</param>
    public static async Task<CommandResult> LookAsync(string kind, string program, string arguments) =>
        await RunAsync($"need_packages {program}:{program} >/dev/null && {program} {arguments} {string.Join(' ', await BuiltAsync(kind))}");

    /// <summary>The output of a script of this tree with the packages of a kind as its last arguments.</summary>
    public static async Task<string> WithAsync(string kind, string command) =>
        await InTreeAsync($"{command} {string.Join(' ', await BuiltAsync(kind))}");

    /// <summary>The output of a script at the top of this tree.</summary>
    public static async Task<string> InTreeAsync(string script) => (await RunAsync(script)).Succeeded(script);

    /// <summary>The shell words that name a Debian package's file in the guest.</summary>
    public static string File(string name, int revision) => $"{Directory}/{name}_*-{revision}_*.deb";

    private static Task<string> BuildAsync(string kind, int revision) => InTreeAsync($"install/package.sh --{kind} --revision {revision}");

    private static async Task<CommandResult> RunAsync(string script)
    {
        await s_one.WaitAsync();
        try
        {
            return await Command.InTreeAsync(script, s_build);
        }
        finally
        {
            s_one.Release();
        }
    }
}
