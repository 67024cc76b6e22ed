using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning.Changes;

/// <summary>Give an interface the queueing discipline that filters of both directions are attached to (tc-bpf(8)); one that is
/// there is as good.</summary>
internal sealed record AddClsact(int Link) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"tc qdisc add dev {name(Link)} clsact";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "add the clsact queueing discipline";
}

/// <summary>Take it away, unless a filter of another program is attached to it by now.</summary>
internal sealed record RemoveClsact(int Link) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Classifier;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"tc qdisc del dev {name(Link)} clsact (unless other programs use it)";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "remove the clsact queueing discipline";
}

/// <summary>Have a synthetic's frames go where its redirect's map says, which says nothing yet; those with another
/// <paramref name="Source"/> address stay.</summary>
internal sealed record AttachEgress(int Link, HardwareAddress Source) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Classifier;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"tc filter add dev {name(Link)} egress bpf: frames from {Source} go where the map says";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "attach the program that sends through the VF";
}

/// <summary>Deliver packets received on a VF as if they had arrived on its synthetic.</summary>
internal sealed record AttachIngress(int Link, int Synthetic) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Classifier;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"tc filter add dev {name(Link)} ingress bpf: received frames are delivered to {name(Synthetic)}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"attach the program that delivers received frames to {name(Synthetic)}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => new AttachIngress(index(Link), index(Synthetic));
}

/// <summary>Take our filters off an interface, and with the last of them their programs and map.</summary>
internal sealed record DetachFilters(int Link) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Classifier;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"tc filter del dev {name(Link)} (ours)";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "detach the program";
}

/// <summary>Write into the redirect's map where a synthetic's frames go: out through the VF, or through itself again (0).</summary>
internal sealed record SwitchPath(int Synthetic, int Vf) : Change
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Classifier;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"map of {name(Synthetic)}: {(Vf == 0 ? "empty" : name(Vf))}";

    /// <inheritdoc/>
    public override string Subject(Func<int, string> name) => name(Synthetic);

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => Vf == 0 ? "send through itself again" : $"send through {name(Vf)}";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => new SwitchPath(index(Synthetic), index(Vf));
}
