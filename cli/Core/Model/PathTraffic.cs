namespace HypervVfattach.Core.Model;

/// <summary>The path of packets.</summary>
internal enum UsedPath
{
    /// <summary>There were none.</summary>
    None,

    /// <summary>The synthetic NIC.</summary>
    Synthetic,

    /// <summary>The VF.</summary>
    Vf,
}

/// <summary>What a pair has received and sent by each of its paths.</summary>
/// <param name="Vf">Through the VF.</param>
/// <param name="Own">Through the synthetic NIC itself.</param>
internal readonly record struct PathTraffic(VfTraffic Vf, VfTraffic Own)
{
    /// <summary>The packets of the VF, both directions.</summary>
    public ulong VfPackets => Vf.Received + Vf.Sent;

    /// <summary>The packets of the synthetic NIC itself, both directions.</summary>
    public ulong OwnPackets => Own.Received + Own.Sent;

    /// <summary>That of a synthetic NIC; null if its driver does not count its VF's packets.</summary>
    /// <remarks>hv_netvsc adds the VF's packets to its own (netvsc_get_stats64).</remarks>
    public static PathTraffic? Of(Link synthetic) => synthetic.VfTraffic is { } vf
        ? new PathTraffic(vf, new VfTraffic(Rest(synthetic.ReceivedPackets, vf.Received), Rest(synthetic.SentPackets, vf.Sent))) : null;

    /// <summary>That of a pair; of one without a VF there is one path only.</summary>
    /// <remarks>net_failover's own counters are those of both its ports.</remarks>
    public static PathTraffic Of(Pair pair)
    {
        PathTraffic? counted = Of(pair.Synthetic);
        Link own = pair.Standby ?? pair.Synthetic;
        return new PathTraffic(
            pair.Vf is not { } vf ? default : counted is { } both && Pair.IsKernelPort(vf, pair.Synthetic) ? both.Vf : new VfTraffic(vf.ReceivedPackets, vf.SentPackets),
            counted?.Own ?? new VfTraffic(own.ReceivedPackets, own.SentPackets));
    }

    /// <summary>What passed since an earlier sample.</summary>
    public PathTraffic Since(PathTraffic earlier) => new(
        new VfTraffic(Rest(Vf.Received, earlier.Vf.Received), Rest(Vf.Sent, earlier.Vf.Sent)),
        new VfTraffic(Rest(Own.Received, earlier.Own.Received), Rest(Own.Sent, earlier.Own.Sent)));

    /// <summary>The path of most packets that were sent since an earlier sample.</summary>
    public UsedPath SentSince(PathTraffic earlier) => Path(Rest(Vf.Sent, earlier.Vf.Sent), Rest(Own.Sent, earlier.Own.Sent));

    /// <summary>The path of most packets that were received since an earlier sample.</summary>
    public UsedPath ReceivedSince(PathTraffic earlier) =>
        Path(Rest(Vf.Received, earlier.Vf.Received), Rest(Own.Received, earlier.Own.Received));

    private static UsedPath Path(ulong vf, ulong own) => (vf, own) is (0, 0) ? UsedPath.None : vf >= own ? UsedPath.Vf : UsedPath.Synthetic;

    // The two counters are not read at the same moment, and those of the driver go backwards when its channel is opened anew.
    private static ulong Rest(ulong value, ulong less) => value > less ? value - less : 0;
}

/// <summary>The use of a pair's paths.</summary>
/// <param name="Sent">The path of what is sent now.</param>
/// <param name="Received">The path of what is received now.</param>
/// <param name="Last">The path that was used last; none if that is not known.</param>
internal readonly record struct PathUse(UsedPath Sent, UsedPath Received, UsedPath Last)
{
    /// <summary>Whether nothing is sent or received now.</summary>
    public bool IsIdle => (Sent, Received) is (UsedPath.None, UsedPath.None);

    /// <summary>The path by which traffic leaves, or else arrives, or did last.</summary>
    public UsedPath Active => Sent != UsedPath.None ? Sent : Received != UsedPath.None ? Received : Last;
}

/// <summary>What passed through a pair within a short time.</summary>
internal sealed class PathSample(PathTraffic passed, TimeSpan time, PathUse? use)
{
    /// <summary>The packets.</summary>
    public PathTraffic Passed => passed;

    /// <summary>That time.</summary>
    public TimeSpan Time => time;

    /// <summary>The use of the paths, where only the counters of the driver that joined the pair tell it; null elsewhere.</summary>
    public PathUse? Use => use;
}
