namespace HypervVfattach.Core;

/// <summary>How this program joins a pair that the kernel does not join.</summary>
internal enum JoinKind
{
    /// <summary>Not at all: the administrator opted out.</summary>
    None,

    /// <summary>An active-backup bond that takes over the synthetic NIC's configuration (Linux).</summary>
    Bond,

    /// <summary>BPF programs that redirect the synthetic NIC's traffic through the VF; no configuration moves (Linux).</summary>
    Redirect,

    /// <summary>A failover lagg that takes over the synthetic NIC's configuration (FreeBSD).</summary>
    Lagg,
}

/// <summary>The names of the kinds in the configuration file, in JSON and in the journal.</summary>
internal static class JoinKinds
{
    // In the order of the values.
    private static readonly string[] s_names = ["none", "bond", "redirect", "lagg"];

    public static string NameOf(JoinKind kind) => s_names[(int)kind];

    /// <summary>The kind with this name, or null.</summary>
    public static JoinKind? Find(string name) => Array.IndexOf(s_names, name) is >= 0 and var index ? (JoinKind)index : null;
}
