using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Pairs;
using HypervVfattach.Report;

namespace HypervVfattach.Doctor;

/// <summary>One observation of the host, for all checks.</summary>
internal sealed class Examined
{
    private ImmutableArray<PairStatus> _statuses;

    /// <summary>The host, with everything that is configured on the members of all pairs.</summary>
    public required Snapshot Host { get; init; }

    public required ImmutableArray<Pair> Pairs { get; init; }

    public required Policy Policy { get; init; }

    public required Settings Settings { get; init; }

    /// <summary>What is wrong with the configuration file; null if nothing is.</summary>
    public string? BadSettings { get; init; }

    /// <summary>What <c>status</c> is made from.</summary>
    public required StatusSources Sources { get; init; }

    /// <summary>What <c>status</c> shows of the pairs, in their order.</summary>
    public ImmutableArray<PairStatus> Statuses => _statuses.IsDefault ? _statuses = StatusReport.Of(Pairs, Sources) : _statuses;

    /// <summary>Rules and sockets that name a port of a joined pair instead of the interface that has the configuration.</summary>
    public required References AtPorts { get; init; }

    public required HostFacts Facts { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>Version of this executable.</summary>
    public required string Version { get; init; }

    /// <summary>The privilege that is missing to see everything; null if none is.</summary>
    public string? MissingPrivilege { get; init; }

    /// <summary>What could not be read, in words.</summary>
    public List<string> Unread { get; init; } = [];

    /// <summary>Our join of a pair, or null.</summary>
    public Join? JoinOf(Pair pair) => PairObstacles.JoinOf(pair, Host);

    /// <summary>Whether the kernel or this program has joined a pair, so that its VF is a port.</summary>
    public bool IsJoined(Pair pair) => pair.Vf is { } vf && (Pair.IsKernelPort(vf, pair.Synthetic) || JoinOf(pair) is not null);

    /// <summary>The interface that has a pair's configuration.</summary>
    public Link Configured(Pair pair) => Host.Find(StatusReport.Configured(pair, JoinOf(pair))) ?? pair.Synthetic;
}
