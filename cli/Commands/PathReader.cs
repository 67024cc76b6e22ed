using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Commands;

/// <summary>Finds the path that pairs use which the kernel has joined. The kernel shows it nowhere: hv_netvsc uses the VF only after the
/// host has switched the data path. Its counters tell.</summary>
internal static class PathReader
{
    /// <summary>The time between two samples. A person notices no delay, and traffic at ten packets a second is seen.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    /// <summary>The use of these pairs' paths, by the index of the synthetic NIC; pairs whose driver does not count are missing.</summary>
    public static Dictionary<int, PathUse> Of(IEnumerable<Pair> pairs, World world)
    {
        Dictionary<Pair, PathTraffic> before = [];
        foreach (Pair pair in pairs)
        {
            if (PathTraffic.Of(pair.Synthetic) is { } traffic && IsJoined(pair))
                before[pair] = traffic;
        }
        if (before.Count == 0)
            return [];
        world.Pause(s_interval);
        Snapshot later = world.Network.ObserveLinks();
        Dictionary<int, PathUse> uses = [];
        foreach ((Pair pair, PathTraffic then) in before)
        {
            if (later.Find(pair.Synthetic.Index) is not { } link || PathTraffic.Of(link) is not { } now)
                continue;
            uses[link.Index] = new PathUse(now.SentSince(then), now.ReceivedSince(then), world.Journals.Paths.Last(pair.Mac, now));
            world.Journals.Paths.Keep(pair.Mac, now);
        }
        return uses;
    }

    /// <summary>Keeps a sample of each pair, for a later status.</summary>
    public static void Keep(IEnumerable<Pair> pairs, World world)
    {
        foreach (Pair pair in pairs)
        {
            if (PathTraffic.Of(pair.Synthetic) is { } traffic && IsJoined(pair))
                world.Journals.Paths.Keep(pair.Mac, traffic);
        }
    }

    private static bool IsJoined(Pair pair) => pair.Vf is { } vf && Pair.IsKernelPort(vf, pair.Synthetic);
}
