namespace HypervVfattach.Core;

/// <summary>How much a finding matters.</summary>
internal enum Severity
{
    /// <summary>Nothing is wrong now: what could not be seen, or what a later change can break.</summary>
    Note,

    /// <summary>The network works, but not as it should: without the VF, or not through every change of the active path, or it goes with the
    /// VF.</summary>
    Degraded,

    /// <summary>The network is cut, or it is not known what is configured, or this program cannot work.</summary>
    Broken,
}

/// <summary>One thing that <c>doctor</c> found.</summary>
internal sealed class Finding
{
    /// <summary>Name of the check, by which the manual and programs know it.</summary>
    public required string Check { get; init; }

    public required Severity Severity { get; init; }

    /// <summary>The interface or file.</summary>
    public required string Subject { get; init; }

    /// <summary>What was seen; this and the next two are sentences without full stop.</summary>
    public required string Seen { get; init; }

    /// <summary>Why it matters.</summary>
    public required string Why { get; init; }

    /// <summary>What to do.</summary>
    public required string Remedy { get; init; }

    /// <summary>Where to read more: a manual page, or a file of the kernel's documentation.</summary>
    public required string See { get; init; }
}
