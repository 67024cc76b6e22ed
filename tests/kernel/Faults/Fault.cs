namespace HypervVfattach.Tests.Kernel.Faults;

/// <summary>A fault that is injected into the running program from outside.</summary>
internal enum FaultKind
{
    /// <summary>None: the program is only traced.</summary>
    None,

    /// <summary>One message gets a type that rtnetlink does not have: the kernel refuses it and executes the rest.</summary>
    Refuse,

    /// <summary>The program is killed just before it sends a datagram.</summary>
    KillBefore,

    /// <summary>The program is killed when the kernel has executed a datagram, before it reads the acks.</summary>
    KillAfter,
}

/// <summary>A fault, and the number of its message or datagram, from 0 over the whole run.</summary>
internal readonly record struct Fault(FaultKind Kind, int At = -1);

/// <summary>One request that changes something.</summary>
/// <param name="Datagram">Number of its datagram.</param>
/// <param name="Place">Its position there, from 0.</param>
/// <param name="Type">nlmsg_type.</param>
internal sealed record SentMessage(int Datagram, int Place, ushort Type)
{
    private static readonly string[] s_verbs = ["NEW", "DEL", "GET", "SET"];

    // linux/rtnetlink.h: four numbers per object.
    private static readonly string[] s_objects =
        ["LINK", "ADDR", "ROUTE", "NEIGH", "RULE", "QDISC", "TCLASS", "TFILTER", "ACTION"];

    public override string ToString() => Type switch
    {
        >= 104 and <= 106 => $"RTM_{s_verbs[Type & 3]}NEXTHOP",
        >= 108 and <= 110 => $"RTM_{s_verbs[Type & 3]}LINKPROP",
        _ when (Type - 16) / 4 < s_objects.Length => $"RTM_{s_verbs[Type & 3]}{s_objects[(Type - 16) / 4]}",
        _ => $"type {Type}",
    };
}

/// <summary>How a run ended.</summary>
/// <param name="ExitCode">Null if it was killed.</param>
/// <param name="Messages">All requests that change something, in order.</param>
/// <param name="Errno">The kernel's answer to the invalid message; 0 if there was none.</param>
/// <param name="Output">Its standard output and standard error.</param>
internal sealed record TracedRun(int? ExitCode, IReadOnlyList<SentMessage> Messages, int Errno, string Output)
{
    public int Datagrams => Messages.Count == 0 ? 0 : Messages[^1].Datagram + 1;
}
