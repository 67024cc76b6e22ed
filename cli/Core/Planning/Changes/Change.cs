namespace HypervVfattach.Core.Planning.Changes;

/// <summary>One request to the system, as data. Plans consist of changes, and the journal stores them.</summary>
/// <remarks>Each kind describes itself, and one that leaves something out does not compile. The index
/// <see cref="Model.Link.OfAggregate"/> means the aggregate that the same plan creates.</remarks>
internal abstract record Change
{
    /// <summary>The name of its kind in the journal, which a later version must still understand.</summary>
    public abstract string Kind { get; }

    /// <summary>Its values in the journal.</summary>
    /// <returns>A change of this kind with the values that were written, or that were read.</returns>
    public abstract Change Journaled(Fields f);

    /// <summary>How it is made.</summary>
    public abstract Channel Channel { get; }

    /// <summary>Which other changes may be sent together with it.</summary>
    public abstract Batch Batch { get; }

    /// <summary>The change as a line of a plan, in the syntax of ip(8), tc(8) or ifconfig(8) where there is one.</summary>
    /// <param name="name">Maps an index to the interface's name.</param>
    public abstract string Describe(Func<int, string> name);

    /// <summary>The subject of a refusal: an interface's name, or the table or program that refused.</summary>
    /// <inheritdoc cref="Describe"/>
    public abstract string Subject(Func<int, string> name);

    /// <summary>The refused operation, as a verb phrase.</summary>
    /// <inheritdoc cref="Describe"/>
    public abstract string Operation(Func<int, string> name);

    /// <summary>The same change for other interface indexes.</summary>
    /// <param name="index">Maps each index to the new one.</param>
    public abstract Change WithIndexes(Func<int, int> index);

    /// <summary>Whether the next change may be sent before the system has accepted this one.</summary>
    public bool MayPrecede(Change next) => Batch == next.Batch && Batch != Batch.Alone;
}

/// <summary>How a change is made.</summary>
internal enum Channel
{
    /// <summary>A request to the kernel for an existing object: rtnetlink, or an ioctl.</summary>
    Kernel,

    /// <summary>A request to the kernel that creates an interface, whose index the next changes need.</summary>
    NewInterface,

    /// <summary>A kernel setting: a file below /proc/sys.</summary>
    Setting,

    /// <summary>What an interface receives and how, as far as its driver can: ioctls, and forwarding entries of unicast addresses. A refusal is
    /// no failure.</summary>
    Driver,

    /// <summary>The classifiers of a redirect and their map: bpf(2).</summary>
    Classifier,

    /// <summary>A request to the program that configures an interface (its owner).</summary>
    Owner,

    /// <summary>A program of the system (FreeBSD).</summary>
    Program,

    /// <summary>Waiting for a condition or reading the state, and possibly a change that depends on it.</summary>
    Look,
}

/// <summary>Which changes may be sent in one netlink batch. After the kernel has refused one message of a batch it still executes
/// the rest (netlink_rcv_skb, net/netlink/af_netlink.c). So no removal follows, in the same batch, an addition that may be refused,
/// and a change that others depend on is sent alone.</summary>
internal enum Batch
{
    /// <summary>It only adds.</summary>
    Additions,

    /// <summary>It removes or replaces an object that may be in use.</summary>
    Removals,

    /// <summary>If it is refused, the changes after it are pointless or harmful; or it is no netlink request.</summary>
    Alone,
}
