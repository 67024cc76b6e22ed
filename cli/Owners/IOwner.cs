using System.Collections.Immutable;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Owners;

/// <summary>A program that configures interfaces: how it is recognised, and how it is asked.</summary>
internal interface IOwner
{
    /// <summary>The names of its programs in /proc.</summary>
    IReadOnlyCollection<string> Programs { get; }

    /// <summary>Whether it counts as the owner of an interface only if no other program does.</summary>
    bool YieldsToOthers => false;

    /// <summary>Each kind of change that only it makes, without values (<see cref="ChangeKinds"/>).</summary>
    ImmutableArray<Change> Changes { get; }

    /// <summary>The owners among these interfaces.</summary>
    IEnumerable<Owner> Of(IReadOnlyList<Link> links, OwnerScan scan);

    /// <summary>Applies a change, which may already have been applied.</summary>
    /// <param name="change">The change.</param>
    /// <param name="name">Returns an interface's name by its index; null if it is gone.</param>
    /// <param name="repeat">Whether this is a repetition: what is gone then needs nothing.</param>
    /// <returns>Index of an interface on which the owner has left addresses that must go; 0 for none. Null if the change is not for this
    /// owner.</returns>
    /// <exception cref="SystemRefusal">It is refused.</exception>
    int? Make(OwnerChange change, Func<int, string?> name, bool repeat);
}

/// <summary>What the owners are recognised by.</summary>
/// <param name="root">Root of the file system; <c>/</c> except in tests, where no bus is asked.</param>
/// <param name="links">All interfaces of this network namespace.</param>
/// <param name="processes">The running instances of the owners' programs.</param>
/// <param name="mainProcess">Returns the main process of a systemd service; 0 if it has none.</param>
internal sealed class OwnerScan(string root, IReadOnlyList<Link> links, IReadOnlyList<Process> processes, Func<string, int> mainProcess)
{
    public string Root => root;
    public IReadOnlyList<Link> Links => links;
    public IReadOnlyList<Process> Processes => processes;
    public Func<string, int> MainProcess => mainProcess;

    /// <summary>Whether a program runs.</summary>
    public bool Runs(string program) => Processes.Any(process => process.Program == program);
}
