namespace HypervVfattach.FreeBSD;

/// <summary>Identifies an interface in the model and the journal. FreeBSD gives the index of an interface that left to the next new one
/// (ifindex_alloc, net/if.c): the lagg that a join creates may get the index of the VF that has just gone. So the identity also contains
/// the driver's name and unit, which no rename changes.</summary>
internal static class Identity
{
    private const int IndexBits = 16; // if_index is a u_short in every struct
    private const int UnitMask = 0x7fff; // keeps the identity positive

    /// <summary>The identity of the interface with this index.</summary>
    /// <param name="unit">Driver and unit: <c>mce0</c>.</param>
    public static int Of(int index, string unit)
    {
        // FNV-1a; any hash would do that is the same in every process.
        uint hash = 2166136261;
        foreach (char c in unit)
            hash = (hash ^ c) * 16777619;
        return (int)((hash ^ (hash >> 17)) & UnitMask) << IndexBits | index;
    }

    /// <summary>The kernel's index of the interface.</summary>
    public static int IndexOf(int identity) => identity & ((1 << IndexBits) - 1);
}
