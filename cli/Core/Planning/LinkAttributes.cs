using HypervVfattach.Core.Model;

namespace HypervVfattach.Core.Planning;

/// <summary>What a bond gets from the synthetic NIC when it is created.</summary>
/// <param name="Mtu">Bytes.</param>
/// <param name="TxQueueLength">Packets.</param>
/// <param name="Group">Number of the interface group (ip-link(8), group).</param>
internal sealed record LinkAttributes(uint Mtu, uint TxQueueLength, uint Group)
{
    /// <summary>Those of an interface.</summary>
    public static LinkAttributes Of(Link link) => new(link.Mtu, link.TxQueueLength, link.Group);

    /// <summary>Their values in the journal.</summary>
    public static LinkAttributes Journaled(Fields f, LinkAttributes? v) =>
        new(f.UInt("mtu", v?.Mtu ?? 0), f.UInt("txQueueLength", v?.TxQueueLength ?? 0), f.UInt("group", v?.Group ?? 0));

    /// <summary>The words of ip-link(8).</summary>
    public override string ToString() => $"mtu {Mtu} txqueuelen {TxQueueLength} group {Group}";
}
