using HypervVfattach.Core.Planning;

namespace HypervVfattach.Apply;

/// <summary>One line of a journal after its header.</summary>
internal abstract record JournalEntry;

/// <summary>A plan is about to be made; with all that is needed to undo it.</summary>
internal sealed record Planned(Plan Plan) : JournalEntry;

/// <summary>Written before the first change of a step.</summary>
internal sealed record StepBegun(int Step) : JournalEntry;

/// <summary>The aggregate that the plan (or its undo) created has this index.</summary>
internal sealed record AggregateKnown(int Index) : JournalEntry;

/// <summary>All changes of a step are made and what it expects is true.</summary>
internal sealed record StepDone(int Step) : JournalEntry;

/// <summary>The whole plan is being taken back.</summary>
internal sealed record Undoing : JournalEntry;

/// <summary>A step is taken back.</summary>
internal sealed record StepUndone(int Step) : JournalEntry;

/// <summary>The plan is over, made or taken back, and the pair is joined.</summary>
internal sealed record Joined : JournalEntry;

/// <summary>The first line of a journal.</summary>
/// <param name="Format">Version of everything that follows.</param>
/// <param name="Host">Where its interface indexes mean something.</param>
internal sealed record JournalHeader(int Format, HostIdentity Host);

/// <summary>What interface indexes belong to: they start anew with the kernel and differ between network
/// namespaces, while /run may be shared (<c>ip netns exec</c>) or, in some containers, outlive both.</summary>
/// <param name="Boot">Identity of the running kernel (Linux: /proc/sys/kernel/random/boot_id; FreeBSD: kern.boot_id), or
/// <see cref="UnknownBoot"/>.</param>
/// <param name="Namespace">Identity of the network namespace (Linux: the target of /proc/self/ns/net).</param>
internal sealed record HostIdentity(string Boot, string Namespace)
{
    /// <summary>The kernel does not identify its boot, or not yet (FreeBSD before 13; before the random device is
    /// seeded).</summary>
    public const string UnknownBoot = "since the last cleanvar";

    /// <summary>Whether what was noted there belongs to an earlier boot of this host.</summary>
    /// <remarks>What was noted without an identity counts as this boot's: rc.d/cleanvar empties /var/run before devd starts,
    /// so it is of an earlier boot only where the administrator switched cleanvar off, and to forget the journal of an
    /// unfinished join would leave the host without its addresses. The other way round there is no doubt: a kernel that has
    /// an identity keeps it.</remarks>
    public bool Outlived(HostIdentity noted) => noted.Boot != UnknownBoot && noted.Boot != Boot;
}
