namespace HypervVfattach.Core.Planning.Changes;

/// <summary>Wait until something happens that the next change needs. When it does not happen within a few seconds that
/// is no failure of this change; the ones after it show what it means.</summary>
internal abstract record Wait : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Look;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;
}

/// <summary>Wait for something about one interface.</summary>
internal abstract record LinkWait(int Link) : Wait
{
    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => name(Link);

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link) };
}

/// <summary>Wait until an interface has a carrier and IPv6 has heard of it: the kernel refuses next-hop objects before
/// (rtm_to_nh_config, net/ipv4/nexthop.c) and drops temporary addresses, and a driver may report it only some time after it was
/// switched on.</summary>
internal sealed record WaitForCarrier(int Link) : LinkWait(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"wait for the carrier of {name(Link)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "wait for the carrier";
}

/// <summary>Wait until an interface that has only just been switched on also receives what is sent to it: a carrier does not
/// promise that.</summary>
internal sealed record WaitToReceive(int Link) : LinkWait(Link)
{
    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"wait until {name(Link)} receives frames";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "wait until it receives frames";
}

/// <summary>Wait until a bond sends through this port; it never does through one whose wire is unplugged.</summary>
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
}

/// <summary>Wait until nothing more is received on this port: what was under way when another one became the active port
/// has arrived.</summary>
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
}
