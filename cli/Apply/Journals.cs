using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>The directory with one journal per pair.</summary>
/// <param name="directory">Its path; created with the first journal.</param>
/// <param name="host">The boot and network namespace of this process.</param>
internal sealed class Journals(string directory, HostIdentity host)
{
    private const string Suffix = ".journal";

    public string Directory => directory;

    /// <summary>What is not retried without an event or a person.</summary>
    public RetryHoldOff HoldOff { get; } = new(directory);

    /// <summary>Samples of the traffic of pairs that the kernel joined.</summary>
    public PathSamples Paths { get; } = new(directory);

    /// <summary>Path of a pair's journal.</summary>
    public string PathOf(HardwareAddress mac) =>
        Path.Combine(directory, mac.ToString().Replace(':', '-') + Suffix);

    /// <summary>The journal of a pair, or null.</summary>
    /// <exception cref="JournalDamaged">It cannot be read.</exception>
    public JournalFile? Read(HardwareAddress mac) => Read(PathOf(mac));

    /// <summary>Whether a journal is from an earlier boot, so that its interface indexes are invalid.</summary>
    public bool IsStale(JournalFile file) => host.Outlived(file.Host);

    /// <summary>Whether a journal is of this boot and network namespace.</summary>
    public bool IsOurs(JournalFile file) => !IsStale(file) && file.Host.Namespace == host.Namespace;

    /// <summary>The addresses of all pairs that have a journal, in the order of the file names.</summary>
    public ImmutableArray<string> Pairs()
    {
        try
        {
            // .NET enumerates lazily and may throw later: read all at once.
            return [.. System.IO.Directory.EnumerateFiles(directory, "*" + Suffix)
                .Order(StringComparer.Ordinal)
                .Select(path => Path.GetFileName(path)[..^Suffix.Length].Replace('-', ':'))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, directory, "read");
        }
    }

    /// <summary>All readable journals of this network namespace.</summary>
    public ImmutableArray<JournalFile> ReadAll()
    {
        var all = ImmutableArray.CreateBuilder<JournalFile>();
        foreach (string mac in Pairs())
        {
            try
            {
                if (Read(new HardwareAddress(mac)) is { } file && IsOurs(file))
                    all.Add(file);
            }
            catch (Exception e) when (e is JournalDamaged or SystemRefusal)
            {
                // A damaged journal stops only the commands for its own pair.
            }
        }
        return all.ToImmutable();
    }

    /// <summary>The finished joins, for <see cref="Snapshot.Joins"/>.</summary>
    public ImmutableArray<Join> Joins() => [.. ReadAll().Select(file => file.State.Finished).OfType<Join>()];

    /// <summary>Starts a plan: creates the pair's journal with it, atomically.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public Journal Start(Plan plan)
    {
        JournalFile? old = Read(plan.Mac);
        if (old is not null && !IsStale(old))
        {
            if (!IsOurs(old))
                throw new SystemRefusal(old.Path, "start a journal", 0,
                    $"the pair {plan.Mac} is joined in another network namespace ({old.Host.Namespace})");
            if (old.State.IsOpen)
                throw new InvalidOperationException($"{old.Path} is unfinished");
        }
        return Create(plan.Goal == Goal.Join
            ? [new Planned(plan)]
            : [.. old?.State.JoinLines() ?? throw new InvalidOperationException($"{plan.Mac} is not joined"),
                new Joined(), new Planned(plan)]);
    }

    /// <summary>Reopens the journal of a finished join, to undo the join.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public Journal Reopen(JournalFile file) => Create([.. file.State.JoinLines(), new Undoing()]);

    /// <summary>Continues a journal that was found.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public static Journal Continue(JournalFile file) => Journal.Open(file);

    /// <summary>Removes an obsolete journal.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public static void Forget(JournalFile file)
    {
        try
        {
            File.Delete(file.Path);
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, file.Path, "remove");
        }
    }

    private Journal Create(IReadOnlyList<JournalEntry> lines)
    {
        var state = new JournalState();
        foreach (JournalEntry line in lines)
            state = state.After(line) ?? throw new InvalidOperationException($"{line} cannot follow");
        return Journal.Create(
            PathOf(state.Join!.Plan.Mac), new JournalHeader(JournalReader.Format, host), lines, state);
    }

    private static JournalFile? Read(string path)
    {
        try
        {
            return JournalReader.Read(path, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, path, "read");
        }
    }
}
