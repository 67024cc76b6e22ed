using HypervVfattach.Apply;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Posix;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary><c>status [IFACE]</c>: the pairs as they are now.</summary>
internal sealed class StatusCommand
{
    private readonly StatusRequest _request;
    private readonly World _world;
    private readonly HostReader _reader;
    private readonly Settings _settings;
    private readonly PathMeter _meter;
    private readonly TextStyle _style;

    private StatusCommand(StatusRequest request, World world)
    {
        _request = request;
        _world = world;
        _settings = world.LoadSettings();
        _reader = new HostReader(world, _settings);
        _meter = new PathMeter(world);
        _style = world.Style(request.Output is null ? world.Terminal : null);
    }

    /// <summary>Runs the command.</summary>
    public static ExitCode Run(StatusRequest request, World world)
    {
        var command = new StatusCommand(request, world);
        if (request.Watch is { } interval)
            command.Watch(interval);
        if (command.Look(out Health health) is not { } text)
            return ExitCode.Refused;
        Write(text, request, world);
        return health switch { Health.Healthy => ExitCode.Done, Health.Degraded => ExitCode.Degraded, _ => ExitCode.Broken };
    }

    /// <summary>Writes the whole text where the request wants it.</summary>
    public static void Write(string text, StatusRequest request, World world)
    {
        if (request.Output is { } file)
            OutputFile.Write(file, text);
        else
            world.Out.Write(text);
    }

    // The text of this moment; null if there is no such interface.
    private string? Look(out Health health)
    {
        health = Health.Healthy;
        Observation observed;
        using (new LockWait(_world))
            observed = _reader.Nics(_request.Interface);
        observed = _reader.Pairs(observed);
        var sources = new StatusSources(observed.Host with { IdleNics = _world.System.IdleNics() }, JournalStates(_world), _world.Policy, _settings,
            _meter.Read(observed.Pairs), _world.Network.Facts, pair => pair.Vf is { } vf ? _world.Journals.HoldOff.WhyVf(pair.Mac, vf.Index) : null,
            HistoryOf, pair => _world.Journals.HoldOff.PathState(pair.Mac, _world.Clock.GetUtcNow()));
        IReadOnlyCollection<PairStatus> pairs = StatusReport.Of(observed.Pairs, sources);
        IReadOnlyCollection<LoneVf> lone = StatusReport.LoneVfs(observed.Pairs, sources);
        if (_request.Interface is { } name)
        {
            if (observed.Host.Find(name) is not { } link)
            {
                _world.Log.Error($"{name}: there is no such interface");
                return null;
            }
            pairs = [.. pairs.Where(pair => pair.Synthetic.Index == link.Index || pair.Vf?.Index == link.Index
                || pair.Aggregate == link.Name)];
            lone = [.. lone.Where(vf => vf.Vf.Index == link.Index)];
            if (pairs.Count + lone.Count == 0 && _request.Format == StatusFormat.Text)
                return $"{name} is no part of a pair\n";
        }
        health = HealthRules.Worst(pairs, lone);
        return _request.Format switch
        {
            StatusFormat.Json => StatusJson.Of(pairs, lone, _settings.ObserveOnly),
            StatusFormat.Prometheus => StatusPrometheus.Of(pairs, _settings.ObserveOnly),
            _ => new StatusText(_style, hasRates: _request.Watch is not null).Of(pairs, lone),
        };
    }

    // Until a signal ends it. The cursor always stands below the text, so that nothing has to be restored then.
    private void Watch(TimeSpan interval)
    {
        bool redraws = _world.Terminal is not null && !_world.IsDumb;
        while (true)
        {
            if (Look(out _) is { } text)
            {
                text = $"{_world.Clock.GetUtcNow():yyyy-MM-dd HH:mm:ss}Z, every {interval.Ticks / TimeSpan.TicksPerSecond} s; Ctrl-C ends\n\n{text}";
                _world.Out.Write(redraws ? Redrawn(text, _world.Terminal!.Rows) : text + "\n");
            }
            _world.Pause(interval);
        }
    }

    // Home, each line with the rest of the old one erased, and everything below erased (ECMA-48: CUP, EL, ED).
    private static string Redrawn(string text, int rows)
    {
        string[] lines = text.Split('\n')[..^1];
        int shown = lines.Length < rows ? lines.Length : Math.Max(1, rows - 2);
        string more = shown < lines.Length ? "...: a higher terminal shows more, or name an interface\e[K\n" : "";
        return $"\e[H{string.Join("\e[K\n", lines.AsSpan(0, shown).ToArray())}\e[K\n{more}\e[J";
    }

    private PairHistory? HistoryOf(Pair pair)
    {
        try
        {
            return _world.History.Of(pair.Mac);
        }
        catch (SystemRefusal)
        {
            // status --history says why.
            return null;
        }
    }

    /// <summary>What the journals say, by pair.</summary>
    public static Dictionary<string, JournalStatus> JournalStates(World world)
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
            catch (SystemRefusal e)
            {
                states[mac] = e.IsForbidden ? JournalStatus.Unreadable : new JournalStatus("damaged", e.Message);
            }
        }
        return states;
    }

    private static JournalStatus Of(JournalState state) => state.Open is { } open
        ? new JournalStatus("unfinished", $"{GoalWords.Of(open.Plan.Goal)} of {open.Plan.SyntheticName}: "
            + $"{state.StepsBegun} of {open.Steps.Length} steps begun{(open.Undoing ? ", being undone" : "")}")
        : JournalStatus.Joined;
}
