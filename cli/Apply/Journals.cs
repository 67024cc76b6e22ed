using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>The directory with one journal a pair.</summary>
/// <param name="directory">Where it is; made when the first journal is.</param>
/// <param name="host">Where this process runs.</param>
internal sealed class Journals(string directory, HostIdentity host)
{
    private const string Suffix = ".journal";

    /// <summary>The directory.</summary>
    public string Directory => directory;

    /// <summary>What is not tried again without an event or a person.</summary>
    public RetryHoldOff HoldOff { get; } = new(directory);

    /// <summary>The journal's file of a pair.</summary>
    public string PathOf(HardwareAddress mac) =>
        Path.Combine(directory, mac.ToString().Replace(':', '-') + Suffix);

    /// <summary>The journal of a pair, or null where there is none.</summary>
    /// <exception cref="JournalDamaged">It cannot be understood.</exception>
    public JournalFile? Read(HardwareAddress mac) => Read(PathOf(mac));

    /// <summary>Whether a journal's interface indexes mean nothing any more: it is from before the kernel's start.</summary>
    public bool IsStale(JournalFile file) => host.Outlived(file.Host);

    /// <summary>Whether a journal is about this network namespace.</summary>
    public bool IsOurs(JournalFile file) => !IsStale(file) && file.Host.Namespace == host.Namespace;

    /// <summary>The addresses of all pairs that have a journal, by the names of the files.</summary>
    public ImmutableArray<string> Pairs()
    {
        try
        {
            // .NET's enumeration is lazy and may throw later: take it whole.
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

    /// <summary>All journals of this network namespace that can be understood.</summary>
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
                // It stops the commands for its own pair, not those for all others.
            }
        }
        return all.ToImmutable();
    }

    /// <summary>The finished joins, for <see cref="Snapshot.Joins"/>.</summary>
    public ImmutableArray<Join> Joins() => [.. ReadAll().Select(file => file.State.Finished).OfType<Join>()];

    /// <summary>Starts a plan: the pair's journal with it, complete under its name or not at all.</summary>
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

    /// <summary>Opens a finished join again, to take it back.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public Journal Reopen(JournalFile file) => Create([.. file.State.JoinLines(), new Undoing()]);

    /// <summary>Goes on with a journal that was found.</summary>
    /// <exception cref="SystemRefusal">The file system refused.</exception>
    public static Journal Continue(JournalFile file) => Journal.Open(file);

    /// <summary>Removes a journal that means nothing any more.</summary>
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
