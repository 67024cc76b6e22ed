using System.Collections.Immutable;

namespace HypervVfattach.Core;

/// <summary>Severity of a message, with the numbers of syslog(3).</summary>
internal enum LogPriority
{
    /// <summary>Something failed and wants an administrator (LOG_ERR).</summary>
    Error = 3,

    /// <summary>Not as it should be, and survived (LOG_WARNING).</summary>
    Warning = 4,

    /// <summary>Normal, and worth reading: a pair was joined (LOG_NOTICE).</summary>
    Notice = 5,

    /// <summary>What was done and why nothing was done (LOG_INFO).</summary>
    Info = 6,

    /// <summary>For whoever looks for a mistake (LOG_DEBUG).</summary>
    Debug = 7,
}

/// <summary>One message for the system's log; one fact a line.</summary>
/// <param name="Priority">How much it matters.</param>
/// <param name="Message">What happened, for people.</param>
internal sealed record LogLine(LogPriority Priority, string Message)
{
    /// <summary>What kind of message it is (journald's MESSAGE_ID), or null.</summary>
    public Guid? MessageId { get; init; }

    /// <summary>What happened, for programs: names of A-Z, 0-9 and _ as <c>HYPERV_VF</c>, with their values.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Fields { get; init; } = [];
}
