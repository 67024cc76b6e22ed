namespace HypervVfattach.Tests.Kernel.Faults;

/// <summary>What is done to the program from outside while it works.</summary>
internal enum FaultKind
{
    /// <summary>It is only watched.</summary>
    None,

    /// <summary>One message gets a type that rtnetlink does not have: the kernel refuses it and executes the rest.</summary>
    Refuse,

    /// <summary>It is killed where it is about to send a datagram, which is not sent any more.</summary>
    KillBefore,

    /// <summary>It is killed when the kernel has executed a datagram, before it reads the acks.</summary>
    KillAfter,
}

/// <summary>A fault, and the message or datagram that it strikes, counted from 0 over the whole run.</summary>
internal readonly record struct Fault(FaultKind Kind, int At = -1);

/// <summary>One request that changes something.</summary>
/// <param name="Datagram">Number of its datagram.</param>
/// <param name="Place">Its place there, from 0.</param>
/// <param name="Type">nlmsg_type.</param>
internal sealed record SentMessage(int Datagram, int Place, ushort Type)
{
    private static readonly string[] s_verbs = ["NEW", "DEL", "GET", "SET"];

    // linux/rtnetlink.h: four numbers an object.
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
/// <param name="ExitCode">Null where it was killed.</param>
/// <param name="Messages">All requests that change something, in order.</param>
/// <param name="Errno">What the kernel answered to the message that was made invalid; 0 where there was none.</param>
/// <param name="Output">What it wrote to standard output and standard error.</param>
internal sealed record TracedRun(int? ExitCode, IReadOnlyList<SentMessage> Messages, int Errno, string Output)
{
    public int Datagrams => Messages.Count == 0 ? 0 : Messages[^1].Datagram + 1;
}
