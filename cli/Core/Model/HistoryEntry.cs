namespace HypervVfattach.Core.Model;

/// <summary>What happened to a pair.</summary>
internal enum HistoryKind
{
    VfArrived,
    VfLeft,
    Joined,
    Detached,

    /// <summary>Another program took our join apart.</summary>
    TakenApart,

    /// <summary>From now on the VF carries the traffic.</summary>
    PathVf,

    /// <summary>From now on the synthetic NIC carries the traffic.</summary>
    PathSynthetic,

    /// <summary>Nothing was tried, because of an obstacle.</summary>
    Refused,

    /// <summary>A step was refused by the system.</summary>
    Failed,

    /// <summary>What an interrupted run left was finished or undone.</summary>
    Recovered,
}

/// <summary>The names of the kinds, in the file and in JSON.</summary>
internal static class HistoryKinds
{
    // In the order of the values.
    private static readonly string[] s_names =
        ["vf-arrived", "vf-left", "joined", "detached", "taken-apart", "path-vf", "path-synthetic", "refused", "failed", "recovered"];

    public static string NameOf(HistoryKind kind) => s_names[(int)kind];

    /// <summary>The kind with this name, or null.</summary>
    public static HistoryKind? Find(string name) => Array.IndexOf(s_names, name) is >= 0 and var index ? (HistoryKind)index : null;
}

/// <summary>One thing that happened to a pair.</summary>
internal sealed class HistoryEntry
{
    /// <summary>When it was seen, in whole seconds.</summary>
    public required DateTimeOffset Time { get; init; }

    public required HistoryKind Kind { get; init; }

    /// <summary>The pair's address.</summary>
    public required HardwareAddress Mac { get; init; }

    /// <summary>Name of the synthetic NIC then.</summary>
    public required string Synthetic { get; init; }

    /// <summary>Name of the VF then; null if it was away.</summary>
    public string? Vf { get; init; }

    /// <summary>Index of the VF, by which it is recognised within a boot; 0 if it was away.</summary>
    public int VfIndex { get; init; }

    /// <summary>The boot, shortened; empty if the kernel does not identify it.</summary>
    public string Boot { get; init; } = "";

    /// <summary>Who saw it: event, timer, scan or command.</summary>
    public required string By { get; init; }

    /// <summary>What was done, or the reason, as a sentence without full stop; or null.</summary>
    public string? Detail { get; init; }

    /// <summary>Whether this entry is about the VF that another one is about.</summary>
    public bool HasVfOf(HistoryEntry other) => VfIndex == other.VfIndex && Boot == other.Boot;
}
