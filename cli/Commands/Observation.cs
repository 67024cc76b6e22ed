using System.Collections.Immutable;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Pairs;

namespace HypervVfattach.Commands;

/// <summary>The host at one moment, its pairs, and what the policy decides about them.</summary>
internal sealed record Observation(Snapshot Host, ImmutableArray<Pair> Pairs, Settings Settings, Policy Policy)
{
    /// <summary>The pair that has this interface, or null.</summary>
    public Pair? PairOf(int link) => Pairs.FirstOrDefault(pair => pair.Has(link));

    /// <summary>The pair with this address, or null.</summary>
    public Pair? PairOf(HardwareAddress mac) => Pairs.FirstOrDefault(pair => pair.Mac == mac);

    /// <summary>Decides about the event of an interface. A plan moves only what <see cref="HostReader.Complete"/> has read.</summary>
    public Decision Decide(int link, bool delayOver) => PairOf(link) is { } pair
        ? Policy.Decide(pair, new Event(link, delayOver), Host, Settings)
        : Policy.Decide(new Event(link, delayOver), Host, Settings);

    /// <summary>The delay of a pair where the command line has none.</summary>
    /// <remarks>The kernel needs time if it joins the pair itself.</remarks>
    public TimeSpan DelayOf(Pair pair) =>
        Settings.For(pair, PairObstacles.JoinOf(pair, Host), Host).Delay is var delay && delay < Settings.UsualDelay && Policy.KernelJoins(pair, Host)
            ? Settings.UsualDelay : delay;
}
