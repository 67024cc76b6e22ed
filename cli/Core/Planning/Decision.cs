namespace HypervVfattach.Core.Planning;

/// <summary>What to do about an event, and why.</summary>
/// <param name="Reason">One sentence without full stop, for the log, --dry-run and status.</param>
internal abstract record Decision(string Reason);

/// <summary>Do nothing, and log nothing: the interface is not part of a pair.</summary>
internal sealed record NotOurs(string Reason) : Decision(Reason);

/// <summary>Do nothing, and log why: the kernel or another program joins the pair, or it is joined already.</summary>
internal sealed record LeaveAlone(string Reason) : Decision(Reason);

/// <summary>The kernel is about to join the pair: decide again at each event until the delay is over.</summary>
internal sealed record AwaitKernel(string Reason) : Decision(Reason);

/// <summary>A join would lose something: change nothing, and log an error with the advice.</summary>
/// <param name="Advice">What the administrator can do, one sentence without full stop.</param>
internal sealed record Refuse(string Reason, string Advice) : Decision(Reason)
{
    /// <summary>Whether something that uses the synthetic NIC is in the way, such as a firewall rule. The timer does not join such a pair
    /// by itself when the use ends: a firewall is without its rules for a while when it is restarted.</summary>
    public bool IsByUse { get; init; }
}

/// <summary>Make this plan.</summary>
internal sealed record Do(Plan Plan, string Reason) : Decision(Reason)
{
    /// <summary>Whether to make it at once, without the delay: it concerns only an interface that has just appeared and is not in
    /// use.</summary>
    public bool AtOnce { get; init; }
}
