using System.Collections.Immutable;

namespace HypervVfattach.Core;

/// <summary>Severity of a message, with the numbers of syslog(3).</summary>
internal enum LogPriority
{
    /// <summary>Something failed and needs an administrator (LOG_ERR).</summary>
    Error = 3,

    /// <summary>Something is wrong, and the program can go on (LOG_WARNING).</summary>
    Warning = 4,

    /// <summary>Normal and significant: a pair was joined (LOG_NOTICE).</summary>
    Notice = 5,

    /// <summary>What was done, or why nothing was done (LOG_INFO).</summary>
    Info = 6,

    /// <summary>Details for debugging (LOG_DEBUG).</summary>
    Debug = 7,
}

/// <summary>One message for the system's log: one fact per line.</summary>
/// <param name="priority">Its severity.</param>
/// <param name="message">What happened, for people.</param>
internal sealed class LogLine(LogPriority priority, string message)
{
    public LogPriority Priority => priority;
    public string Message => message;

    /// <summary>The type of the message (journald's MESSAGE_ID), or null.</summary>
    public Guid? MessageId { get; init; }

    /// <summary>The same for programs: names of A-Z, 0-9 and _, such as <c>HYPERV_VF</c>, with their values.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Fields { get; init; } = [];
}
