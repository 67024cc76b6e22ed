using HypervVfattach.Apply;
using HypervVfattach.Config;
using HypervVfattach.Core;
using HypervVfattach.Core.Planning;
using HypervVfattach.Pairs;
using HypervVfattach.Posix;
using HypervVfattach.Report;

namespace HypervVfattach.Commands;

/// <summary>Everything that a command works with; tests give it another system.</summary>
internal sealed class World
{
    private GuardedNetwork? _network;

    /// <summary>What was asked for.</summary>
    public required Request Request { get; init; }

    /// <summary>The running system.</summary>
    public required ISystem System { get; init; }

    /// <summary>The rules of that system.</summary>
    public required Policy Policy { get; init; }

    /// <summary>The journals.</summary>
    public required Journals Journals { get; init; }

    /// <summary>What happened to the pairs until now.</summary>
    public required History History { get; init; }

    /// <summary>The log.</summary>
    public required Log Log { get; init; }

    /// <summary>Standard output.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>The terminal that shows standard output; null if none does.</summary>
    public Terminal? Terminal { get; init; }

    /// <summary>The time after which a person is told what a command waits for.</summary>
    public TimeSpan LockPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>The time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Lets time pass.</summary>
    public Action<TimeSpan> Pause { get; init; } = Thread.Sleep;

    /// <summary>Logs the outcomes of plans.</summary>
    public OutcomeReport Outcomes => new(Log, Policy.Joins);

    /// <summary>Adds to the history.</summary>
    public Recorder Recorder => new(this);

    /// <summary>Whether the terminal takes no control sequences.</summary>
    public bool IsDumb => Variable("TERM") is "dumb";

    /// <summary>How a text for people is laid out.</summary>
    /// <param name="terminal">What shows it; null if nothing does.</param>
    /// <param name="columns">The width without a terminal; null for lines that are not broken.</param>
    public TextStyle Style(Terminal? terminal, int? columns = null) =>
        // https://no-color.org
        new(terminal?.Columns ?? columns, terminal is not null && string.IsNullOrEmpty(Variable("NO_COLOR")) && !IsDumb);

    /// <summary>The network of the running system.</summary>
    public GuardedNetwork Network => _network ??= new GuardedNetwork(System.Network, IsObserveOnly);

    /// <summary>The world of one request.</summary>
    /// <remarks>A command that only shows something does not write to the system's log; an event's standard error has no reader.</remarks>
    public static World For(Request request, ISystem system, Policy policy, TextWriter output, TextWriter error) => new()
    {
        Request = request,
        System = system,
        Policy = policy,
        Journals = new Journals(system.StateDirectory, system.Identity),
        History = new History(system.HistoryDirectory),
        Log = new Log(request.DryRun || request is StatusRequest or DoctorRequest ? _ => { } : system.Send, request.IsEvent ? null : error, request.Verbose),
        Out = output,
        Terminal = request is StatusRequest or DoctorRequest ? Terminal.Of(1) : null,
    };

    /// <summary>The plan of a pair that a run left unfinished, or that a run is making now; null if there is none.</summary>
    /// <exception cref="JournalDamaged">The journal cannot be read, so nothing may be done about the pair.</exception>
    public Plan? Unfinished(Pair pair)
    {
        try
        {
            return Journals.Read(pair.Mac) is { } file && Journals.IsOurs(file) ? file.State.Open?.Plan : null;
        }
        catch (SystemRefusal e) when (e.IsForbidden && System.MissingPrivilege() is not null)
        {
            // Without the privilege to change the network, the run only shows something.
            return null;
        }
    }

    // Only the recovery of an interrupted run comes this far with a bad configuration file. It must not wait for a mistake to be mended.
    private bool IsObserveOnly()
    {
        try
        {
            return System.LoadSettings(Request.Config, delayMatters: false).ObserveOnly;
        }
        catch (Exception e) when (e is ConfigurationError or SystemRefusal)
        {
            return false;
        }
    }

    /// <summary>Reads the settings for the request.</summary>
    public Settings LoadSettings() => System.LoadSettings(Request.Config,
        delayMatters: Request is AttachRequest { Delay: null } or ScanRequest { Foreground: false, DryRun: false });
}
