namespace HypervVfattach.Core.Planning.Changes;

/// <summary>One request to the system, as data: what a plan consists of and what the journal keeps.</summary>
/// <remarks>A change describes itself; a new kind that leaves something out does not compile. An index of
/// <see cref="Model.Link.OfAggregate"/> means the aggregate that the same plan creates.</remarks>
internal abstract record Change
{
    /// <summary>How it is made.</summary>
    public abstract Channel Channel { get; }

    /// <summary>With which changes this one may be sent at once.</summary>
    public abstract Batch Batch { get; }

    /// <summary>What it does, as a line of a plan: in the words of ip(8), tc(8) or ifconfig(8) where they have some.</summary>
    /// <param name="name">Gives an interface's name by its index.</param>
    public abstract string Describe(Func<int, string> name);

    /// <summary>What a refusal is about: an interface's name, or the table or program that refused.</summary>
    /// <inheritdoc cref="Describe"/>
    public abstract string Subject(Func<int, string> name);

    /// <summary>What was refused, as a verb phrase.</summary>
    /// <inheritdoc cref="Describe"/>
    public abstract string Operation(Func<int, string> name);

    /// <summary>The same change of other interfaces.</summary>
    /// <param name="index">Gives the new index for each index that it names.</param>
    public abstract Change WithIndexes(Func<int, int> index);

    /// <summary>Whether the change after this one may be sent before the system has accepted this one.</summary>
    public bool MayPrecede(Change next) => Batch == next.Batch && Batch != Batch.Alone;
}

/// <summary>How a change is made.</summary>
internal enum Channel
{
    /// <summary>A request to the kernel about what exists: rtnetlink, or an ioctl.</summary>
    Kernel,

    /// <summary>A request to the kernel that makes a new interface, whose index the next changes need.</summary>
    NewInterface,

    /// <summary>A kernel setting: a file below /proc/sys.</summary>
    Setting,

    /// <summary>The classifiers of a redirect and their map: bpf(2).</summary>
    Classifier,

    /// <summary>A request to the program that configures an interface.</summary>
    Owner,

    /// <summary>A program of the system that is run (FreeBSD).</summary>
    Program,

    /// <summary>Waiting or looking for something, and what is done about it then.</summary>
    Look,
}

/// <summary>What a change may be sent together with. The kernel executes the rest of a netlink batch after it refused
/// one message (netlink_rcv_skb, net/netlink/af_netlink.c), so no batch takes anything away behind an addition that may
/// be refused, and what others depend on is a batch of its own.</summary>
internal enum Batch
{
    /// <summary>It adds to what is there.</summary>
    Additions,

    /// <summary>It takes away, or replaces, something that may be in use.</summary>
    Removals,

    /// <summary>What comes after it is pointless or harmful where it is refused, or it is no netlink request.</summary>
    Alone,
}
