using System.Collections.Immutable;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>Everything outside of the commands, so that tests can give them another world.</summary>
internal sealed class World
{
    /// <summary>The running system.</summary>
    public required IBackend Backend { get; init; }

    /// <summary>What was done before, and to be able to undo it.</summary>
    public required Journals Journals { get; init; }

    /// <summary>Reads the configuration file: the named one, or the default one for null.</summary>
    public required Func<string?, Settings> LoadSettings { get; init; }

    /// <summary>Finds out who configures interfaces: of all links, those with these indexes.</summary>
    public required Func<IReadOnlyList<Link>, ImmutableArray<int>, ImmutableArray<Owner>> Owners { get; init; }

    /// <summary>Finds out which configuration files are meant for which of these interfaces.</summary>
    public required Func<IReadOnlyList<Link>, ImmutableArray<Claim>> Claims { get; init; }

    /// <summary>PCI NICs of which no driver has made an interface; of Linux.</summary>
    public Func<ImmutableArray<IdleNic>> IdleNics { get; init; } = () => [];

    /// <summary>Finds out which firewall rules and sockets would not follow to these bonds.</summary>
    public required Func<IReadOnlyList<PlannedBond>, References> References { get; init; }

    /// <summary>The privilege that is missing to change the network; null when it is there.</summary>
    public required Func<string?> MissingPrivilege { get; init; }

    /// <summary>Starts background runs.</summary>
    public required IScheduler Scheduler { get; init; }

    /// <summary>Has udev look at an interface again, so that its properties are right.</summary>
    public required Action<string> Announce { get; init; }

    /// <summary>What the events of FreeBSD's devd need; null elsewhere.</summary>
    public IDevd? Devd { get; init; }

    /// <summary>Where facts are said.</summary>
    public required Log Log { get; init; }

    /// <summary>Standard output: what was asked for.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Environment variables.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
