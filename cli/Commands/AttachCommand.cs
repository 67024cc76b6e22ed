using System.Globalization;
using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Pairs;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary><c>hyperv-vfattach IFACE [DELAY]</c>: the hook of udev and devd, the background run that it starts, and by hand.</summary>
/// <remarks>The hook returns at once: it only finds out whether there may be something to do, and schedules the rest for after the delay,
/// because an obstacle of now may be gone by then. A person gets a refusal at once.</remarks>
internal static class AttachCommand
{
    // The timer looks again after a minute.
    private static readonly TimeSpan s_ownerPatience = TimeSpan.FromSeconds(10), s_ownerPace = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs the command.</summary>
    public static ExitCode Run(AttachRequest request, World world)
    {
        int? index = EventIdentity.Index(request, world.Variable);
        if (!request.DryRun && world.System.MissingPrivilege() is { } missing)
            return Dispatcher.Unprivileged(world, missing);

        var host = new HostReader(world, world.LoadSettings());
        Observation observed = (request.IsEvent ? host.Unlocked(index) : null) ?? host.Links();
        if ((index is { } known ? observed.Host.Find(known) : observed.Host.Find(request.Interface)) is not { } link)
        {
            world.Log.Info($"nothing to do for {request.Interface}: it is gone");
            return ExitCode.Done;
        }
        if (observed.PairOf(link.Index) is not { } pair)
        {
            Decision unpaired = observed.Decide(link.Index, delayOver: true);
            return unpaired is LeaveAlone && !request.DryRun
                ? new PairSession(world, host).Explain(unpaired, link.Name, null) : ExplainQuietly(unpaired, link, request, world);
        }
        Plan? unfinished = world.Unfinished(pair);
        if (request.DryRun)
            return DryRun.Show(host.ToDecide(observed, pair, link.Index), link, unfinished, link.Name, world);
        try
        {
            return OfPair(request, link, pair, unfinished, observed, host, world);
        }
        finally
        {
            // A run that waited has recorded what it saw since, and this observation is old.
            if (!request.Foreground)
                world.Recorder.Seen(pair, observed);
        }
    }

    private static ExitCode OfPair(
        AttachRequest request, Link link, Pair pair, Plan? unfinished, Observation observed, HostReader host, World world)
    {
        var session = new PairSession(world, host);
        if (unfinished is not null && request.Foreground)
        {
            // At once: the delay is for what has yet to come.
            using PairLock held = PairLock.Take(world.Journals.Directory, pair.Mac, PairLock.Patience);
            if (session.Recover(held) is { } recovered and not ExitCode.Done)
                return recovered;
            observed = host.Links();
        }

        if (request.IsEvent)
            AnnounceVf(link, observed, world);
        Decision decision = observed.Decide(link.Index, delayOver: false);
        if (decision is Do { AtOnce: true })
        {
            // udev tells the network managers about the new interface when this process ends, so an event does not wait long.
            TimeSpan patience = request.Foreground || !request.IsEvent ? PairLock.Patience : PairLock.EventPatience;
            if (session.Run(pair.Mac, link.Index, link.Name, patience) is var prepared and not ExitCode.Done)
                return prepared;
            observed = host.Links();
            decision = observed.Decide(link.Index, delayOver: false);
        }
        // The owner of the address decides whether a lease is an obstacle.
        if (decision is Refuse && observed.PairOf(link.Index) is { } refused)
            decision = host.Complete(observed, refused).Decide(link.Index, delayOver: false);
        if (PathCommand.Handle(request, pair, decision, observed, world) is { } handled)
            return handled;
        switch (decision)
        {
            // A half-finished join of ours looks like a foreign bond.
            case NotOurs or LeaveAlone or Refuse when unfinished is not null && !request.Foreground:
                decision = new AwaitKernel($"an earlier run was interrupted, or is at work: {GoalWords.Of(unfinished.Goal)} of "
                    + unfinished.SyntheticName);
                if (!request.IsEvent)
                    world.Network.Permit(decision.Reason);
                break;
            case NotOurs:
                return ExplainQuietly(decision, link, request, world);
            case LeaveAlone:
            case Refuse when !request.IsEvent && !request.Foreground:
                return session.Explain(decision, link.Name, pair);
        }
        TimeSpan delay = request.Delay ?? observed.DelayOf(pair);
        if (!request.Foreground)
            return Schedule(request, pair, link, decision, delay, world);
        if (!WaitOut(link, delay, observed, host, world))
            return ExitCode.Done;
        AwaitOwner(link, host, world);
        return session.Run(pair.Mac, link.Index, link.Name, PairLock.Patience);
    }

    /// <summary>Schedules a run for the pair after the delay.</summary>
    public static ExitCode Schedule(
        Request request, Pair pair, Link link, Decision decision, TimeSpan delay, World world)
    {
        if (decision is Do && !request.IsEvent)
            world.Network.Permit(decision.Reason);
        // By the VF's index, so that the events of both NICs give one run.
        Link about = pair.Vf ?? link;
        List<string> options = [];
        if (request.Config is { } config)
            options.AddRange(["--config", Path.GetFullPath(config)]);
        if (request.Verbose)
            options.Add("--verbose");
        Scheduled scheduled = world.System.Schedule(new BackgroundRun(
            about.Index, about.Name, delay, AtOnce: decision is AwaitKernel, [.. options]));
        string seconds = delay.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        string words = scheduled.Already
            ? $"{about.Name} is already being looked after ({scheduled.By})"
            : decision is Refuse
                ? $"{about.Name} is looked at in {seconds} s ({scheduled.By}), and joined if this is over by then: {decision.Reason}"
                : $"{decision.Reason}: {(decision is AwaitKernel ? "watched for" : "in")} {seconds} s ({scheduled.By})";
        Field[] fields = Field.Of(pair);
        // The run says what it would have done.
        if (world.Network.IsObserveOnly && decision is not AwaitKernel)
            world.Log.Debug(words, fields);
        else
            world.Log.Info(words, fields);
        return ExitCode.Done;
    }

    /// <summary>Waits until the delay is over, by events.</summary>
    /// <returns>False if there is nothing to do any more.</returns>
    private static bool WaitOut(Link link, TimeSpan delay, Observation observed, HostReader host, World world)
    {
        long start = world.Clock.GetTimestamp();
        bool awaited = false;
        while (true)
        {
            if (observed.Host.Find(link.Index) is null)
            {
                world.Log.Info($"nothing to do for {link.Name}: it left while the delay ran");
                return false;
            }
            Decision decision = observed.Decide(link.Index, delayOver: false);
            if (awaited && decision is LeaveAlone)
            {
                world.Log.Notice(decision.Reason);
                if (observed.PairOf(link.Index) is { } joined)
                    world.Recorder.Seen(joined, observed);
                return false;
            }
            awaited = decision is AwaitKernel;
            TimeSpan left = delay - world.Clock.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                return true;
            world.Network.WaitForLinkChange(left);
            observed = host.Links();
        }
    }

    // A short delay can be over before udev has finished with the VF, for which its network manager waits.
    private static void AwaitOwner(Link link, HostReader host, World world)
    {
        long start = world.Clock.GetTimestamp();
        while (host.Links().PairOf(link.Index) is { Vf: { } vf }
            && world.System.Owners([vf], [vf.Index]).Any(owner => owner.Link == vf.Index && owner.IsUndecided)
            && world.Clock.GetElapsedTime(start) < s_ownerPatience)
            world.Network.WaitForLinkChange(s_ownerPace);
    }

    // A VF that arrived before its synthetic NIC was not recognised as a VF then, so udev has no properties for it.
    private static void AnnounceVf(Link link, Observation observed, World world)
    {
        if (observed.PairOf(link.Index) is { Vf: { } vf } pair && pair.Synthetic.Index == link.Index
            && world.Policy.UdevProperties(new Event(vf.Index, DelayOver: false), observed.Host, observed.Settings).Length > 0)
            world.System.Announce(vf.Name);
    }

    // udev asks about many interfaces; a person asked about this one.
    private static ExitCode ExplainQuietly(Decision decision, Link link, AttachRequest request, World world)
    {
        if (request.DryRun)
            world.Out.Write($"nothing to do for {link.Name}: {decision.Reason}\n");
        else if (request.IsEvent)
            world.Log.Debug($"nothing to do: {decision.Reason}");
        else
            world.Log.Info($"nothing to do: {decision.Reason}");
        return ExitCode.Done;
    }
}
