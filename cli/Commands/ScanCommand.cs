using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;

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
        ExitCode worst = request.DryRun ? ExitCode.Done : Recover(world);
        if (request.Unfinished)
            return worst;

        Settings settings = world.LoadSettings(request.Config);
        var sight = new Sight(world, settings);
        Snapshot snapshot = sight.Links();
        foreach ((Pair pair, Decision decision) in
            Policy.DecideAll(snapshot, settings, delayOver: request.Foreground || request.DryRun))
        {
            Link link = pair.Vf ?? pair.Synthetic;
            worst = Worse(worst, Dispatcher.Guarded(world, () => One(pair, link, decision)));
        }
        return worst;

        ExitCode One(Pair pair, Link link, Decision decision)
        {
            if (request.DryRun)
                return DryRun.Show(sight.Decide(link.Index, delayOver: true), pair.Synthetic.Name, world);
            var run = new PairRun(world, sight);
            if (decision is NotOurs or LeaveAlone)
                return run.Say(decision, pair.Synthetic.Name);
            return request.Foreground
                ? run.Run(link.Index, link.Name)
                : AttachCommand.Schedule(request, pair, link, decision, sight.DelayOf(pair, snapshot), world);
        }
    }

    private static ExitCode Recover(World world)
    {
        ExitCode worst = ExitCode.Done;
        foreach (string mac in world.Journals.Pairs())
        {
            worst = Worse(worst, Dispatcher.Guarded(world, () =>
            {
                using PairLock? held = PairLock.TryTake(world.Journals.Directory, new HardwareAddress(mac));
                if (held is null)
                {
                    world.Log.Debug($"another process is at work on {mac}");
                    return ExitCode.Done;
                }
                return new PairRun(world, new Sight(world, new Settings())).Recover(held) ?? ExitCode.Done;
            }));
        }
        return worst;
    }

    private static ExitCode Worse(ExitCode one, ExitCode other) => one > other ? one : other;
}
