using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Pairs;
using HypervVfattach.Posix;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary><c>scan</c>: finishes or undoes what interrupted runs left, then does for each pair what its event does.</summary>
internal static class ScanCommand
{
    /// <summary>Runs the command. A failure at one pair does not stop the work on the others.</summary>
    public static ExitCode Run(ScanRequest request, World world)
    {
        if (!request.DryRun && world.System.MissingPrivilege() is { } missing)
            return Dispatcher.Unprivileged(world, missing);
        // To undo needs no configuration, so a mistake in it must not stop that.
        HashSet<string> troubled = [];
        ExitCode worst = request.DryRun ? ExitCode.Done : Recover(world, request.Repair, troubled);
        if (request is { Unfinished: true, DryRun: true })
            return Show(world);
        if (request.Unfinished)
            return worst;

        return ExitCodes.Worse(worst, Dispatcher.Guarded(world, () => Pairs(request, world, troubled)));
    }

    private static ExitCode Pairs(ScanRequest request, World world, HashSet<string> troubled)
    {
        ExitCode worst = ExitCode.Done;
        var host = new HostReader(world, world.LoadSettings());
        Observation observed = host.Links();
        if (!request.DryRun)
            PathMeter.Keep(observed.Pairs, world);
        int shown = 0;
        bool delayOver = request.Foreground || request.DryRun || request.Repair;
        foreach (Pair pair in observed.Pairs)
        {
            // The fault of its journal has been logged.
            if (!troubled.Contains(pair.Mac.ToString()))
                worst = ExitCodes.Worse(worst, Apart(world, () => One(pair, pair.Vf ?? pair.Synthetic)));
        }
        return worst;

        ExitCode One(Pair pair, Link link)
        {
            Plan? unfinished = world.Unfinished(pair);
            if (request.DryRun)
            {
                if (++shown > 1)
                    world.Out.Write("\n");
                return DryRun.Show(host.ToDecide(observed, pair, link.Index), link, unfinished, pair.Synthetic.Name, world);
            }
            var session = new PairSession(world, host);
            if (unfinished is not null)
            {
                world.Log.Info($"another process is at work on {pair.Synthetic.Name}");
                return ExitCode.Done;
            }
            try
            {
                return Look(pair, link, session);
            }
            finally
            {
                if (request.Repair)
                    world.Recorder.SeenByTimer(pair, observed);
                else
                    world.Recorder.Seen(pair, observed);
            }
        }

        ExitCode Look(Pair pair, Link link, PairSession session)
        {
            Decision decision = observed.Decide(link.Index, delayOver);
            // Each minute it would say the same.
            if (request.Repair && observed.Settings.ObserveOnly)
                return ExitCode.Done;
            if (decision is LeaveAlone)
                VfAddressList.Keep(pair, observed.Host, world);
            if (PathCommand.Handle(request, pair, decision, observed, world) is { } handled)
                return handled;
            if (request.Repair)
            {
                ExitCode watched = OwnerWatch.Look(pair.Mac, world, host);
                // A person detached the pair, or its join failed: a try each minute would cut the network each minute.
                if (decision is NotOurs or LeaveAlone || world.Journals.HoldOff.WhyVf(pair.Mac, link.Index) is { } why
                    && !(LeftAlone.IsByTry(why) && new PathProof(world, host).IsCut(pair, LeftAlone.IsUnended(why))))
                    return watched;
                decision = host.Complete(observed, pair).Decide(link.Index, delayOver: true);
                session.Remember(decision, pair);
                return decision is not Do ? watched : ExitCodes.Worse(watched,
                    AttachCommand.Schedule(request, pair, link, decision, observed.DelayOf(pair), world));
            }
            if (decision is NotOurs or LeaveAlone)
                return session.Explain(decision, pair.Synthetic.Name, pair);
            if (decision is Refuse)
                decision = host.Complete(observed, pair).Decide(link.Index, delayOver: false);
            return request.Foreground || decision is Do { AtOnce: true }
                ? session.Run(pair.Mac, link.Index, link.Name, PairLock.Patience)
                : AttachCommand.Schedule(request, pair, link, decision, observed.DelayOf(pair), world);
        }
    }

    // A defect of ours that shows at one pair must not stop the work on the others.
    private static ExitCode Apart(World world, Func<ExitCode> run)
    {
        try
        {
            return Dispatcher.Guarded(world, run);
        }
        catch (Exception e) when (e is not OutputRefusal)
        {
            world.Log.Error(InternalError.Words(e));
            return ExitCode.Partly;
        }
    }

    private static ExitCode Show(World world)
    {
        foreach (JournalFile file in world.Journals.ReadAll())
        {
            if (file.State.Open is { Plan: var plan })
                world.Out.Write($"the interrupted {GoalWords.Of(plan.Goal)} of {plan.SyntheticName} would be finished or "
                    + "undone\n");
        }
        return ExitCode.Done;
    }

    private static ExitCode Recover(World world, bool isRepair, HashSet<string> troubled)
    {
        ExitCode worst = ExitCode.Done;
        foreach (string mac in world.Journals.Pairs())
        {
            if (isRepair && world.Journals.HoldOff.IsUndo(new HardwareAddress(mac)))
            {
                // A person may be repairing the network by hand: do not interfere each minute.
                troubled.Add(mac);
                continue;
            }
            ExitCode code = Apart(world, () =>
            {
                using PairLock? held = PairLock.TryTake(world.Journals.Directory, new HardwareAddress(mac));
                if (held is null)
                {
                    world.Log.Debug($"another process is at work on {mac}");
                    return ExitCode.Done;
                }
                try
                {
                    return new PairSession(world, new HostReader(world, new Settings())).Recover(held) ?? ExitCode.Done;
                }
                catch (ObserveOnly)
                {
                    troubled.Add(mac);
                    if (isRepair)
                        return ExitCode.Done;
                    throw;
                }
            });
            if (code != ExitCode.Done)
                troubled.Add(mac);
            worst = ExitCodes.Worse(worst, code);
        }
        return worst;
    }
}
