using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;
using HypervVfattach.Pairs;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary><c>detach IFACE</c>: takes a join away again: the synthetic has its configuration as before.</summary>
internal static class DetachCommand
{
    /// <summary>Runs the command.</summary>
    public static ExitCode Run(DetachRequest request, World world)
    {
        if (!request.DryRun && world.MissingPrivilege() is { } missing)
            return Dispatcher.Unprivileged(world, missing);
        var sight = new Sight(world, world.LoadSettings(request.Config));
        Snapshot snapshot = sight.Links();
        Link? link = snapshot.Find(request.Interface);
        if (Journal(request.Interface, link, world) is not { } file)
        {
            world.Log.Error(link is null
                ? $"{request.Interface}: there is no such interface"
                : $"{request.Interface} is not joined by hyperv-vfattach");
            return ExitCode.Refused;
        }
        HardwareAddress mac = file.State.Join!.Plan.Mac;
        if (request.DryRun)
            return Show(file, sight, world);

        using PairLock held = PairLock.Take(world.Journals.Directory, mac, PairLock.Patience);
        var run = new PairRun(world, sight);
        if (run.Recover(held) is { } recovered and not ExitCode.Done)
            return recovered;
        ExitCode code = ExitCode.Done;
        // Without a join, an interrupted one or a detach: that it is undone or finished now was said.
        if (world.Journals.Read(mac)?.State.Finished is { } join)
        {
            (Plan? plan, Snapshot whole) = Plan(join, sight);
            if (Policy.DetachObstacle(whole, join, plan) is { } obstacle)
                return run.Say(obstacle, join.AggregateName, sight.PairOf(whole, join.Synthetic));
            code = plan is null
                ? world.Log.Say(new Recovery(world.Backend, world.Journals).Restore(held))
                : run.Make(plan, Reason(plan), whole, held);
        }
        if (code == ExitCode.Done && sight.PairOf(sight.Links(), mac) is { Vf: { } vf })
            world.Journals.HoldOff.Vf(mac, vf.Index, "it was detached", world.Clock.GetUtcNow());
        return code;
    }

    private static ExitCode Show(JournalFile file, Sight sight, World world)
    {
        Plan unfinished = file.State.Last!.Plan;
        if (file.State.IsOpen)
            world.Out.Write($"first, the interrupted {GoalWords.Of(unfinished.Goal)} of {unfinished.SyntheticName} would be "
                + "finished or undone\n");
        if (file.State.Finished is { } join)
        {
            (Plan? plan, Snapshot snapshot) = Plan(join, sight);
            world.Out.Write(Policy.DetachObstacle(snapshot, join, plan) is { } obstacle
                ? $"nothing would be done: {obstacle.Reason}; {obstacle.Advice}\n"
                : plan is null
                    ? $"the join was taken apart: {join.SyntheticName} would get back what it had before\n"
                    : PlanText.Of(plan, Reason(plan), snapshot));
        }
        return ExitCode.Done;
    }

    private static string Reason(Plan plan) => JoinModules.Of(plan.Kind).Detaching(plan);

    // None when another program took the join apart: then only the journal knows what the synthetic had.
    private static (Plan? Plan, Snapshot Snapshot) Plan(Join join, Sight sight)
    {
        Snapshot snapshot = sight.Links();
        List<int> links = [join.Synthetic, join.Aggregate == 0 ? join.Vf : join.Aggregate];
        foreach (Link link in snapshot.Links)
        {
            if (link.Master == join.Aggregate && join.Aggregate != 0)
                links.Add(link.Index);
        }
        snapshot = sight.Whole([.. links]);
        return (Policy.Detach(snapshot, join), snapshot);
    }

    /// <summary>The journal that an interface belongs to: as synthetic, VF or aggregate, by its name then or now.</summary>
    private static JournalFile? Journal(string name, Link? link, World world)
    {
        // Of a damaged one only the file's name says whose it is; reading it throws.
        if (link is { Kind: null, PairAddress.IsEmpty: false }
            && world.Journals.Read(link.PairAddress) is { } own && world.Journals.IsOurs(own))
            return own;
        return world.Journals.ReadAll().FirstOrDefault(file =>
        {
            Plan plan = file.State.Join!.Plan;
            return link is null
                ? plan.SyntheticName == name || plan.AggregateName == name
                : link.Index == plan.Synthetic || link.Index == file.State.Aggregate;
        });
    }
}
