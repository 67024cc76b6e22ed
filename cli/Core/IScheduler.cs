using System.Collections.Immutable;

namespace HypervVfattach.Core;

/// <summary>Starts a process of this program in the background, later.</summary>
internal interface IScheduler
{
    /// <summary>Schedules a run; one that is waiting under the same name is left as it is.</summary>
    /// <exception cref="SystemRefusal">The system refused.</exception>
    Scheduled Schedule(BackgroundRun run);
}

/// <summary>A run of this program in the background.</summary>
/// <param name="Index">Index of the interface it is about, by which repetitions are known.</param>
/// <param name="Interface">Its name now.</param>
/// <param name="Delay">Time until the pair is looked at again.</param>
/// <param name="AtOnce">Whether the process must watch while the delay runs instead of starting after it.</param>
/// <param name="Options">Further options of the command line.</param>
internal sealed record BackgroundRun(
    int Index, string Interface, TimeSpan Delay, bool AtOnce, ImmutableArray<string> Options);

/// <summary>What became of a request to run in the background.</summary>
/// <param name="By">Who runs it: a unit, a process.</param>
/// <param name="Already">Whether it was scheduled before, so that this request changed nothing.</param>
internal sealed record Scheduled(string By, bool Already);
