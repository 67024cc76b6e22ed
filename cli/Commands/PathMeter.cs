using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Commands;

/// <summary>Measures what passes through the paths of pairs. Which path a pair uses that the kernel has joined is shown nowhere: hv_netvsc
/// uses the VF only after the host has switched the data path. Its counters tell.</summary>
internal sealed class PathMeter(World world)
{
    /// <summary>The time between two samples. A person notices no delay, and traffic at ten packets a second is seen.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    private readonly List<Reading> _last = [];

    /// <summary>What passed through the pairs that have a VF, by the index of the synthetic NIC: since the last call, or, where a pair is new,
    /// within a quarter of a second.</summary>
    public Dictionary<int, PathSample> Read(IEnumerable<Pair> pairs)
    {
        List<Pair> whole = [.. pairs.Where(pair => pair.Vf is not null)];
        if (!whole.TrueForAll(pair => Last(pair) is not null))
        {
            Remember(whole);
            world.Pause(s_interval);
            whole = Again(whole);
        }
        Dictionary<int, PathSample> samples = [];
        foreach (Pair pair in whole)
        {
            Reading then = Last(pair)!;
            PathTraffic now = PathTraffic.Of(pair);
            samples[pair.Synthetic.Index] = new PathSample(now.Since(then.Traffic), world.Clock.GetElapsedTime(then.Moment), UseOf(pair, then.Traffic, now));
        }
        Remember(whole);
        return samples;
    }

    /// <summary>Keeps a sample of each pair, for a later status.</summary>
    public static void Keep(IEnumerable<Pair> pairs, World world)
    {
        foreach (Pair pair in pairs)
        {
            if (IsCounted(pair))
                world.Journals.Paths.Keep(pair.Mac, PathTraffic.Of(pair));
        }
    }

    /// <summary>The path that a joined pair with a VF uses, or used last; none if that is not known.</summary>
    public static UsedPath LastOf(Pair pair, Observation observed, World world)
    {
        if (IsCounted(pair))
            return world.Journals.Paths.Last(pair.Mac, PathTraffic.Of(pair));
        int? path = PairObstacles.JoinOf(pair, observed.Host) is { } join
            ? world.Policy.Joins.Of(join.Kind).ActivePath(pair, observed.Host) : null;
        return path is null or 0 ? UsedPath.None : path == pair.Vf?.Index ? UsedPath.Vf : UsedPath.Synthetic;
    }

    private PathUse? UseOf(Pair pair, PathTraffic then, PathTraffic now)
    {
        if (!IsCounted(pair))
            return null;
        var use = new PathUse(now.SentSince(then), now.ReceivedSince(then), world.Journals.Paths.Last(pair.Mac, now));
        world.Journals.Paths.Keep(pair.Mac, now);
        return use;
    }

    // Another VF counts from zero.
    private Reading? Last(Pair pair) => _last.Find(reading => reading.Synthetic == pair.Synthetic.Index && reading.Vf == pair.Vf!.Index);

    private void Remember(List<Pair> pairs)
    {
        _last.Clear();
        foreach (Pair pair in pairs)
            _last.Add(new Reading(pair.Synthetic.Index, pair.Vf!.Index, PathTraffic.Of(pair), world.Clock.GetTimestamp()));
    }

    // The pairs with the counters of this moment; without those that lost an interface meanwhile.
    private List<Pair> Again(List<Pair> pairs)
    {
        List<Link> links = [];
        foreach (Pair pair in pairs)
        {
            links.Add(pair.Synthetic);
            links.Add(pair.Vf!);
            if (pair.Standby is { } standby)
                links.Add(standby);
        }
        IReadOnlyList<Link> counted = links.Count == 0 ? [] : world.Network.Recount(links);
        List<Pair> again = [];
        foreach (Pair pair in pairs)
        {
            if (Now(pair.Synthetic) is { } synthetic && Now(pair.Vf) is { } vf)
                again.Add(pair with { Synthetic = synthetic, Vf = vf, Standby = Now(pair.Standby) });
        }
        return again;

        Link? Now(Link? link) => counted.FirstOrDefault(now => now.Index == link?.Index);
    }

    private static bool IsCounted(Pair pair) =>
        pair.Vf is { } vf && Pair.IsKernelPort(vf, pair.Synthetic) && PathTraffic.Of(pair.Synthetic) is not null;

    private sealed class Reading(int synthetic, int vf, PathTraffic traffic, long moment)
    {
        public int Synthetic => synthetic;
        public int Vf => vf;
        public PathTraffic Traffic => traffic;
        public long Moment => moment;
    }
}
