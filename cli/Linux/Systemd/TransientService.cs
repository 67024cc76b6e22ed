using System.Collections.Immutable;

namespace HypervVfattach.Linux.Systemd;

/// <summary>A service that systemd runs once, after a delay, and then forgets.</summary>
/// <param name="unit">Name of the unit without its suffix; while it is loaded, systemd refuses another one of the same name.</param>
/// <param name="description">What <c>systemctl</c> shows.</param>
/// <param name="command">What to run: an absolute path and its arguments.</param>
internal sealed class TransientService(string unit, string description, ImmutableArray<string> command)
{
    public string Unit => unit;
    public string Description => description;
    public ImmutableArray<string> Command => command;

    /// <summary>Time until it starts; zero for at once.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>What to run after the command has ended or died, for whatever reason; empty for nothing.</summary>
    public ImmutableArray<string> StopCommand { get; init; } = [];

    /// <summary>Environment variables for both commands, as NAME=value.</summary>
    public ImmutableArray<string> Environment { get; init; } = [];

    /// <summary>Units that must finish starting first, if they are about to start.</summary>
    public ImmutableArray<string> After { get; init; } = [];
}

/// <summary>Outcome of a request to schedule a service.</summary>
internal enum Scheduling
{
    /// <summary>systemd accepted it.</summary>
    Scheduled,

    /// <summary>A unit of this name waits or runs already.</summary>
    AlreadyScheduled,

    /// <summary>This machine does not run systemd.</summary>
    NoSystemd,
}
