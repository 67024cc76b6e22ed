namespace HypervVfattach.Core.Planning;

/// <summary>What is to be done about an event, and why.</summary>
/// <param name="Reason">One sentence without its full stop; for the log, --dry-run and status.</param>
internal abstract record Decision(string Reason);

/// <summary>Nothing is to be done and nobody needs to hear of it: the interface is no part of a pair.</summary>
internal sealed record NotOurs(string Reason) : Decision(Reason);

/// <summary>Nothing is to be done, and the log says why: the kernel joins the pair, somebody else does, it is
/// finished.</summary>
internal sealed record LeaveAlone(string Reason) : Decision(Reason);

/// <summary>The kernel is about to join the pair: look again at the next event, until the delay is over.</summary>
internal sealed record AwaitKernel(string Reason) : Decision(Reason);

/// <summary>It cannot be done without loss: nothing is touched, and the log says loudly what to do instead.</summary>
/// <param name="Advice">What the administrator can do, one sentence without its full stop.</param>
internal sealed record Refuse(string Reason, string Advice) : Decision(Reason);

/// <summary>These steps are to be made.</summary>
internal sealed record Do(Plan Plan, string Reason) : Decision(Reason)
{
    /// <summary>Whether at once, not after the delay: they are about what only just came and nobody uses yet.</summary>
    public bool AtOnce { get; init; }
}
