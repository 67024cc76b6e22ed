namespace HypervVfattach.Commands;

/// <summary>How a process ends; scripts and units rely on these.</summary>
internal enum ExitCode
{
    /// <summary>Done, or nothing to do: gone and no part of a pair included.</summary>
    Done = 0,

    /// <summary>Refused, by the system or because it cannot be done without loss, and everything is as before.</summary>
    Refused = 1,

    /// <summary>Wrong usage.</summary>
    Usage = 2,

    /// <summary>Bad configuration file; nothing was changed.</summary>
    Configuration = 3,

    /// <summary>Undone only in part; or a journal is damaged, or the program is, so that it cannot be told.</summary>
    Partly = 4,

    /// <summary>The join stands, but without the VF.</summary>
    WithoutVf = 5,

    /// <summary>status and doctor: a pair has a path, but not as it should be.</summary>
    Degraded = 6,

    /// <summary>status and doctor: a pair has no path, or will have none when the VF leaves, or its state is not known.</summary>
    Broken = 7,
}

/// <summary>Which of several ends a command reports.</summary>
internal static class ExitCodes
{
    // From what needs no attention to what needs it most.
    private static readonly ExitCode[] s_order =
        [
            ExitCode.Done, ExitCode.WithoutVf, ExitCode.Degraded, ExitCode.Broken, ExitCode.Refused, ExitCode.Usage, ExitCode.Configuration,
            ExitCode.Partly,
        ];

    /// <summary>The worse of two.</summary>
    public static ExitCode Worse(ExitCode one, ExitCode other) =>
        Array.IndexOf(s_order, one) > Array.IndexOf(s_order, other) ? one : other;
}
