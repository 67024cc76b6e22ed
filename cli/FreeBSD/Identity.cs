namespace HypervVfattach.FreeBSD;

/// <summary>What stands for an interface in the model and in the journal. FreeBSD gives the index of an interface that
/// left to the next one that comes (ifindex_alloc, net/if.c): the lagg that a join creates may get the index of the very
/// VF that has just gone. So the driver's name and unit, which no rename changes, is a part of it.</summary>
internal static class Identity
{
    private const int IndexBits = 16; // if_index is a u_short in every struct
    private const int UnitMask = 0x7fff; // so that it stays a positive number

    /// <summary>The identity of the interface with this index.</summary>
    /// <param name="unit">Driver and unit: <c>mce0</c>.</param>
    public static int Of(int index, string unit)
    {
        // FNV-1a, as any hash that is the same in every process.
        uint hash = 2166136261;
        foreach (char c in unit)
            hash = (hash ^ c) * 16777619;
        return (int)((hash ^ (hash >> 17)) & UnitMask) << IndexBits | index;
    }

    /// <summary>The index by which the kernel knows it.</summary>
    public static int IndexOf(int identity) => identity & ((1 << IndexBits) - 1);
}
