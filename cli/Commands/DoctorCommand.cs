using System.Collections.Immutable;
using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Doctor;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary><c>doctor</c>: what is wrong or in the way, by one observation. It changes nothing.</summary>
internal static class DoctorCommand
{
    /// <summary>Runs the command.</summary>
    public static ExitCode Run(DoctorRequest request, World world)
    {
        List<Finding> found = Checks.Of(Examine(world));
        if (request.Selftest)
        {
            foreach (Finding finding in found)
            {
                if (Checks.FailsSelftest(finding) || Checks.IsUnseen(finding))
                    world.Out.Write($"{(Checks.IsUnseen(finding) ? "not checked: " : "")}{finding.Subject}: {finding.Seen} ({finding.Check})\n");
            }
            found.RemoveAll(finding => !Checks.FailsSelftest(finding));
        }
        else
        {
            world.Out.Write(request.Json ? DoctorJson.Of(found) : DoctorText.Of(found, world.Style(world.Terminal, columns: 80)));
        }
        // The worst is the first.
        return found is not [var worst, ..] || worst.Severity == Severity.Note ? ExitCode.Done
            : worst.Severity == Severity.Broken ? ExitCode.Broken : ExitCode.Degraded;
    }

    private static Examined Examine(World world)
    {
        Settings settings = new();
        string? bad = null;
        List<string> unread = [];
        try
        {
            settings = world.LoadSettings();
        }
        catch (ConfigurationError e)
        {
            bad = e.Message;
        }
        catch (SystemRefusal e)
        {
            unread.Add($"{e.Message}; this report goes by the defaults");
        }
        var reader = new HostReader(world, settings);
        Observation observed = reader.Links();
        List<Link> vfs = [];
        List<int> members = [];
        List<PlannedBond> ports = [];
        foreach (Pair pair in observed.Pairs)
        {
            Join? join = PairObstacles.JoinOf(pair, observed.Host);
            members.Add(pair.Synthetic.Index);
            if (join is { Aggregate: > 0 })
                members.Add(join.Aggregate);
            if (pair.Vf is not { } vf)
                continue;
            vfs.Add(vf);
            members.Add(vf.Index);
            // What names a port does not match the packets of the interface that has the configuration.
            if (observed.Host.Find(StatusReport.Configured(pair, join)) is { } configured && (join is not null || Pair.IsKernelPort(vf, pair.Synthetic)))
            {
                ports.Add(new PlannedBond(vf.Index, vf.Name, configured.Name));
                if (configured.Index != pair.Synthetic.Index)
                    ports.Add(new PlannedBond(pair.Synthetic.Index, pair.Synthetic.Name, configured.Name));
            }
        }
        if (members.Count > 0)
            observed = reader.Complete(observed, [.. members]);
        Snapshot host = observed.Host with { IdleNics = world.System.IdleNics() };
        References atPorts = ports.Count == 0 ? References.None : world.System.References(ports);
        unread.AddRange(atPorts.Unread.IsEmpty ? host.References.Unread : atPorts.Unread);
        var sources = new StatusSources(host, StatusCommand.JournalStates(world), world.Policy, settings, new PathMeter(world).Read(observed.Pairs),
            world.Network.Facts, _ => null, History, _ => null);
        return new Examined
        {
            Host = host,
            Pairs = observed.Pairs,
            Policy = world.Policy,
            Settings = settings,
            BadSettings = bad,
            Sources = sources,
            AtPorts = atPorts,
            Facts = world.System.Facts(vfs),
            Now = world.Clock.GetUtcNow(),
            Version = HelpText.Number,
            MissingPrivilege = world.System.MissingPrivilege(),
            Unread = unread,
        };

        PairHistory? History(Pair pair)
        {
            try
            {
                return world.History.Of(pair.Mac);
            }
            catch (SystemRefusal e)
            {
                if (!unread.Contains(e.Message))
                    unread.Add(e.Message);
                return null;
            }
        }
    }
}
