using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary><c>status [IFACE]</c>: the pairs as they are now.</summary>
internal static class StatusCommand
{
    /// <summary>Runs the command.</summary>
    public static ExitCode Run(StatusRequest request, World world)
    {
        Observation observed = new HostReader(world, world.LoadSettings(request)).Pairs();
        Snapshot host = observed.Host with { IdleNics = world.System.IdleNics() };
        IReadOnlyCollection<PairStatus> pairs = StatusReport.Of(observed.Pairs, host, JournalStates(world), world.Policy, observed.Settings,
            PathReader.Of(observed.Pairs, world), pair => pair.Vf is { } vf ? world.Journals.HoldOff.WhyVf(pair.Mac, vf.Index) : null);
        IReadOnlyCollection<LoneVf> lone = StatusReport.LoneVfs(observed.Pairs, host);
        if (request.Interface is { } name)
        {
            if (host.Find(name) is not { } link)
            {
                world.Log.Error($"{name}: there is no such interface");
                return ExitCode.Refused;
            }
            pairs = [.. pairs.Where(pair => pair.Synthetic.Index == link.Index || pair.Vf?.Index == link.Index
                || pair.Aggregate == link.Name)];
            lone = [.. lone.Where(vf => vf.Vf.Index == link.Index)];
            if (pairs.Count + lone.Count == 0 && request.Format == StatusFormat.Text)
            {
                world.Out.Write($"{name} is no part of a pair\n");
                return ExitCode.Done;
            }
        }
        world.Out.Write(request.Format switch
        {
            StatusFormat.Json => StatusJson.Of(pairs, lone),
            StatusFormat.Prometheus => StatusPrometheus.Of(pairs),
            _ => StatusText.Of(pairs, lone),
        });
        return ExitCode.Done;
    }

    private static Dictionary<string, JournalStatus> JournalStates(World world)
    {
        var states = new Dictionary<string, JournalStatus>();
        foreach (string mac in world.Journals.Pairs())
        {
            try
            {
                if (world.Journals.Read(new HardwareAddress(mac)) is { } file && world.Journals.IsOurs(file))
                    states[mac] = Of(file.State);
            }
            catch (JournalDamaged e)
            {
                states[mac] = new JournalStatus("damaged", e.Message);
            }
            catch (SystemRefusal e) when (e.IsForbidden)
            {
                states[mac] = JournalStatus.Unreadable;
            }
        }
        return states;
    }

    private static JournalStatus Of(JournalState state) => state.Open is { } open
        ? new JournalStatus("unfinished", $"{GoalWords.Of(open.Plan.Goal)} of {open.Plan.SyntheticName}: "
            + $"{state.StepsBegun} of {open.Steps.Length} steps begun{(open.Undoing ? ", being undone" : "")}")
        : JournalStatus.Joined;
}
