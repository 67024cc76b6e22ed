using static HypervVfattach.Linux.Netlink.Uapi;

namespace HypervVfattach.Linux.Netfilter;

/// <summary>An element of a set or a map.</summary>
/// <param name="key">Its key, or the lower bound.</param>
/// <param name="keyEnd">The upper bound, included; null if there is none.</param>
/// <param name="data">The value that a map has for it.</param>
/// <param name="flags">NFT_SET_ELEM_*.</param>
internal sealed class NftElement(byte[] key, byte[]? keyEnd, byte[] data, uint flags)
{
    public byte[] Key => key;
    public byte[]? KeyEnd => keyEnd;
    public byte[] Data => data;
    public uint Flags => flags;
}

/// <summary>A set or a map of nftables, with lookups as in the kernel.</summary>
internal sealed record NftSet(uint Flags, List<NftElement> Elements)
{
    private static readonly Comparer<byte[]> s_order = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    // An interval without a concatenation is two elements: its start, and one with NFT_SET_ELEM_INTERVAL_END after its end.
    private bool HasEndElements => (Flags & (NFT_SET_INTERVAL | NFT_SET_CONCAT)) == NFT_SET_INTERVAL;

    /// <summary>Whether a value of a key's field has an outcome that another value does not have.</summary>
    /// <param name="offset">Offset of the field in the key.</param>
    /// <param name="value">The value.</param>
    /// <param name="other">The other value; null for one that is in no set.</param>
    public bool TellsApart(int offset, byte[] value, byte[]? other)
    {
        HashSet<string> outcomes = Outcomes(offset, value);
        if (outcomes.Count == 0 || other is null)
            return outcomes.Count > 0;
        HashSet<string> others = Outcomes(offset, other);
        if (others.Count == 0)
            others.UnionWith(Elements.Where(IsCatchAll).Select(element => Convert.ToHexString(element.Data)));
        return !outcomes.IsSubsetOf(others);
    }

    /// <summary>The outcomes of a value: for each key that contains it the rest of the key and the map's data.</summary>
    private HashSet<string> Outcomes(int offset, byte[] value)
    {
        int end = offset + value.Length;
        IEnumerable<NftElement> elements = Elements.Where(element => !IsCatchAll(element) && element.Key.Length >= end);
        if (HasEndElements)
        {
            // The last element at or before the value; where one interval ends another may begin.
            NftElement? last = elements.Where(element => element.Key.AsSpan().SequenceCompareTo(value) <= 0)
                .OrderBy(element => element.Key, s_order).ThenByDescending(IsEnd).LastOrDefault();
            return last is null || IsEnd(last) ? [] : [Convert.ToHexString(last.Data)];
        }
        return
        [
            .. elements.Where(element => element.Key.AsSpan(offset..end).SequenceCompareTo(value) <= 0
                    && (element.KeyEnd ?? element.Key).AsSpan(offset..end).SequenceCompareTo(value) >= 0)
                .Select(element => Rest(element.Key) + Rest(element.KeyEnd ?? element.Key) + Convert.ToHexString(element.Data)),
        ];

        string Rest(byte[] key) => Convert.ToHexString(key.AsSpan(..offset)) + Convert.ToHexString(key.AsSpan(end..));
    }

    private static bool IsCatchAll(NftElement element) => (element.Flags & NFT_SET_ELEM_CATCHALL) != 0;

    private static bool IsEnd(NftElement element) => (element.Flags & NFT_SET_ELEM_INTERVAL_END) != 0;
}
