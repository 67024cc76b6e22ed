using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Pairs;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary><c>scan</c>: finishes or undoes what interrupted runs left, then does for each pair what its event would
/// have done.</summary>
internal static class ScanCommand
{
    /// <summary>Runs the command: one pair's trouble does not keep the others from being looked at.</summary>
    public static ExitCode Run(ScanRequest request, World world)
    {
        if (!request.DryRun && world.MissingPrivilege() is { } missing)
            return Dispatcher.Unprivileged(world, missing);
        // Undoing needs no configuration, so a mistake in it must not stop that.
        HashSet<string> troubled = [];
        ExitCode worst = request.DryRun ? ExitCode.Done : Recover(world, request.Repair, troubled);
        if (request is { Unfinished: true, DryRun: true })
            return Show(world);
        if (request.Unfinished)
            return worst;

        Settings settings = world.LoadSettings(request.Config);
        var sight = new Sight(world, settings);
        Snapshot snapshot = sight.Links();
        int shown = 0;
        bool delayOver = request.Foreground || request.DryRun || request.Repair;
        foreach (Pair pair in Pairing.Find(snapshot, settings.SyntheticDrivers))
        {
            // What is wrong with its journal has been said.
            if (!troubled.Contains(pair.Mac.ToString()))
                worst = ExitCodes.Worse(worst, Apart(world, () =>
                    One(pair, pair.Vf ?? pair.Synthetic, Policy.Decide(pair, delayOver, snapshot, settings))));
        }
        return worst;

        ExitCode One(Pair pair, Link link, Decision decision)
        {
            Plan? unfinished = sight.Unfinished(pair);
            if (request.DryRun)
            {
                if (++shown > 1)
                    world.Out.Write("\n");
                return DryRun.Show(sight.Decide(link.Index, delayOver: true), unfinished, pair.Synthetic.Name, world);
            }
            var run = new PairRun(world, sight);
            if (unfinished is not null)
            {
                world.Log.Info($"another process is at work on {pair.Synthetic.Name}");
                return ExitCode.Done;
            }
            if (request.Repair)
            {
                ExitCode watched = OwnerWatch.Look(pair.Mac, world, sight);
                // A person detached it, or it failed: to try again each minute would cut the network each minute.
                if (decision is NotOurs or LeaveAlone || world.Journals.HoldOff.IsVf(pair.Mac, link.Index))
                    return watched;
                decision = sight.Decide(link.Index, delayOver: true).Decision;
                return decision is not Do ? watched : ExitCodes.Worse(watched,
                    AttachCommand.Schedule(request, pair, link, decision, sight.DelayOf(pair, snapshot), world));
            }
            if (decision is NotOurs or LeaveAlone)
                return run.Say(decision, pair.Synthetic.Name, pair);
            if (decision is Refuse)
                decision = sight.Decide(link.Index, delayOver: false).Decision;
            return request.Foreground || decision is Do { AtOnce: true }
                ? run.Run(link.Index, link.Name, PairLock.Patience)
                : AttachCommand.Schedule(request, pair, link, decision, sight.DelayOf(pair, snapshot), world);
        }
    }

    // A mistake of ours that one pair brings to light must not keep the others from being looked at.
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
                // A person who repairs the network by hand must not be disturbed each minute.
                troubled.Add(mac);
                continue;
            }
            ExitCode code = Apart(world, () =>
            {
                using PairLock? held = PairLock.TryTake(world.Journals.Directory, new HardwareAddress(mac));
                if (held is not null)
                    return new PairRun(world, new Sight(world, new Settings())).Recover(held) ?? ExitCode.Done;
                world.Log.Debug($"another process is at work on {mac}");
                return ExitCode.Done;
            });
            if (code != ExitCode.Done)
                troubled.Add(mac);
            worst = ExitCodes.Worse(worst, code);
        }
        return worst;
    }
}
