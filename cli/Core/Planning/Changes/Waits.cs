namespace HypervVfattach.Core.Planning.Changes;

/// <summary>Wait for a condition that the next change needs. A timeout after a few seconds is no failure of this change; the next
/// changes show the consequence.</summary>
internal abstract record Wait : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Look;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Wait for a condition of one interface.</summary>
internal abstract record LinkWait(int Link) : Wait
{
    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => name(Link);

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link) };
}

/// <summary>Wait until an interface has a carrier and IPv6 has processed that. Before that the kernel refuses next-hop objects
/// (rtm_to_nh_config, net/ipv4/nexthop.c) and drops temporary addresses; a driver may report the carrier some time after the
/// interface was switched on.</summary>
internal sealed record WaitForCarrier(int Link) : LinkWait(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"wait for the carrier of {name(Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "wait for the carrier";

    /// <inheritdoc/>
    public override string Kind => "wait-for-carrier";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new WaitForCarrier(f.Link(Link));
}

/// <summary>Wait until an interface that was switched on a moment ago receives frames, which the carrier alone does not prove.</summary>
internal sealed record WaitToReceive(int Link) : LinkWait(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"wait until {name(Link)} receives frames";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "wait until it receives frames";

    /// <inheritdoc/>
    public override string Kind => "wait-to-hear";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new WaitToReceive(f.Link(Link));
}

/// <summary>Wait until a bond sends through this port, which never happens if the port has no carrier.</summary>
internal sealed record WaitForActive(int Bond, int Port) : Wait
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"wait until {name(Bond)} sends through {name(Port)}";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => name(Bond);

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"wait until it sends through {name(Port)}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => new WaitForActive(index(Bond), index(Port));

    /// <inheritdoc/>
    public override string Kind => "wait-for-active";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new WaitForActive(f.Int("bond", Bond), f.Int("port", Port));
}

/// <summary>Wait until this port receives nothing more: all frames that were in flight when another port became active have
/// arrived.</summary>
internal sealed record WaitForQuiet(int Port) : Wait
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"wait until nothing more is received on {name(Port)}";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => name(Port);

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "wait until nothing more is received";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => new WaitForQuiet(index(Port));

    /// <inheritdoc/>
    public override string Kind => "wait-for-quiet";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new WaitForQuiet(f.Int("port", Port));
}
