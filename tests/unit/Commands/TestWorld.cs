using System.Collections.Immutable;
using System.Text;
using HypervVfattach.Apply;
using HypervVfattach.Commands;
using HypervVfattach.Core;
using HypervVfattach.Core.Model;
using HypervVfattach.Pairs;
using HypervVfattach.Posix;
using HypervVfattach.Report;
using HypervVfattach.Tests.Unit.Apply;

namespace HypervVfattach.Tests.Unit.Commands;

/// <summary>A simulated system, with the output of the program and the processes that it starts.</summary>
internal sealed class TestWorld : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _said = new() { NewLine = "\n" };
    private readonly TestClock _clock = new();

    public TestWorld(Snapshot host)
    {
        System = new MemorySystem { Now = host, Sleeps = _clock.Advance };
        Journals = new Journals(Path.Combine(_directory.Path, "run"), new HostIdentity("boot", "net:[1]"));
        History = new History(HistoryDirectory);
    }

    public TestWorld(string host)
        : this(Fixtures.Host(host))
    {
    }

    public MemorySystem System { get; set; }

    public Journals Journals { get; set; }

    public History History { get; set; }

    /// <summary>The directory of the history.</summary>
    public string HistoryDirectory => Path.Combine(_directory.Path, "lib");

    public Settings Settings { get; set; } = new() { SyntheticDrivers = ["hv_netvsc", "virtio_net"] };

    public Func<string?, Settings>? Load { get; set; }

    public Dictionary<string, string> Variables { get; } = [];

    public string? MissingPrivilege { get; set; }

    public Terminal? Terminal { get; set; }

    public TimeSpan LockPatience { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The lines of the log so far; another thread may write them.</summary>
    public string Said => string.Concat(Log.ToArray().Select(line => line.Message));

    /// <summary>The boot that entries of the history are of.</summary>
    public string Boot { get; set; } = "boot";

    /// <summary>What doctor sees of the host's files.</summary>
    public HostFacts Facts { get; set; } = new();

    public List<BackgroundRun> Runs { get; } = [];

    public bool AlreadyScheduled { get; set; }

    public List<string> Announced { get; } = [];

    /// <summary>The pairs whose path check was started.</summary>
    public List<string> Checked { get; } = [];

    /// <summary>Why the service of the path check cannot be started.</summary>
    public string? RefusesPathCheck { get; set; }

    /// <summary>Called with the interfaces whose owners are looked up.</summary>
    public Action<IEnumerable<int>> LooksForOwners { get; set; } = _ => { };

    public List<LogLine> Log { get; } = [];

    /// <summary>What happens while a command lets time pass.</summary>
    public Action Meanwhile { get; set; } = () => { };

    /// <summary>The time spent waiting.</summary>
    public TimeSpan Waited => _clock.Elapsed;

    /// <summary>Sets the clock of the day; the time that passes is another one.</summary>
    public void SetClock(TimeSpan by) => _clock.Set(by);

    /// <summary>The time of day.</summary>
    public DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>Lets time pass.</summary>
    public void Pass(TimeSpan time) => _clock.Advance(time);

    /// <summary>Runs a command line; returns standard error, standard output and the exit code as a person sees them.</summary>
    public string Run(params string[] arguments) => Run(new StringWriter { NewLine = "\n" }, arguments);

    /// <summary>The same, for a command that does not end by itself.</summary>
    public string Run(StringWriter output, string[] arguments)
    {
        // As called by the udev rule.
        if (Variables.ContainsKey("IFINDEX") && arguments[0] != "import")
            arguments = ["--event", .. arguments];
        var error = new StringWriter { NewLine = "\n" };
        ExitCode code = Dispatcher.Run(arguments, request => World(request, output, error), output, error);
        var text = new StringBuilder($"$ hyperv-vfattach {string.Join(' ', arguments)}\n{output}");
        foreach (string line in error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
            text.Append($"! {line}\n");
        return text.Append($"exit {(int)code} ({code})\n").ToString().Replace(_directory.Path, "");
    }

    /// <summary>Sets the environment of udev for an interface.</summary>
    public TestWorld AsUdev(string name)
    {
        Variables["IFINDEX"] = $"{System.Now.Find(name)!.Index}";
        return this;
    }

    public TestWorld ByHand()
    {
        Variables.Clear();
        return this;
    }

    public void Dispose()
    {
        _said.Dispose();
        _directory.Dispose();
    }

    private World World(Request request, TextWriter output, TextWriter error) => new()
    {
        Request = request,
        System = new TestSystem(this),
        Policy = new LinuxPolicy(),
        Journals = Journals,
        History = History,
        Log = new Log(Log.Add, error, request.Verbose),
        Out = output,
        Terminal = Terminal,
        LockPatience = LockPatience,
        Variable = Variables.GetValueOrDefault,
        Clock = _clock,
        Pause = time =>
        {
            _clock.Advance(time);
            Meanwhile();
        },
    };

    private sealed class TestSystem(TestWorld world) : ISystem
    {
        private Snapshot Now => world.System.Now;

        public IBackend Network => world.System;

        public string StateDirectory => world.Journals.Directory;

        public string HistoryDirectory => world.HistoryDirectory;

        public HostIdentity Identity => new(world.Boot, "net:[1]");

        public void Send(LogLine line) => world.Log.Add(line);

        public Settings LoadSettings(string? file, bool delayMatters) => world.Load?.Invoke(file) ?? world.Settings;

        public string? MissingPrivilege() => world.MissingPrivilege;

        public ImmutableArray<Owner> Owners(IReadOnlyList<Link> links, ImmutableArray<int> asked)
        {
            world.LooksForOwners(asked);
            return [.. Now.Owners.Where(owner => asked.Contains(owner.Link))];
        }

        public ImmutableArray<Claim> Claims(IReadOnlyList<Link> links) => Now.Claims;

        public References References(IReadOnlyList<PlannedBond> bonds) => Now.References with
        {
            Found = [.. Now.References.Found.Where(found => bonds.Any(bond => bond.Link == found.Link))],
        };

        public ImmutableArray<IdleNic> IdleNics() => Now.IdleNics;

        public KernelReasons KernelReasons(IReadOnlyList<Link> vfs) => Now.KernelReasons;

        public HostFacts Facts(IReadOnlyList<Link> vfs) => world.Facts;

        public Scheduled Schedule(BackgroundRun run)
        {
            world.Runs.Add(run);
            return new Scheduled($"unit hyperv-vfattach-{run.Index}", world.AlreadyScheduled);
        }

        public void Announce(string name) => world.Announced.Add(name);

        public string? CheckPath(HardwareAddress mac)
        {
            world.Checked.Add(mac.Text);
            return world.RefusesPathCheck;
        }
    }

    private sealed class TestClock : TimeProvider
    {
        private long _now, _set;

        public TimeSpan Elapsed => TimeSpan.FromTicks(_now);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 11, 28, 0, 0, 0, TimeSpan.Zero).AddTicks(_now + _set);

        public void Advance(TimeSpan time) => _now += time.Ticks;

        public void Set(TimeSpan by) => _set += by.Ticks;
    }
}
