using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning;
using HypervVfattach.Joins;
using HypervVfattach.Pairs;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary><c>detach IFACE</c>: removes a join; the synthetic NIC gets its configuration back.</summary>
internal static class DetachCommand
{
    /// <summary>Runs the command.</summary>
    public static ExitCode Run(DetachRequest request, World world)
    {
        if (!request.DryRun && world.System.MissingPrivilege() is { } missing)
            return Dispatcher.Unprivileged(world, missing);
        var host = new HostReader(world, world.LoadSettings());
        Link? link = host.Links().Host.Find(request.Interface);
        if (Journal(request.Interface, link, world) is not { } file)
        {
            world.Log.Error(link is null
                ? $"{request.Interface}: there is no such interface"
                : $"{request.Interface} is not joined by hyperv-vfattach");
            return ExitCode.Refused;
        }
        HardwareAddress mac = file.State.Join!.Plan.Mac;
        if (request.DryRun)
            return Show(file, host, world);

        world.Network.Permit($"{file.State.Join.Plan.SyntheticName} is detached");
        using PairLock held = PairLock.Take(world.Journals.Directory, mac, PairLock.Patience);
        var session = new PairSession(world, host);
        if (session.Recover(held) is { } recovered and not ExitCode.Done)
            return recovered;
        ExitCode code = ExitCode.Done;
        // If there is no join now, an interrupted join was undone or an interrupted detach finished, and that has been logged.
        if (world.Journals.Read(mac)?.State.Finished is { } join)
        {
            (Plan? plan, Observation observed) = Plan(join, host);
            if (Obstacle(plan, join, observed) is { } obstacle)
                return session.Explain(obstacle, join.AggregateName, observed.PairOf(join.Synthetic));
            if (plan is not null && new PathProof(world, host).Ask(plan, observed))
                (plan, observed) = Plan(join, host);
            code = plan is null ? session.Restore(held) : session.Make(plan, Reason(plan, world), observed, held);
        }
        if (code == ExitCode.Done && host.Links().PairOf(mac) is { Vf: { } vf })
            world.Journals.HoldOff.Vf(mac, vf.Index, LeftAlone.Detached, world.Clock.GetUtcNow());
        return code;
    }

    private static ExitCode Show(JournalFile file, HostReader host, World world)
    {
        Plan unfinished = file.State.Last!.Plan;
        if (file.State.IsOpen)
            world.Out.Write($"first, the interrupted {GoalWords.Of(unfinished.Goal)} of {unfinished.SyntheticName} would be "
                + "finished or undone\n");
        if (file.State.Finished is { } join)
        {
            (Plan? plan, Observation observed) = Plan(join, host);
            if (Obstacle(plan, join, observed) is { } obstacle)
            {
                world.Out.Write($"nothing would be done: {obstacle.Reason}; {obstacle.Advice}\n");
                return ExitCode.Refused;
            }
            world.Out.Write(plan is null
                    ? $"the join was taken apart: {join.SyntheticName} would get back what it had before\n"
                    : PlanText.Of(plan, Reason(plan, world), observed.Host));
        }
        return ExitCode.Done;
    }

    private static string Reason(Plan plan, World world) => world.Policy.Joins.Of(plan.Kind).Detaching(plan);

    private static Refuse? Obstacle(Plan? plan, Join join, Observation observed) =>
        observed.Policy.Joins.Of(join.Kind).DetachObstacle(observed.Host, join, plan);

    // Null if another program took the join apart: then only the journal knows what the synthetic NIC had.
    private static (Plan? Plan, Observation Observed) Plan(Join join, HostReader host)
    {
        Observation observed = host.Links();
        List<int> links = [join.Synthetic, join.Aggregate == 0 ? join.Vf : join.Aggregate];
        foreach (Link link in observed.Host.Links)
        {
            if (link.Master == join.Aggregate && join.Aggregate != 0)
                links.Add(link.Index);
        }
        observed = host.Complete(observed, [.. links]);
        return (observed.Policy.Joins.Detach(observed.Host, join), observed);
    }

    /// <summary>The journal of the join that an interface belongs to as synthetic NIC, VF or aggregate, by its name then or now.</summary>
    private static JournalFile? Journal(string name, Link? link, World world)
    {
        // Only its name shows which pair a damaged journal belongs to; reading it throws.
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
