using System.Globalization;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Pairs;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary><c>hyperv-vfattach IFACE [DELAY]</c>: udev's hook, the background run that it starts, and by hand.</summary>
/// <remarks>
/// The hook returns at once: it looks only whether there may be something to do, and has the rest done after the delay,
/// because what stands in the way now may be gone by then. A person gets a refusal at once.
/// </remarks>
internal static class AttachCommand
{
    /// <summary>Runs the command.</summary>
    public static ExitCode Run(AttachRequest request, World world)
    {
        int? index = EventIdentity.Index(request, world.Variable);
        if (!request.DryRun && world.MissingPrivilege() is { } missing)
            return Dispatcher.Unprivileged(world, missing);

        Settings settings = world.LoadSettings(request.Config);
        var sight = new Sight(world, settings);
        Snapshot snapshot = sight.Links();
        if ((index is { } known ? snapshot.Find(known) : snapshot.Find(request.Interface)) is not { } link)
        {
            world.Log.Info($"nothing to do for {request.Interface}: it is gone");
            return ExitCode.Done;
        }
        Pair? pair = sight.PairOf(snapshot, link.Index);
        Plan? unfinished = pair is null ? null : sight.Unfinished(pair);
        if (request.DryRun)
            return DryRun.Show(sight.Decide(link.Index, delayOver: true), unfinished, link.Name, world);
        if (unfinished is not null && request.Foreground)
        {
            // At once: the delay is for what has yet to come.
            using PairLock held = PairLock.Take(world.Journals.Directory, pair!.Mac, PairLock.Patience);
            if (new PairRun(world, sight).Recover(held) is { } recovered and not ExitCode.Done)
                return recovered;
            snapshot = sight.Links();
        }

        if (request.IsEvent)
            AnnounceVf(link, snapshot, settings, sight, world);
        Decision decision = Policy.Decide(new Event(link.Index, DelayOver: false), snapshot, settings);
        if (decision is Do { AtOnce: true })
        {
            // The network managers learn of the newcomer when this process has ended (udev tells them behind RUN).
            TimeSpan patience = request.Foreground || !request.IsEvent ? PairLock.Patience : PairLock.EventPatience;
            if (new PairRun(world, sight).Run(link.Index, link.Name, patience) is var armed and not ExitCode.Done)
                return armed;
            snapshot = sight.Links();
            decision = Policy.Decide(new Event(link.Index, DelayOver: false), snapshot, settings);
        }
        // Who owns the address decides whether that it is leased stands in the way.
        if (decision is Refuse)
            decision = sight.Decide(link.Index, delayOver: false).Decision;
        switch (decision)
        {
            // What is half done looks like somebody else's.
            case NotOurs or LeaveAlone or Refuse when unfinished is not null && !request.Foreground:
                decision = new AwaitKernel($"an earlier run was interrupted, or is at work: {GoalWords.Of(unfinished.Goal)} of "
                    + unfinished.SyntheticName);
                break;
            case NotOurs:
                return Quietly(world, request, decision.Reason);
            case LeaveAlone:
            case Refuse when !request.IsEvent && !request.Foreground:
                return new PairRun(world, sight).Say(decision, link.Name, pair);
        }
        TimeSpan delay = request.Delay ?? sight.DelayOf(pair!, snapshot);
        if (!request.Foreground)
            return Schedule(request, pair!, link, decision, delay, world);
        return WaitOut(link, delay, settings, sight, world)
            ? new PairRun(world, sight).Run(link.Index, link.Name, PairLock.Patience) : ExitCode.Done;
    }

    /// <summary>Has the pair looked at again after the delay.</summary>
    public static ExitCode Schedule(
        Request request, Pair pair, Link link, Decision decision, TimeSpan delay, World world)
    {
        // Under the VF's index: the synthetic's event is about the same pair.
        Link about = pair.Vf ?? link;
        List<string> options = [];
        if (request.Config is { } config)
            options.AddRange(["--config", Path.GetFullPath(config)]);
        if (request.Verbose)
            options.Add("--verbose");
        Scheduled scheduled = world.Scheduler.Schedule(new BackgroundRun(
            about.Index, about.Name, delay, AtOnce: decision is AwaitKernel, [.. options]));
        string seconds = delay.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        world.Log.Info(scheduled.Already
                ? $"{about.Name} is already being looked after ({scheduled.By})"
                : decision is Refuse
                    ? $"{about.Name} is looked at in {seconds} s ({scheduled.By}), and joined if this is over by then: {decision.Reason}"
                : $"{decision.Reason}: {(decision is AwaitKernel ? "watched for" : "in")} {seconds} s ({scheduled.By})",
            Field.Mac(pair.Mac.ToString()), Field.Synthetic(pair.Synthetic.Name), Field.Vf(pair.Vf?.Name));
        return ExitCode.Done;
    }

    /// <summary>Waits until the delay is over, by events.</summary>
    /// <returns>False when there is nothing to do any more.</returns>
    private static bool WaitOut(Link link, TimeSpan delay, Settings settings, Sight sight, World world)
    {
        long start = world.Clock.GetTimestamp();
        bool awaited = false;
        while (true)
        {
            Snapshot snapshot = sight.Links();
            if (snapshot.Find(link.Index) is null)
            {
                world.Log.Info($"nothing to do for {link.Name}: it left while the delay ran");
                return false;
            }
            Decision decision = Policy.Decide(new Event(link.Index, DelayOver: false), snapshot, settings);
            if (awaited && decision is LeaveAlone)
            {
                world.Log.Notice(decision.Reason);
                return false;
            }
            awaited = decision is AwaitKernel;
            TimeSpan left = delay - world.Clock.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                return true;
            world.Backend.WaitForLinkChange(left);
        }
    }

    // A VF that came before its synthetic was nobody's VF then, so udev has no properties for it.
    private static void AnnounceVf(Link link, Snapshot snapshot, Settings settings, Sight sight, World world)
    {
        if (sight.PairOf(snapshot, link.Index) is { Vf: { } vf } pair && pair.Synthetic.Index == link.Index
            && Policy.UdevProperties(new Event(vf.Index, DelayOver: false), snapshot, settings).Length > 0)
            world.Announce(vf.Name);
    }

    private static ExitCode Quietly(World world, Request request, string reason)
    {
        // udev asks about many interfaces; a person asked about this one.
        if (request.IsEvent)
            world.Log.Debug($"nothing to do: {reason}");
        else
            world.Log.Info($"nothing to do: {reason}");
        return ExitCode.Done;
    }
}
