namespace HypervVfattach.Commands;

/// <summary>How a process ends; scripts and units rely on these.</summary>
internal enum ExitCode
{
    /// <summary>Done, or nothing to do: gone and no part of a pair included.</summary>
    Done = 0,

    /// <summary>The system refused and what was done is undone, or it cannot be done without loss.</summary>
    Refused = 1,

    /// <summary>Wrong usage.</summary>
    Usage = 2,

    /// <summary>Bad configuration file; nothing was changed.</summary>
    Configuration = 3,

    /// <summary>Undone only in part, or a journal is damaged.</summary>
    Partly = 4,
}
