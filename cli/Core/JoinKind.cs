namespace HypervVfattach.Core;

/// <summary>How a pair that the kernel does not join is joined.</summary>
internal enum JoinKind
{
    /// <summary>Not at all: the administrator opted out.</summary>
    None,

    /// <summary>An active-backup bond that takes over the synthetic's configuration (Linux).</summary>
    Bond,

    /// <summary>By redirecting the synthetic's traffic through the VF, so that nothing moves (Linux).</summary>
    Redirect,

    /// <summary>A failover lagg that takes over the synthetic's configuration (FreeBSD).</summary>
    Lagg,
}

/// <summary>The names of these kinds in the configuration file, in JSON and in the journal.</summary>
internal static class JoinKinds
{
    // In the order of the values.
    private static readonly string[] s_names = ["none", "bond", "redirect", "lagg"];

    /// <summary>The name of a kind.</summary>
    public static string NameOf(JoinKind kind) => s_names[(int)kind];

    /// <summary>The kind with a name; null for no kind.</summary>
    public static JoinKind? Find(string name) => Array.IndexOf(s_names, name) is >= 0 and var index ? (JoinKind)index : null;
}
