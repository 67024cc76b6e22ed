using System.Collections.Concurrent;

namespace HypervVfattach.Machines;

/// <summary>The packages of the executable under test, built once for a run by install/package.sh.</summary>
public static class Packages
{
    /// <summary>Where the guest has them.</summary>
    public const string Directory = "/root/packages";

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
        await RunAsync($"need_packages {program}:{program} && {program} {arguments} {string.Join(' ', await BuiltAsync(kind))}");

    /// <summary>The output of a script of this tree with the packages of a kind as its last arguments.</summary>
    public static async Task<string> WithAsync(string kind, string command) =>
        (await RunAsync($"{command} {string.Join(' ', await BuiltAsync(kind))}")).Succeeded(command);

    /// <summary>The shell words that name a Debian package's file in the guest.</summary>
    public static string File(string name, int revision) => $"{Directory}/{name}_*-{revision}_*.deb";

    private static async Task BuildAsync(string kind, int revision) =>
        (await RunAsync($"install/package.sh --{kind} --revision {revision}")).Succeeded("install/package.sh");

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
