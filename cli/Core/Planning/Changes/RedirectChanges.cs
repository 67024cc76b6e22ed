using System.Collections.Immutable;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning.Changes;

/// <summary>Add the queueing discipline to which filters of both directions are attached (tc-bpf(8)); no effect if it exists.</summary>
internal sealed record AddClsact(int Link) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Batch Batch => Batch.Additions;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"tc qdisc add dev {name(Link)} clsact";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "add the clsact queueing discipline";

    /// <inheritdoc/>
    public override string Kind => "add-clsact";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new AddClsact(f.Link(Link));
}

/// <summary>Remove it, unless a filter of another program is attached to it.</summary>
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

    /// <inheritdoc/>
    public override string Kind => "remove-clsact";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new RemoveClsact(f.Link(Link));
}

/// <summary>Attach the program that sends a synthetic NIC's frames to the interface in the redirect's map, which is still empty, and the one
/// that drops second copies of received broadcasts and multicasts; frames with another <paramref name="Source"/> address are not
/// redirected.</summary>
internal sealed record AttachEgress(int Link, HardwareAddress Source) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Classifier;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) =>
        $"tc filter add dev {name(Link)} egress bpf: frames from {Source} go to the interface in the map; ingress bpf: second copies of broadcasts "
        + "and multicasts are dropped";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "attach the program that sends through the VF";

    /// <inheritdoc/>
    public override string Kind => "attach-egress";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new AttachEgress(f.Link(Link), f.Mac("source", Source));
}

/// <summary>Attach the program that delivers packets received on a VF as if received on its synthetic NIC.</summary>
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

    /// <inheritdoc/>
    public override string Kind => "attach-ingress";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new AttachIngress(f.Link(Link), f.Int("synthetic", Synthetic));
}

/// <summary>Detach our filters from an interface. The last one frees the programs and the map.</summary>
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

    /// <inheritdoc/>
    public override string Kind => "detach-filters";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new DetachFilters(f.Link(Link));
}

/// <summary>Write the interface that sends a synthetic NIC's frames into the redirect's map: the VF, or none (0), so that it sends
/// them itself.</summary>
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

    /// <inheritdoc/>
    public override string Kind => "switch-path";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SwitchPath(f.Int("synthetic", Synthetic), f.Int("vf", Vf));
}

/// <summary>Have an interface receive what is sent to the multicast and unicast addresses that another one receives (<paramref name="Source"/>),
/// and to nothing else that was added; for source 0, what is sent to these <paramref name="Addresses"/>.</summary>
/// <remarks>A refusal is no failure: the VF takes all multicasts besides, as far as its card permits it.</remarks>
internal sealed record SetAddressList(int Link, int Source, ImmutableArray<string> Addresses) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Driver;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"addresses that {name(Link)} receives besides its own: "
        + (Source != 0 ? $"those of {name(Source)}" : Addresses.IsEmpty ? "none" : string.Join(", ", Addresses));

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => "set the addresses that it receives";

    /// <inheritdoc/>
    public override Change WithIndexes(Func<int, int> index) => this with { Link = index(Link), Source = index(Source) };

    /// <inheritdoc/>
    public override string Kind => "set-address-list";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetAddressList(f.Link(Link), f.Int("source", Source), f.Words("groups", Addresses.IsDefault ? null : Addresses));
}

/// <summary>Have an interface join received packets into large ones, or not: a bridge drops such packets, and they cannot be
/// forwarded.</summary>
/// <remarks>A driver that refuses it is no reason to leave the pair unjoined.</remarks>
internal sealed record SetLargeReceive(int Link, bool On) : LinkChange(Link)
{
    /// <inheritdoc/>
    public override Channel Channel => Channel.Driver;

    /// <inheritdoc/>
    public override Batch Batch => Batch.Alone;

    /// <inheritdoc/>
    public override string Describe(Func<int, string> name) => $"ethtool -K {name(Link)} lro {(On ? "on" : "off")}";

    /// <inheritdoc/>
    public override string Operation(Func<int, string> name) => $"switch {(On ? "on" : "off")} lro";

    /// <inheritdoc/>
    public override string Kind => "set-lro";

    /// <inheritdoc/>
    public override Change Journaled(Fields f) => new SetLargeReceive(f.Link(Link), f.Flag("on", On));
}
