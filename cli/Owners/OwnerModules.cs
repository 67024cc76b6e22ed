using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;
using HypervVfattach.Linux;

namespace HypervVfattach.Owners;

/// <summary>All owners. A new one is a folder beside these and an entry here.</summary>
internal static class OwnerModules
{
    private static readonly ImmutableArray<IOwner> s_all =
        [new NetworkManagerOwner(), new NetworkdOwner(), new DhcpClientOwner(), new OtherOwner(), new IfupdownOwner()];

    /// <summary>The kinds of changes that owners make, each without values.</summary>
    public static ImmutableArray<Change> Changes => [new KeepUnit(null!, false), .. s_all.SelectMany(owner => owner.Changes)];

    /// <summary>Finds the programs that configure some interfaces. It reads all of /proc.</summary>
    /// <param name="root">Root of the file system; <c>/</c> except in tests, where no bus is asked.</param>
    /// <param name="all">All interfaces of this network namespace.</param>
    /// <param name="mainProcess">Returns the main process of a systemd service; 0 if it has none.</param>
    /// <param name="asked">Indexes of the interfaces in question.</param>
    public static ImmutableArray<Owner> Observe(
        string root, IReadOnlyList<Link> all, Func<string, int> mainProcess, params ReadOnlySpan<int> asked)
    {
        Link[] links = [.. asked.ToArray().Select(index => all.FirstOrDefault(link => link.Index == index)).OfType<Link>()];
        HashSet<string> programs = [.. s_all.SelectMany(owner => owner.Programs)];
        var scan = new OwnerScan(root, all, Processes.Running(root, programs), mainProcess);
        List<Owner> owners = [];
        foreach (IOwner module in s_all)
        {
            Link[] open = module.YieldsToOthers ? [.. links.Where(link => !owners.Exists(owner => owner.Link == link.Index))] : links;
            owners.AddRange(module.Of(open, scan));
        }
        return [.. owners];
    }

    /// <summary>Applies a change, which may already have been applied.</summary>
    /// <inheritdoc cref="IOwner.Make"/>
    public static int Make(OwnerChange change, Func<int, string?> name, bool repeat)
    {
        if (change is KeepUnit keep)
        {
            BoundUnit.Keep(keep.Unit, keep.Keep);
            return 0;
        }
        foreach (IOwner owner in s_all)
        {
            if (owner.Make(change, name, repeat) is { } left)
                return left;
        }
        throw new ArgumentException($"no owner applies {change.GetType().Name}", nameof(change));
    }

    /// <summary>An interface's name, or words for one that is gone.</summary>
    public static string Named(this Func<int, string?> name, int link) => name(link) ?? $"interface {link}";
}
